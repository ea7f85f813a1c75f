import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { HoldSound } from "../../lib/call/hold-sound.ts";
import { VirtualClock } from "../support/clock.ts";
import { dbfs, joined } from "../support/sound.ts";

/** A phone that plays what it gets without a gap. */
function phone(delayMs?: number, onFrame: (hold: HoldSound) => void = () => {}) {
  const clock = new VirtualClock();
  const frames: Int16Array[] = [];
  const state = { busy: false };
  let endMs = 0;
  let mostMs = 0;
  const queuedMs = () => Math.max(0, endMs - clock.now());
  const hold = new HoldSound({
    clock,
    busy: () => state.busy,
    queuedMs,
    play(frame) {
      endMs = Math.max(endMs, clock.now()) + 20;
      mostMs = Math.max(mostMs, queuedMs());
      frames.push(frame);
      onFrame(hold);
    },
    ...(delayMs === undefined ? {} : { delayMs }),
  });
  return { clock, hold, frames, state, mostMs: () => mostMs };
}

Deno.test("hold sound: it begins after 4 seconds, or when it is told to", async () => {
  const it = phone();
  it.hold.waiting(true);
  await it.clock.run(3_990);
  assertEquals(it.frames.length, 0);
  await it.clock.run(1_000);
  assertGreater(it.frames.length, 45);
  it.hold.stop();

  const at = phone(0);
  at.hold.waiting(true);
  await at.clock.run(0);
  assertGreater(at.frames.length, 0);
  at.hold.stop();
  assertEquals([it.clock.pending, at.clock.pending], [0, 0]);
});

Deno.test("hold sound: no more than 40 ms are ahead of the words to come, and it is soft", async () => {
  const it = phone(0);
  it.hold.waiting(true);
  it.hold.waiting(true);
  await it.clock.run(5_000);
  assertEquals([it.mostMs() <= 40, it.frames.length <= 252], [true, true]);
  assertLess(dbfs(joined(it.frames)), -34);
  it.hold.waiting(false);
  assertEquals(it.clock.pending, 0);
});

Deno.test("hold sound: it gives way to who speaks, and swells up from silence each time", async () => {
  const it = phone(0);
  const first = (frame: Int16Array | undefined) => Math.max(...frame!.map(Math.abs));
  it.hold.waiting(true);
  await it.clock.run(1_000);
  assertLess(first(it.frames[0]), 5);
  assertGreater(first(it.frames.at(-1)), 500);
  it.state.busy = true;
  // One frame more, in which it fades.
  const before = it.frames.length + 1;
  await it.clock.run(1_000);
  assertEquals(it.frames.length, before);
  it.state.busy = false;
  await it.clock.run(1_000);
  assertLess(first(it.frames[before]), 5);
  it.hold.waiting(false);
  const again = it.frames.length;
  it.hold.waiting(true);
  await it.clock.run(100);
  assertLess(first(it.frames[again]), 5);
  it.hold.stop();
});

Deno.test("hold sound: a line that gives way while it plays leaves no timer behind", async () => {
  const it = phone(0, (hold) => hold.stop());
  it.hold.waiting(true);
  await it.clock.run(1_000);
  assertEquals([it.frames.length, it.clock.pending], [1, 0]);
});

Deno.test("hold sound: it ends without a click, when the wait is over and when somebody speaks", async () => {
  const it = phone(0);
  const ends = (frame: Int16Array | undefined) => Math.abs(frame!.at(-1)!);
  it.hold.waiting(true);
  await it.clock.run(1_000);
  it.state.busy = true;
  await it.clock.run(40);
  assertEquals(ends(it.frames.at(-1)), 0);
  it.state.busy = false;
  await it.clock.run(1_000);
  const before = it.frames.length;
  it.hold.waiting(false);
  assertEquals([it.frames.length - before, ends(it.frames.at(-1))], [1, 0]);
  it.hold.waiting(false);
  assertEquals(it.frames.length - before, 1);
  assertEquals(it.clock.pending, 0);
});
