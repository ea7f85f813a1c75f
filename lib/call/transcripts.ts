import type { Clock } from "../clock.ts";
import type { Line } from "../line/line.ts";
import type { Log } from "../log.ts";
import type { CallEvent } from "./events.ts";
import type { Cut } from "./playback.ts";
import { AgentTranscript } from "./transcript.ts";
import { TranscriptOrder } from "./transcript-order.ts";

export interface TranscriptsOptions {
  readonly clock: Clock;
  readonly line: Line;
  readonly log: Log;
  readonly tell: (event: CallEvent) => void;
  /** Whether the caller's words are transcribed at all. */
  readonly transcribed: boolean;
}

/** Transcripts come within a few turns. */
const IGNORED_KEPT = 8;

/** What both sides say, told to the line and to whoever watches, in the order of the conversation. */
export class Transcripts {
  readonly #options: TranscriptsOptions;
  readonly #words = new AgentTranscript();
  readonly #order: TranscriptOrder;
  /** The items of the caller's that were ignored last. */
  readonly #ignored: string[] = [];
  /** Items of the agent's whose transcript has begun and not ended. */
  readonly #open = new Map<string, string>();

  constructor(options: TranscriptsOptions) {
    this.#options = options;
    this.#order = new TranscriptOrder(options.clock, (utterance) => {
      const text = utterance.text.trim();
      if (text === "") return;
      options.line.transcript(utterance.role, text);
      options.tell({ type: "transcript", ...utterance, text });
    });
  }

  /** The caller said something that may be transcribed. */
  expect(itemId: string): void {
    if (this.#options.transcribed) this.#order.expect(itemId);
  }

  /** Whether words of the caller's are still to come. */
  get isWaiting(): boolean {
    return this.#order.isWaiting;
  }

  user(itemId: string, text: string): void {
    if (!this.#ignored.includes(itemId)) this.#order.user(itemId, text);
  }

  /** The caller's words of an item will not come. */
  failed(itemId: string): void {
    this.#order.forget(itemId);
  }

  /** The item was noise: what is made of it is nobody's words. */
  ignore(itemId: string): void {
    const { log, tell } = this.#options;
    this.#ignored.push(itemId);
    if (this.#ignored.length > IGNORED_KEPT) this.#ignored.shift();
    log.info("Caller's sound ignored", { itemId });
    tell({ type: "ignored", itemId });
    this.#order.forget(itemId);
  }

  agentDelta(itemId: string, text: string): void {
    this.#words.delta(itemId, text);
    this.#open.set(itemId, (this.#open.get(itemId) ?? "") + text);
  }

  agent(itemId: string, text: string): void {
    this.#open.delete(itemId);
    this.#words.done(itemId, text);
    this.#order.agent(itemId, text);
  }

  /** An item was interrupted: tells how much of it was heard. @param sinceSpeechMs where the caller's speech did it */
  cut({ itemId, heardMs, generatedMs }: Cut, sinceSpeechMs?: number): void {
    this.#open.delete(itemId);
    this.#options.log.info("Answer interrupted", { itemId, heardMs, generatedMs: Math.floor(generatedMs) });
    const heardText = this.#words.heard(itemId, heardMs, generatedMs);
    const since = sinceSpeechMs === undefined ? {} : { sinceSpeechMs };
    this.#options.tell({ type: "interrupted", itemId, heardMs, generatedMs, heardText, ...since });
  }

  /** The call ends before this item was heard in full. */
  unheard({ itemId, heardMs, generatedMs }: Cut): void {
    const heardText = this.#words.heard(itemId, heardMs, generatedMs);
    this.#options.tell({ type: "unheard", itemId, heardMs, generatedMs, heardText });
  }

  /** The session is over: tells what still waits, and what was being said. */
  end(): void {
    for (const [itemId, text] of this.#open) this.#order.agent(itemId, text);
    this.#open.clear();
    this.#order.end();
  }
}
