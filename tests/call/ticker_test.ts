import { assertEquals } from "@std/assert";
import { onTick, TICK_MS } from "../../lib/call/ticker.ts";
import { VirtualClock } from "../support/clock.ts";

Deno.test("ticker: a thousand members have one timer, and are all called at each tick", () => {
  const clock = new VirtualClock();
  const calls: number[] = [];
  const stops = Array.from(
    { length: 1000 },
    (_, at) => onTick(clock, () => calls[at] = (calls[at] ?? 0) + 1),
  );
  assertEquals(clock.pending, 1);
  clock.advance(10 * TICK_MS);
  assertEquals(calls, new Array(1000).fill(10));
  for (const stop of stops) stop();
  assertEquals(clock.pending, 0);
});

Deno.test("ticker: one that leaves in the midst of a tick is not called again, the others are", () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const stopFirst = onTick(clock, () => {
    told.push("first");
    stopFirst();
    stopSecond();
  });
  const stopSecond = onTick(clock, () => told.push("second"));
  const stopThird = onTick(clock, () => told.push("third"));
  clock.advance(2 * TICK_MS);
  assertEquals(told, ["first", "third", "third"]);
  stopThird();
  assertEquals(clock.pending, 0);
});

Deno.test("ticker: the last one that leaves within a tick leaves no timer, and one that comes then is called", () => {
  const clock = new VirtualClock();
  let count = 0;
  const stop = onTick(clock, () => stop());
  clock.advance(TICK_MS);
  assertEquals(clock.pending, 0);
  const stopLater = onTick(clock, () => count++);
  clock.advance(3 * TICK_MS);
  assertEquals(count, 3);
  stopLater();
  assertEquals(clock.pending, 0);
});

Deno.test("ticker: to leave twice takes no other's place", () => {
  const clock = new VirtualClock();
  let count = 0;
  const stop = onTick(clock, () => {});
  stop();
  const stopOther = onTick(clock, () => count++);
  stop();
  clock.advance(TICK_MS);
  assertEquals(count, 1);
  stopOther();
});

Deno.test("ticker: late ticks are not made up for, and those behind them come in time", () => {
  let nowMs = 0;
  let due: { atMs: number; fn: () => void } | undefined;
  const clock = {
    now: () => nowMs,
    after(delayMs: number, fn: () => void) {
      due = { atMs: nowMs + delayMs, fn };
      return () => due = undefined;
    },
  };
  const calledAtMs: number[] = [];
  const stop = onTick(clock, () => calledAtMs.push(nowMs));
  for (const lateMs of [0, 30, 0, 1000, 0]) {
    nowMs = due!.atMs + lateMs;
    due!.fn();
  }
  assertEquals(calledAtMs, [100, 230, 300, 1400, 1500]);
  stop();
});
