import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Backlog, Rate, Silence } from "../../lib/line/limits.ts";
import { VirtualClock } from "../support/clock.ts";

Deno.test("rate: a burst of two seconds' worth passes, and one more does not", () => {
  const rate = new Rate(new VirtualClock(), 500);
  for (let count = 0; count < 1000; count++) assert(rate.take(1));
  assert(!rate.take(1));
});

Deno.test("rate: what is sustained at the limit passes for ever, what is above it does not", () => {
  const clock = new VirtualClock();
  const rate = new Rate(clock, 500);
  for (let ms = 0; ms < 60_000; ms += 2) {
    clock.advance(2);
    assert(rate.take(1));
  }
  let taken = 0;
  for (; rate.take(1) && taken < 10_000; taken++) if (taken % 2 === 1) clock.advance(2);
  // At twice the limit, the burst is used up after as much again has been refilled.
  assertAlmostEquals(taken, 2000, 5);
});

Deno.test("rate: a long silence allows no more than a burst", () => {
  const clock = new VirtualClock();
  const rate = new Rate(clock, 500);
  clock.advance(3_600_000);
  let taken = 0;
  while (rate.take(1)) taken++;
  assertEquals(taken, 1000);
});

Deno.test("silence: is told once, a whole limit after the last note, with one timer", () => {
  const clock = new VirtualClock();
  const toldAtMs: number[] = [];
  const silence = new Silence(clock, 1000, () => toldAtMs.push(clock.now()));
  for (let count = 0; count < 200; count++) {
    clock.advance(20);
    silence.note();
    assertEquals(clock.pending, 1);
  }
  clock.advance(10_000);
  assertEquals(toldAtMs, [5000]);
  assertEquals(clock.pending, 0);
});

Deno.test("silence: once stopped it tells nothing and leaves no timer", () => {
  const clock = new VirtualClock();
  const silence = new Silence(clock, 1000, () => {
    throw new Error("Told after the end");
  });
  clock.advance(500);
  silence.note();
  clock.advance(900);
  silence.stop();
  assertEquals(clock.pending, 0);
  clock.advance(5000);
});

Deno.test("backlog: frames are dropped only while too much waits", () => {
  const backlog = new Backlog(new VirtualClock(), { unsentBytes: 100, slowMs: 1000 });
  assertEquals([100, 101, 500, 100].map((bytes) => backlog.admit(bytes)), ["send", "drop", "drop", "send"]);
  assertEquals(backlog.droppedFrames, 2);
});

Deno.test("backlog: a line that stays full for too long ends, one that recovers in between does not", () => {
  const clock = new VirtualClock();
  const backlog = new Backlog(clock, { unsentBytes: 100, slowMs: 1000 });
  const after = (ms: number, bytes: number) => {
    clock.advance(ms);
    return backlog.admit(bytes);
  };
  assertEquals(after(0, 101), "drop");
  assertEquals(after(900, 50), "send");
  assertEquals(after(200, 101), "drop");
  assertEquals(after(1000, 101), "drop");
  assertEquals(after(1, 101), "end");
});
