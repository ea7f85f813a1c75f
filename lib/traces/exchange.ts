import { GEN_AI, messages } from "./attributes.ts";
import type { Attributes, OpenSpan } from "./span.ts";

/** Whose words an exchange begins with. */
export type ExchangeKind = "greeting" | "caller" | "agent";

export interface ExchangeStart {
  readonly kind: ExchangeKind;
  readonly startMs: number;
  readonly attributes: Attributes;
}

/** Texts of each side that are kept. */
const TEXTS_MAX = 50;

/**
 * One exchange of a call: the greeting, what the caller says with its answer, or what the agent says of its own accord.
 * Its end is that of the last thing in it.
 */
export class Exchange {
  readonly kind: ExchangeKind;
  readonly span: OpenSpan;
  readonly #startMs: number;
  #endMs: number;
  #caller: { readonly span: OpenSpan; readonly startMs: number; silentMs: number | undefined } | undefined;
  #speech: { readonly span: OpenSpan; readonly startMs: number } | undefined;
  /** Responses and tools under way. */
  #open = 0;
  /** A tool has brought something that no response has taken up yet. */
  #owed = false;
  #heard = false;
  #ignored = false;
  #answer: Attributes = {};
  #cut: { heardMs: number; generatedMs: number } | undefined;
  readonly #callerTexts: string[] = [];
  /** By item: one that is cut was said as far as it was heard. */
  readonly #agentTexts = new Map<string, { text: string; readonly isCut: boolean }>();

  constructor(parent: OpenSpan, { kind, startMs, attributes }: ExchangeStart) {
    this.kind = kind;
    this.#startMs = this.#endMs = startMs;
    this.span = parent.open({ name: kind === "greeting" ? "greeting" : "turn", startMs, attributes });
  }

  /** Whether it is still the caller's turn: more of their words belong to it. */
  get isListening(): boolean {
    return this.kind === "caller" && !this.#heard && !this.#ignored && this.#speech === undefined;
  }

  /** Whether the caller speaks, or has spoken and waits. */
  get awaitsAnswer(): boolean {
    return this.#caller !== undefined;
  }

  /** Whether the caller's words in it are not known yet. */
  get lacksWords(): boolean {
    return this.kind === "caller" && !this.#ignored && this.#callerTexts.length === 0;
  }

  /** Whether something of it is under way. */
  get isBusy(): boolean {
    const callerSpeaks = this.#caller !== undefined && this.#caller.silentMs === undefined;
    return callerSpeaks || this.#open > 0 || this.#speech !== undefined;
  }

  /** Whether nothing more is to come. */
  get isOver(): boolean {
    return !this.isBusy && (this.#ignored || (this.#heard && !this.#owed));
  }

  get wasInterrupted(): boolean {
    return this.#cut !== undefined;
  }

  callerSpeaks(atMs: number): void {
    this.#callerDone();
    const span = this.span.open({ name: "caller_speech", startMs: atMs });
    this.#caller = { span, startMs: atMs, silentMs: undefined };
  }

  /** The model has told of the end of speech; when that was is known with the answer. */
  callerSilent(atMs: number): void {
    if (this.#caller) this.#caller.silentMs ??= atMs;
    this.#reach(atMs);
  }

  /** The answer's first audio goes to the line. */
  answered(atMs: number, latencyMs: number, modelMs: number): void {
    const speechEndMs = atMs - latencyMs;
    this.#callerDone(speechEndMs);
    this.#answer = { "parley.latency_ms": latencyMs, "parley.model_ms": modelMs };
    this.span.open({ name: "model_wait", startMs: Math.max(this.#startMs, speechEndMs) }).end(atMs, {
      attributes: this.#answer,
    });
    this.#reach(atMs);
  }

  /** What the caller said was no speech after all. */
  ignored(atMs: number): void {
    this.#callerDone();
    this.#ignored = true;
    this.#reach(atMs);
  }

  /** A response or a tool begins. */
  begun(): void {
    this.#open++;
    this.#owed = false;
  }

  /** @param owed whether a response has to follow */
  done(atMs: number, owed = false): void {
    this.#open = Math.max(0, this.#open - 1);
    if (owed) this.#owed = true;
    this.#reach(atMs);
  }

  agentSpeaks(startMs: number): void {
    this.agentSilent(startMs);
    this.#heard = true;
    this.#speech = { span: this.span.open({ name: "agent_speech", startMs }), startMs };
  }

  agentSilent(endMs: number): void {
    if (!this.#speech) return;
    const { span, startMs } = this.#speech;
    this.#speech = undefined;
    const heardUntilMs = Math.max(startMs, endMs);
    span.end(heardUntilMs, { attributes: { "parley.heard_ms": Math.round(heardUntilMs - startMs) } });
    this.#reach(heardUntilMs);
  }

  /** The caller cut an item of the answer off. */
  interrupted(atMs: number, heardMs: number, generatedMs: number): void {
    this.#cut ??= { heardMs: 0, generatedMs: 0 };
    this.#cut.heardMs += Math.round(heardMs);
    this.#cut.generatedMs += Math.round(generatedMs);
    this.agentSilent(atMs);
    this.#reach(atMs);
  }

  callerSaid(text: string): void {
    if (this.#callerTexts.length < TEXTS_MAX) this.#callerTexts.push(text);
  }

  /** @param isCut whether it is the part that was heard */
  agentSaid(itemId: string, text: string, isCut = false): void {
    const known = this.#agentTexts.get(itemId);
    if (known?.isCut || (!known && this.#agentTexts.size >= TEXTS_MAX)) return;
    this.#agentTexts.set(itemId, { text, isCut });
  }

  /** @param atMs what is under way ends now; the exchange with the last of it */
  end(atMs: number): void {
    const waitedSinceMs = this.#caller?.silentMs;
    if (this.isBusy) this.#reach(atMs);
    this.agentSilent(atMs);
    this.#callerDone(waitedSinceMs ?? atMs);
    if (waitedSinceMs !== undefined && !this.#heard) {
      this.span.open({ name: "model_wait", startMs: waitedSinceMs }).end(atMs, {
        attributes: { "parley.answered": false },
      });
      this.#reach(atMs);
    }
    const agentTexts = [...this.#agentTexts.values()].map(({ text }) => text).filter((text) => text !== "");
    this.span.end(this.#endMs, {
      attributes: {
        ...this.#answer,
        "parley.interrupted": this.wasInterrupted,
        "parley.cut.heard_ms": this.#cut?.heardMs,
        "parley.cut.generated_ms": this.#cut?.generatedMs,
        "parley.ignored": this.#ignored ? true : undefined,
        [GEN_AI.inputMessages]: messages("user", this.#callerTexts),
        [GEN_AI.outputMessages]: messages("assistant", agentTexts),
      },
    });
  }

  #callerDone(endMs?: number): void {
    if (!this.#caller) return;
    const { span, startMs, silentMs } = this.#caller;
    this.#caller = undefined;
    const doneMs = Math.max(startMs, endMs ?? silentMs ?? startMs);
    span.end(doneMs);
    this.#reach(doneMs);
  }

  #reach(atMs: number): void {
    this.#endMs = Math.max(this.#endMs, atMs);
  }
}
