import { type GuardSettings, InterruptionGuard, type Verdict } from "../../lib/call/guard.ts";
import type { Clock } from "../../lib/clock.ts";
import { Vad, type VadEvent } from "../../lib/simulator/vad.ts";
import { type Echo, type Random, throughLine } from "./line.ts";

export interface Trial {
  readonly agent: Int16Array;
  readonly echo?: Echo | undefined;
  readonly noiseDbfs: number;
  /** What the caller says, and when after the answer's beginning. */
  readonly says?: { readonly sound: Int16Array; readonly atMs: number } | undefined;
}

export interface Outcome {
  /** When the agent was interrupted, after the answer's beginning; undefined: it was not. */
  readonly cutAtMs: number | undefined;
  /** How much the agent said. */
  readonly spokenMs: number;
  readonly verdicts: readonly Verdict[];
  readonly echo: { readonly delayMs: number; readonly lossDb: number } | undefined;
}

/** The line is quiet before the answer, and after it. */
const BEFORE_MS = 1500;
const AFTER_MS = 1500;
const FRAME_MS = 20;
const FRAME = FRAME_MS * 8;
/** The API's way to us, from the audio's arrival to its event's. */
const EVENT_LATENCY_MS = 60;
/** Caller frames come up to this late. */
const JITTER_MS = 15;
/** Frames that the model generates while one plays. */
const BURST = 3;
const VAD = { threshold: 0.5, silenceMs: 500 };

/**
 * One answer of the agent over a line, up to its end or its interruption.
 * @param settings `undefined`: no guard, the agent stops at the API's speech_started
 */
export function runTrial(trial: Trial, settings: GuardSettings | undefined, random: Random): Outcome {
  const samples = Math.ceil((BEFORE_MS + AFTER_MS) / FRAME_MS) * FRAME + trial.agent.length;
  const incoming = throughLine({
    agent: placed(trial.agent, BEFORE_MS, samples),
    caller: trial.says
      ? placed(trial.says.sound, BEFORE_MS + trial.says.atMs, samples)
      : new Int16Array(samples),
    echo: trial.echo,
    noiseDbfs: trial.noiseDbfs,
  }, random);

  const clock = new Now();
  const agentEndMs = BEFORE_MS + trial.agent.length / 8;
  const verdicts: Verdict[] = [];
  let cutMs: number | undefined;
  const audible = () => clock.now() >= BEFORE_MS && clock.now() < agentEndMs && cutMs === undefined;
  const cut = () => cutMs ??= clock.now();
  const guard = settings &&
    new InterruptionGuard({ ...settings, clock, agentAudible: audible, onInterrupt: cut });
  const events: { dueMs: number; event: VadEvent }[] = [];
  const vad = new Vad((event) => events.push({ dueMs: clock.now() + EVENT_LATENCY_MS, event }));

  let framesSent = 0;
  for (let at = 0; at + FRAME <= samples && cutMs === undefined; at += FRAME) {
    clock.set((at + FRAME) / 8 + JITTER_MS * random());
    while (events[0] && events[0].dueMs <= clock.now()) happens(events.shift()!.event);
    if (guard && clock.now() >= BEFORE_MS) { for (let n = 0; n < BURST; n++) sendFrame(); }
    const frame = incoming.subarray(at, at + FRAME);
    vad.push(frame, 8000, VAD);
    guard?.callerAudio(frame);
  }
  return {
    cutAtMs: cutMs === undefined ? undefined : cutMs - BEFORE_MS,
    spokenMs: Math.min(cutMs ?? Infinity, agentEndMs) - BEFORE_MS,
    verdicts,
    echo: guard?.echo,
  };

  function happens(event: VadEvent): void {
    if (event.type === "stopped") {
      if (guard) verdicts.push(guard.speechStopped());
    } else if (guard) guard.speechStarted();
    else if (audible()) cut();
  }

  function sendFrame(): void {
    const from = framesSent * FRAME;
    if (from + FRAME > trial.agent.length) return;
    guard!.agentFrame(trial.agent.subarray(from, from + FRAME), BEFORE_MS + framesSent * FRAME_MS);
    framesSent++;
  }
}

function placed(sound: Int16Array, atMs: number, samples: number): Int16Array {
  const all = new Int16Array(samples);
  const from = Math.round(atMs) * 8;
  all.set(sound.subarray(0, Math.max(0, samples - from)), from);
  return all;
}

/** Time that is set from outside; nothing here waits. */
class Now implements Clock {
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  set(ms: number): void {
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  after(): () => void {
    throw new Error("Could not wait: a trial has no timers");
  }
}
