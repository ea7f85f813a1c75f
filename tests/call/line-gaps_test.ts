import { assertEquals } from "@std/assert";
import { LineGaps } from "../../lib/call/line-gaps.ts";
import { VirtualClock } from "../support/clock.ts";

function line() {
  const clock = new VirtualClock();
  let paddedMs = 0;
  const gaps = new LineGaps(clock, (samples) => paddedMs += samples.length / 8);
  const frames = (count: number) => {
    for (let index = 0; index < count; index++) {
      gaps.frame();
      clock.advance(20);
    }
  };
  return { clock, gaps, frames, padded: () => paddedMs };
}

Deno.test("line gaps: a line that sends its frames is left alone", () => {
  const { frames, padded } = line();
  frames(500);
  assertEquals(padded(), 0);
});

Deno.test("line gaps: a line that stops sending is filled with silence in real time, so that a turn can end", () => {
  const { clock, frames, padded } = line();
  frames(10);
  clock.advance(2000);
  assertEquals(padded(), 2000);
});

Deno.test("line gaps: a long gap is bounded", () => {
  const { clock, frames, padded } = line();
  frames(10);
  clock.advance(600_000);
  assertEquals(padded(), 10_000);
  assertEquals(clock.pending, 0);
});

Deno.test("line gaps: jitter below 200 ms adds nothing", () => {
  const { clock, gaps, padded } = line();
  for (let burst = 0; burst < 50; burst++) {
    for (let index = 0; index < 9; index++) gaps.frame();
    clock.advance(180);
  }
  assertEquals(padded(), 0);
});

Deno.test("line gaps: after a gap the next one is filled as well", () => {
  const { clock, frames, padded } = line();
  frames(1);
  clock.advance(30_000);
  frames(1);
  clock.advance(1000);
  assertEquals(padded(), 11_000);
});

Deno.test("line gaps: the end of the call leaves no timer", () => {
  const { clock, gaps, frames } = line();
  frames(3);
  gaps.stop();
  assertEquals(clock.pending, 0);
});

Deno.test("line gaps: a stall of this process adds no silence to frames that wait to be read", () => {
  let nowMs = 0;
  let due: (() => void) | undefined;
  const clock = {
    now: () => nowMs,
    after(_: number, fn: () => void) {
      due = fn;
      return () => due = undefined;
    },
  };
  let paddedMs = 0;
  const gaps = new LineGaps(clock, (samples) => paddedMs += samples.length / 8);
  const tick = (atMs: number) => {
    nowMs = atMs;
    due?.();
  };
  gaps.frame();
  tick(100);
  for (const stallMs of [250, 400, 3000]) {
    // Timers that are due run before what the sockets have.
    tick(nowMs + stallMs);
    for (let missed = 0; missed < stallMs; missed += 20) gaps.frame();
    tick(nowMs + 100);
    for (let frame = 0; frame < 5; frame++) gaps.frame();
  }
  assertEquals(paddedMs, 0);
  // Those that do not come are missed all the same.
  for (let looks = 0; looks < 10; looks++) tick(nowMs + 100);
  assertEquals(paddedMs, 1000);
  gaps.stop();
});
