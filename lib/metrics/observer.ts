import type { CallEvent, EndReason } from "../call/events.ts";
import type { Clock } from "../clock.ts";
import { costUsd } from "../config/prices.ts";
import type { Labels } from "./known.ts";
import { OTHER } from "./label.ts";
import type { Sink } from "./sink.ts";
import { tokensOf } from "./tokens.ts";

export interface ObserverOptions {
  readonly clock: Clock;
  readonly sink: Sink;
  readonly labels: Labels;
}

/** What is remembered of a live call. */
interface Watched {
  persona: string;
  readonly startedMs: number;
  /** When the caller began to speak, while they do and have not cut the agent off. */
  speakingMs: number | undefined;
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

/** Counts what calls tell of themselves. Nothing that is said, dialled or written is looked at. */
export function createObserver(
  { clock, sink, labels }: ObserverOptions,
): (event: CallEvent, uuid: string) => void {
  const calls = new Map<string, Watched>();

  function begin(uuid: string, name: string): void {
    const [oldest] = calls.size >= CALLS_MAX ? calls.keys() : [];
    if (oldest !== undefined) calls.delete(oldest);
    const persona = labels.persona(name);
    calls.set(uuid, { persona, startedMs: clock.now(), speakingMs: undefined, cutMs: -Infinity });
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

  function interrupted(call: Watched | undefined, { heardMs }: EventOf<"interrupted">): void {
    sink.count("parley.truncations", 1, { heard: heardMs === 0 ? "nothing" : "part" });
    if (!call) return;
    const nowMs = clock.now();
    const isNew = nowMs - call.cutMs > ONE_CUT_MS;
    call.cutMs = nowMs;
    if (!isNew) return;
    sink.count("parley.interruptions", 1, { persona: call.persona });
    if (call.speakingMs === undefined) return;
    sink.time("parley.interruption.stop", seconds(nowMs - call.speakingMs), {});
    call.speakingMs = undefined;
  }

  function responded(persona: string, { status, usage, model: name }: EventOf<"response">): void {
    const model = labels.model(name);
    sink.count("parley.responses", 1, { model, status: STATUSES.has(status) ? status : OTHER });
    for (const { tokens, ...kind } of tokensOf(usage)) {
      sink.count("parley.tokens", tokens, { model, ...kind });
    }
    const usd = costUsd(name, usage);
    if (usd === undefined) sink.count("parley.responses.unpriced", 1, { model });
    else if (usd > 0) sink.count("parley.cost.usd", usd, { persona, model });
  }

  return (event, uuid) => {
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
      case "caller_speaking":
        if (call) call.speakingMs = clock.now();
        return;
      case "caller_silent":
        if (call) call.speakingMs = undefined;
        return;
      case "interrupted":
        return interrupted(call, event);
      case "ignored":
        return sink.count("parley.speech.ignored", 1, {});
      case "response":
        return responded(persona, event);
      case "tool": {
        const tool = labels.tool(event.name);
        sink.count("parley.tool.calls", 1, { tool, outcome: event.outcome });
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
}

type EventOf<Type extends CallEvent["type"]> = Extract<CallEvent, { type: Type }>;

function seconds(ms: number): number {
  return Math.max(0, ms / 1000);
}
