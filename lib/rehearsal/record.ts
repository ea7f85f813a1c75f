import type { CallEvent, EndReason } from "../call/events.ts";
import type { Playout } from "../caller/playout.ts";
import type { Clock } from "../clock.ts";
import type { EndedBy, RehearsedCall } from "../persona/rehearsal.ts";

/** Words of the agent as the caller heard them. Times by the clock. */
export interface AgentWords {
  readonly itemId: string;
  readonly atMs: number;
  /** The whole of it, empty until the model has told. */
  text: string;
  /** The part that was heard of what was interrupted. */
  heardText: string | undefined;
}

/** Something that the caller did: words, or a stage direction. */
export interface CallerDeed {
  readonly atMs: number;
  readonly text: string;
  readonly spoken: boolean;
}

export interface ToolRun {
  readonly atMs: number;
  readonly name: string;
  readonly arguments: unknown;
  readonly result: string;
}

/** A request of the call to avr-ami. */
export interface AmiRequest {
  readonly atMs: number;
  readonly done: boolean;
  /** Undefined for a hang-up. */
  readonly transfer: { readonly extension: string; readonly context: string } | undefined;
}

const ENDED_BY: { readonly [Reason in EndReason]?: EndedBy } = {
  hung_up: "caller",
  agent_hung_up: "agent",
  transferred: "transferred",
  idle: "idle",
  key: "key",
  time_limit: "time limit",
  cost_limit: "cost limit",
};

/** The first delta of an item's audio, at the beginning of a message that may be long. */
const AUDIO_DELTA = /"type":\s*"response\.output_audio\.delta"/;
const ITEM_ID = /"item_id":\s*"([^"]+)"/;
/** Type and ids of such a message stand in front of its audio. */
const HEAD_CHARACTERS = 400;

/** What happened in a call, noted as it happens: who said what when, which tools ran, how it ended. */
export class CallRecord {
  readonly startMs: number;
  readonly agent: AgentWords[] = [];
  readonly caller: CallerDeed[] = [];
  readonly tools: ToolRun[] = [];
  readonly ami: AmiRequest[] = [];
  readonly handoffs: { readonly atMs: number; readonly to: string }[] = [];
  /** Times at which agent audio was dropped that waited to be heard. */
  readonly interruptions: { readonly atMs: number; readonly droppedMs: number }[] = [];
  /** What the line was told when the call could not go on. */
  readonly errors: string[] = [];
  /** Turns of the caller's, as the model heard them. */
  turns = 0;
  /** When something last happened after which the agent has something to say. */
  owedMs: number;
  /** How the call ended, or is about to. */
  ended: EndedBy | undefined;
  endedMs: number | undefined;
  readonly #clock: Clock;
  readonly #playout: () => Playout;
  readonly #recognised = new Map<string, string>();

  /** @param playout of the phone, which comes into being after this */
  constructor(clock: Clock, playout: () => Playout) {
    this.#clock = clock;
    this.#playout = playout;
    this.startMs = this.owedMs = clock.now();
  }

  /** What the model's session understood of the caller, by item. */
  get recognised(): readonly string[] {
    return [...this.#recognised.values()];
  }

  /** A message on the model's socket: tells when an item begins to be heard. */
  tap(from: "client" | "server", text: string): void {
    if (from !== "server") return;
    const head = text.slice(0, HEAD_CHARACTERS);
    const itemId = AUDIO_DELTA.test(head) ? ITEM_ID.exec(head)?.[1] : undefined;
    if (itemId !== undefined && !this.#find(itemId)) this.#begin(itemId);
  }

  watch(event: CallEvent): void {
    const atMs = this.#clock.now();
    switch (event.type) {
      case "transcript":
        if (event.role === "user") this.#recognised.set(event.itemId, event.text);
        else (this.#find(event.itemId) ?? this.#begin(event.itemId)).text = event.text;
        return;
      case "interrupted":
        (this.#find(event.itemId) ?? this.#begin(event.itemId)).heardText = event.heardText;
        return;
      case "caller_silent":
        this.turns++;
        return;
      case "ignored":
        this.turns--;
        return;
      case "tool":
        this.tools.push({ atMs, name: event.name, arguments: parsed(event.arguments), result: event.text });
        // An action that was carried out ends in silence, or is told of by itself.
        if (event.outcome !== "control" || event.text !== "") this.owedMs = atMs;
        return;
      case "handoff":
        this.handoffs.push({ atMs, to: event.to });
        this.owedMs = atMs;
        return;
      case "hang_up":
        this.ended = ENDED_BY[event.reason] ?? "fault";
        return;
      case "ended":
        this.ended ??= ENDED_BY[event.reason] ?? "fault";
        this.endedMs = atMs;
        return;
    }
  }

  interruption(droppedMs: number): void {
    if (droppedMs > 0) this.interruptions.push({ atMs: this.#clock.now(), droppedMs });
  }

  /** What the caller could hear of the agent, in order. */
  heard(): readonly { readonly atMs: number; readonly text: string; readonly cut: boolean }[] {
    return this.agent
      .map(({ atMs, text, heardText }) => ({ atMs, text: heardText ?? text, cut: heardText !== undefined }))
      .filter(({ text }) => text.trim() !== "");
  }

  /** The call for an expectation of the author's own. */
  call(): RehearsedCall {
    const since = (ms: number) => Math.round(ms - this.startMs);
    const agent = this.heard().map((each) => ({ ...each, by: "agent" as const, interrupted: each.cut }));
    const caller = this.caller.filter(({ spoken }) => spoken)
      .map((each) => ({ ...each, by: "caller" as const, interrupted: false }));
    return {
      said: [...agent, ...caller].sort((a, b) => a.atMs - b.atMs)
        .map(({ by, text, atMs, interrupted }) => ({ by, text, atMs: since(atMs), interrupted })),
      tools: this.tools.map((each) => ({ ...each, atMs: since(each.atMs) })),
      ended: this.endedMs === undefined ? undefined : this.ended,
      ms: since(this.endedMs ?? this.#clock.now()),
    };
  }

  #find(itemId: string): AgentWords | undefined {
    return this.agent.find((each) => each.itemId === itemId);
  }

  /** What comes now is heard behind what waits already. */
  #begin(itemId: string): AgentWords {
    const atMs = this.#clock.now() + this.#playout().queuedMs;
    const words: AgentWords = { itemId, atMs, text: "", heardText: undefined };
    this.agent.push(words);
    return words;
  }
}

function parsed(json: string): unknown {
  try {
    return json.trim() === "" ? {} : JSON.parse(json);
  } catch {
    return json;
  }
}
