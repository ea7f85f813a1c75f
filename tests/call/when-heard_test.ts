import { assertEquals } from "@std/assert";
import { Playback } from "../../lib/call/playback.ts";
import { whenHeard } from "../../lib/call/when-heard.ts";
import { VirtualClock } from "../support/clock.ts";

function words() {
  const clock = new VirtualClock();
  const playback = new Playback(clock, 60);
  let busy = true;
  const heardAtMs: number[] = [];
  const cancel = whenHeard(
    { clock, playback, busy: () => busy, limitMs: 10_000 },
    () => heardAtMs.push(clock.now()),
  );
  const speak = (ms: number) => {
    playback.generated("resp", "a", 0, ms);
    for (let left = ms; left > 0; left -= 20) playback.sent("a", Math.min(20, left), 20);
  };
  return { clock, playback, heardAtMs, cancel, speak, finish: () => busy = false };
}

Deno.test("when heard: not when the words were sent, but when the ear has heard them", () => {
  const { clock, heardAtMs, speak, finish } = words();
  clock.advance(1000);
  speak(3000);
  finish();
  clock.advance(3059);
  assertEquals(heardAtMs, []);
  clock.advance(200);
  assertEquals(heardAtMs.length, 1);
});

Deno.test("when heard: a goodbye longer than the watchdog is heard in full", () => {
  const { clock, heardAtMs, speak, finish } = words();
  speak(25_000);
  finish();
  clock.advance(25_000);
  assertEquals(heardAtMs, []);
  clock.advance(200);
  assertEquals(heardAtMs.length, 1);
});

Deno.test("when heard: words that never come are waited for within a limit", () => {
  const { clock, heardAtMs } = words();
  clock.advance(9900);
  assertEquals(heardAtMs, []);
  clock.advance(200);
  assertEquals(heardAtMs.length, 1);
  assertEquals(clock.pending, 0);
});

Deno.test("when heard: taken back, it never comes", () => {
  const { clock, heardAtMs, cancel, finish } = words();
  cancel();
  finish();
  clock.advance(60_000);
  assertEquals(heardAtMs, []);
  assertEquals(clock.pending, 0);
});
