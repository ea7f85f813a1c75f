import type { CallEvent, EndReason } from "../call/events.ts";
import type { Clock } from "../clock.ts";
import type { PhraseBill } from "../call/phrases.ts";
import { costUsd, transcriptionUsd } from "../config/prices.ts";
import type { Labels } from "./known.ts";
import { OTHER } from "./label.ts";
import type { Sink } from "./sink.ts";
import { type TokenCount, tokensOf, transcriptionTokensOf } from "./tokens.ts";

export interface ObserverOptions {
  readonly clock: Clock;
  readonly sink: Sink;
  readonly labels: Labels;
}

/** What is remembered of a live call. */
interface Watched {
  persona: string;
  readonly startedMs: number;
  /** When the agent was last cut off. */
  cutMs: number;
}

/** Far more than a process can hold; for calls whose end is never told. */
const CALLS_MAX = 20_000;
/** Items that are cut within this are cut by one interruption: the next would have to be of new audio. */
const ONE_CUT_MS = 20;
const STATUSES: ReadonlySet<string> = new Set(["completed", "cancelled", "incomplete", "failed"]);

/** Each reason for which a call ends. */
export const REASONS = Object.keys(
  {
    hung_up: 0,
    idle: 0,
    key: 0,
    time_limit: 0,
    cost_limit: 0,
    line_limit: 0,
    line_lost: 0,
    agent_hung_up: 0,
    transferred: 0,
    model_failed: 0,
    shutdown: 0,
    internal_error: 0,
  } satisfies Record<EndReason, 0>,
) as readonly EndReason[];

/** What dollars are spent on. */
export const COST_KINDS = ["response", "transcription", "phrase"] as const;
type CostKind = typeof COST_KINDS[number];

export interface Observer {
  (event: CallEvent, uuid: string): void;
  /** A phrase was rendered for all calls of a persona. */
  readonly rendered: (bill: PhraseBill) => void;
}

/** Counts what calls tell of themselves. Nothing that is said, dialled or written is looked at. */
export function createObserver({ clock, sink, labels }: ObserverOptions): Observer {
  const calls = new Map<string, Watched>();

  function begin(uuid: string, name: string): void {
    const [oldest] = calls.size >= CALLS_MAX ? calls.keys() : [];
    if (oldest !== undefined) calls.delete(oldest);
    const persona = labels.persona(name);
    calls.set(uuid, { persona, startedMs: clock.now(), cutMs: -Infinity });
    sink.count("parley.calls.started", 1, { persona });
  }

  /** @param more whether more is told of it: what it still costs is the persona's */
  function end(uuid: string, reason: EndReason, more = false): void {
    const call = calls.get(uuid);
    if (!more) calls.delete(uuid);
    const persona = call?.persona ?? OTHER;
    sink.count("parley.calls.ended", 1, { persona, reason });
    if (call) sink.time("parley.call.duration", seconds(clock.now() - call.startedMs), { persona });
  }

  function handOver(call: Watched | undefined, { to, voice }: EventOf<"handoff">): void {
    const persona = labels.persona(to);
    if (call) call.persona = persona;
    sink.count("parley.handoffs", 1, { persona, voice });
  }

  function interrupted(call: Watched | undefined, event: EventOf<"interrupted">): void {
    const { heardMs, sinceSpeechMs } = event;
    sink.count("parley.truncations", 1, { heard: heardMs === 0 ? "nothing" : "part" });
    if (!call) return;
    const nowMs = clock.now();
    const isNew = nowMs - call.cutMs > ONE_CUT_MS;
    call.cutMs = nowMs;
    if (!isNew) return;
    sink.count("parley.interruptions", 1, { persona: call.persona });
    if (sinceSpeechMs !== undefined) sink.time("parley.interruption.stop", seconds(sinceSpeechMs), {});
  }

  function used(model: string, counts: readonly TokenCount[]): void {
    for (const { tokens, ...kind } of counts) sink.count("parley.tokens", tokens, { model, ...kind });
  }

  function responded(
    persona: string,
    { status, usage, model: name }: Pick<EventOf<"response">, "status" | "usage" | "model">,
    kind: CostKind = "response",
  ): void {
    const model = labels.model(name);
    sink.count("parley.responses", 1, { model, status: STATUSES.has(status) ? status : OTHER });
    used(model, tokensOf(usage));
    const usd = costUsd(name, usage);
    if (usd === undefined) sink.count("parley.responses.unpriced", 1, { model });
    else if (usd > 0) sink.count("parley.cost.usd", usd, { persona, model, kind });
  }

  function transcribed(persona: string, { outcome, usage, model: name }: EventOf<"transcription">): void {
    const model = labels.transcriber(name);
    sink.count("parley.transcriptions", 1, { model, outcome });
    if (outcome === "failed") return;
    if (usage?.by === "tokens") used(model, transcriptionTokensOf(usage));
    else if (usage) sink.count("parley.transcription.audio", usage.seconds, { model });
    const usd = transcriptionUsd(name, usage);
    if (usd === undefined) sink.count("parley.transcriptions.unpriced", 1, { model });
    else if (usd > 0) sink.count("parley.cost.usd", usd, { persona, model, kind: "transcription" });
  }

  const observe = (event: CallEvent, uuid: string): void => {
    const call = calls.get(uuid);
    const persona = call?.persona ?? OTHER;
    switch (event.type) {
      case "started":
        return begin(uuid, event.persona);
      case "ended":
        return end(uuid, event.reason, event.more);
      case "settled":
        return void calls.delete(uuid);
      case "handoff":
        return handOver(call, event);
      case "first_audio":
        return sink.time("parley.first.audio", seconds(event.sinceStartMs), { persona });
      case "answered":
        sink.time("parley.answer.latency", seconds(event.latencyMs), { persona });
        return sink.time("parley.answer.model", seconds(event.modelMs), { persona });
      case "interrupted":
        return interrupted(call, event);
      case "ignored":
        return sink.count("parley.speech.ignored", 1, {});
      case "response":
        return responded(persona, event);
      case "transcription":
        return transcribed(persona, event);
      case "tool": {
        const tool = labels.tool(event.name);
        // The model is told of a hang-up, transfer or handoff only where it did not come to it.
        const outcome = event.outcome === "control" && event.text !== "" ? "undone" : event.outcome;
        sink.count("parley.tool.calls", 1, { tool, outcome });
        return sink.time("parley.tool.duration", seconds(event.durationMs), { tool });
      }
      case "model_lost":
        return sink.count("parley.sessions.lost", 1, {});
      case "model_back":
        sink.count("parley.sessions.recovered", 1, {});
        return sink.time("parley.session.gap", seconds(event.gapMs), {});
      case "rotated":
        return sink.count("parley.sessions.rotated", 1, {});
      case "summarized":
        return sink.count("parley.summaries", 1, {});
      case "audio_fault":
        return sink.count("parley.audio.faults", seconds(event.ms), { kind: event.kind });
    }
  };
  const rendered = (bill: PhraseBill) => responded(labels.persona(bill.persona), bill, "phrase");
  return Object.assign(observe, { rendered });
}

type EventOf<Type extends CallEvent["type"]> = Extract<CallEvent, { type: Type }>;

function seconds(ms: number): number {
  return Math.max(0, ms / 1000);
}
