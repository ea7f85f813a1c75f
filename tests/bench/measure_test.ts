import { assertAlmostEquals, assertEquals } from "@std/assert";
import { measure } from "../../bench/calls/measure.ts";
import { playAnswer } from "../../bench/calls/playout.ts";
import { EventLog, KINDS } from "../../bench/load/log.ts";

const FROM_MS = 1_000_000;
const CALL = 3;
const SESSION = 8;

/** One call of `frames` frames that talks to one session. */
function logs(frames: number) {
  const callers = new EventLog(), model = new EventLog();
  for (let at = 0; at < frames; at++) callers.add(KINDS.sent, CALL, 20, FROM_MS + at * 20);
  callers.add(KINDS.session, CALL, SESSION, FROM_MS);
  const figures = (more: { calls?: number; fromMs?: number; toMs?: number; offsetMs?: number } = {}) =>
    measure({ callers, model, calls: 10, fromMs: FROM_MS, toMs: FROM_MS + 1e6, offsetMs: 0, ...more });
  return { callers, model, figures };
}

Deno.test("a frame has arrived with the append that brings most of it, whatever a resampler holds back", () => {
  const { model, figures } = logs(4);
  for (const [ms, atMs] of [[17.5, 1], [20, 22], [20, 43], [20, 64]] as const) {
    model.add(KINDS.appended, SESSION, ms, FROM_MS + atMs);
  }
  const { toModelMs, lost } = figures();
  assertEquals([toModelMs.count, toModelMs.p50, toModelMs.max], [4, 2, 4]);
  assertEquals(lost.frames, 0);
});

Deno.test("frames that a bridge puts together have all arrived with the one append", () => {
  const { model, figures } = logs(2);
  model.add(KINDS.appended, SESSION, 40, FROM_MS + 21);
  assertEquals(figures().toModelMs, { count: 2, p50: 1, p99: 21, max: 21 });
});

Deno.test("silence that a bridge puts in makes no frame arrive before it has left", () => {
  const { model, figures } = logs(6);
  model.add(KINDS.appended, SESSION, 20, FROM_MS + 2);
  model.add(KINDS.appended, SESSION, 100, FROM_MS + 10);
  for (let at = 1; at < 6; at++) model.add(KINDS.appended, SESSION, 20, FROM_MS + at * 20 + 3);
  const { toModelMs, lost } = figures();
  assertEquals([toModelMs.count, toModelMs.p50, toModelMs.max, lost.frames], [6, 3, 3, 0]);
});

Deno.test("a frame that never arrives is lost, not fast", () => {
  const { model, figures } = logs(3);
  for (const atMs of [1, 21]) model.add(KINDS.appended, SESSION, 20, FROM_MS + atMs);
  const { toModelMs, lost } = figures();
  assertEquals([toModelMs.count, lost.frames], [2, 1]);
});

Deno.test("only what leaves within the window is counted, and what came before it still is in the count of audio", () => {
  const { model, figures } = logs(5);
  for (let at = 0; at < 5; at++) {
    model.add(KINDS.appended, SESSION, 20, FROM_MS + at * 20 + (at < 2 ? 500 : 3));
  }
  assertEquals(figures({ fromMs: FROM_MS + 40, toMs: FROM_MS + 80 }).toModelMs.count, 2);
});

Deno.test("the model's clock is corrected", () => {
  const { model, figures } = logs(1);
  model.add(KINDS.appended, SESSION, 20, FROM_MS + 105);
  assertAlmostEquals(figures({ offsetMs: 100 }).toModelMs.max, 5, 1e-6);
});

Deno.test("a delta has arrived with the frame that holds its first sample, also behind a frame that was held back", () => {
  const { callers, model, figures } = logs(0);
  for (const [startMs, atMs] of [[0, 0], [100, 100]] as const) {
    model.add(KINDS.delta, SESSION, startMs, FROM_MS + atMs);
  }
  // A resampler that holds a little back: the fifth frame of the first delta comes with the second delta.
  for (const atMs of [2, 2, 2, 2, 107, 107, 108, 108]) callers.add(KINDS.heard, CALL, 20, FROM_MS + atMs);
  const { toCallerMs, firstFrameMs } = figures();
  assertEquals(toCallerMs, { count: 2, p50: 2, p99: 7, max: 7 });
  assertEquals(firstFrameMs, { count: 1, p50: 2, p99: 2, max: 2 });
});

Deno.test("a delta that begins where a frame ends has not arrived with that frame", () => {
  const { callers, model, figures } = logs(0);
  for (const [startMs, atMs] of [[0, 0], [40, 40]] as const) {
    model.add(KINDS.delta, SESSION, startMs, FROM_MS + atMs);
  }
  for (const atMs of [2, 2, 45]) callers.add(KINDS.heard, CALL, 20, FROM_MS + atMs);
  assertEquals(figures().toCallerMs, { count: 2, p50: 2, p99: 5, max: 5 });
});

Deno.test("calls that are read in rounds are counted and not timed", () => {
  const { callers, model, figures } = logs(2);
  model.add(KINDS.appended, SESSION, 20, FROM_MS + 1);
  model.add(KINDS.delta, SESSION, 0, FROM_MS);
  callers.add(KINDS.heard, CALL, 20, FROM_MS + 5);
  // One of seven is timed, neither call 3 nor session 8.
  const { toModelMs, toCallerMs, lost } = figures({ calls: 700 });
  assertEquals([toModelMs.count, toCallerMs.count, lost.frames], [0, 0, 1]);
});

Deno.test("the rest of one answer is not taken for the begin of the next", () => {
  const { callers, model, figures } = logs(0);
  for (const atMs of [0, 4000]) model.add(KINDS.delta, SESSION, 0, FROM_MS + atMs);
  for (const atMs of [1, 1, 50, 4006]) callers.add(KINDS.heard, CALL, 20, FROM_MS + atMs);
  assertEquals(figures().firstFrameMs, { count: 2, p50: 1, p99: 6, max: 6 });
});

Deno.test("an answer whose audio never comes is lost", () => {
  const { model, figures } = logs(0);
  model.add(KINDS.delta, SESSION, 0, FROM_MS);
  assertEquals(figures().lost.deltas, 1);
});

Deno.test("interruptions are waited for only where an answer is broken off, and missed when they do not come", () => {
  const { callers, model, figures } = logs(0);
  for (const [broken, atMs] of [[0, 0], [1, 4000], [1, 8000]] as const) {
    model.add(KINDS.speech, SESSION, broken, FROM_MS + atMs);
  }
  callers.add(KINDS.stopped, CALL, 0, FROM_MS + 4001.5);
  const { interruptionMs, lost } = figures();
  assertEquals([interruptionMs.count, interruptionMs.max, lost.interruptions], [1, 1.5, 1]);
});

Deno.test("a call whose session is unknown is told of", () => {
  const { callers, figures } = logs(1);
  callers.add(KINDS.sent, CALL + 1, 20, FROM_MS);
  assertEquals(figures().unmatched, 2);
});

Deno.test("audio that comes in time plays without a gap, however unevenly it comes", () => {
  const times = [0, 0, 0, 0, 0, 95, 95, 95, 95, 95, 195, 195];
  assertEquals(playAnswer(times, Infinity), { playedMs: 240, gaps: 0, longestGapMs: 0 });
});

Deno.test("audio that comes late leaves whole ticks of silence", () => {
  assertEquals(playAnswer([0, 0, 45, 45], Infinity), { playedMs: 80, gaps: 1, longestGapMs: 20 });
  assertEquals(playAnswer([0, 81, 500], Infinity), { playedMs: 60, gaps: 2, longestGapMs: 380 });
});

Deno.test("what an interruption drops was not heard, and what comes late after it is no gap", () => {
  assertEquals(playAnswer([0, 0, 0, 0, 500], 50), { playedMs: 60, gaps: 0, longestGapMs: 0 });
});
