import * as api from "./events.ts";
import { joined, serverFrame } from "./wire.ts";

/** The model sends audio this long before the caller hears it: real ones send faster than it is spoken. */
const LEAD_MS = 80;
/** Two turns: the first answer ends, the second is broken off by the caller. */
export const PERIOD_MS = 8000;
export const TURN_MS = PERIOD_MS / 2;
const CALLER_SPEAKS_MS = 1700;
const TRANSCRIBED_MS = 1800;
const ANSWER_AT_MS = 2000;
const DELTAS_MS = [200, 100, 160, 140, 200, 100, 160, 140, 200, 100, 160, 140];
/** Two more deltas: the caller speaks up 200 ms before their end. */
const LONG_DELTAS_MS = [...DELTAS_MS, 200, 200];
const WORDS = "We are open from nine to five on weekdays, and from ten to two on Saturdays. ";

/** What the model sends at one moment of each period; the same for all calls. */
export interface Step {
  /** From the begin of the period. */
  readonly atMs: number;
  readonly kind: "begin" | "speech" | "delta" | "other";
  /** Of a delta: where in its answer it begins. */
  readonly startMs: number;
  /** Of speech: whether it breaks off an answer that still plays. */
  readonly breaksOff: boolean;
  /** The bytes for the first period, the second, and so on. */
  readonly bytes: readonly Uint8Array[];
}

/** Base64 of so many milliseconds of the agent's audio. */
export type AgentAudio = (startMs: number, lengthMs: number) => string;

/**
 * The conversation of every call, made beforehand: the caller speaks, the agent answers, in turns of 4 s; audio flows
 * for half of the time.
 * @param periods how many to make; ids are used anew after them
 */
export function createScript(audio: AgentAudio, periods: number): readonly Step[] {
  const turns = Array.from({ length: 2 * periods }, (_, at) => api.turn(String(at), WORDS));
  const steps: Step[] = [];
  const add = (
    atMs: number,
    make: (turn: api.Turn, period: number) => readonly string[],
    more: Partial<Pick<Step, "kind" | "startMs" | "breaksOff">> = {},
  ) =>
    steps.push({
      atMs,
      kind: "other",
      startMs: 0,
      breaksOff: false,
      ...more,
      bytes: Array.from({ length: periods }, (_, period) => {
        const turn = turns[2 * period + Math.floor(atMs / TURN_MS)]!;
        return joined(make(turn, period).map(serverFrame));
      }),
    });

  // Every period but a session's first begins by breaking off the answer before.
  add(0, (turn, period) => {
    const last = turns.at(2 * period - 1)!;
    return [api.speechStarted(turn), api.answerCancelled(last)];
  }, { kind: "speech", breaksOff: true });
  add(0, (turn) => [api.speechStarted(turn)], { kind: "begin" });
  add(TURN_MS, (turn) => [api.speechStarted(turn)], { kind: "speech" });

  for (const [fromMs, deltasMs] of [[0, DELTAS_MS], [TURN_MS, LONG_DELTAS_MS]] as const) {
    add(fromMs + CALLER_SPEAKS_MS, api.callerDone);
    add(fromMs + TRANSCRIBED_MS, (turn) => [api.callerTranscribed(turn)]);
    let startMs = 0, sentMs = 0;
    for (const deltaMs of deltasMs) {
      const from = startMs;
      sentMs = fromMs + ANSWER_AT_MS + Math.max(0, from - LEAD_MS);
      const words = WORDS.split(" ")[from / 20 % 16] ?? "";
      add(sentMs, (turn) => api.answerDelta(turn, `${words} `, audio(from, deltaMs)), {
        kind: "delta",
        startMs: from,
      });
      startMs += deltaMs;
    }
    if (fromMs === 0) add(sentMs + 20, (turn) => api.answerDone(turn, null));
  }
  return steps;
}

const GREETING_MS = 200;

/** The agent's first words, which tell the caller what its session is called here; asked for by `response.create`. */
export function greeting(audio: AgentAudio, session: number, metadata: unknown): Uint8Array {
  const turn = api.turn(`greeting_${session}`, `You are caller ${session}.`);
  return joined([
    ...api.answerBegins(turn, metadata),
    ...api.answerDelta(turn, turn.words, audio(0, GREETING_MS)),
    ...api.answerDone(turn, metadata),
  ].map(serverFrame));
}

/** The session that a transcript of the greeting tells; undefined for any other. */
export function sessionIn(transcript: string): number | undefined {
  const digits = /^You are caller (\d+)\.$/.exec(transcript.trim())?.[1];
  return digits === undefined ? undefined : Number(digits);
}
