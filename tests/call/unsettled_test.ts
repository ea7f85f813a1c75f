import { assertEquals } from "@std/assert";
import { decodeMulaw, encodeMulaw } from "../../lib/audio/g711.ts";
import { Unsettled } from "../../lib/call/unsettled.ts";

/** Samples that G.711 keeps as they are, each frame another level. */
const frame = (index: number, samples = 160) =>
  decodeMulaw(encodeMulaw(new Int16Array(samples).fill((index % 200) * 100))).slice();
const levels = (samples: Int16Array) => [...new Set(samples)].length;

Deno.test("unsettled: of what a model that is well has heard only the last moment is said again", () => {
  const unsettled = new Unsettled();
  for (let index = 0; index < 500; index++) {
    unsettled.push(encodeMulaw(frame(index)));
    if (index % 50 === 0) unsettled.noticed();
  }
  const kept = unsettled.take();
  assertEquals(kept.length <= 1800 * 8 + 50 * 160, true, `${kept.length}`);
  assertEquals(kept.slice(-160), frame(499));
});

Deno.test("unsettled: what was said to a model that fell silent is said again, as far back as its last word", () => {
  const unsettled = new Unsettled();
  for (let index = 0; index < 200; index++) unsettled.push(encodeMulaw(frame(index)));
  unsettled.noticed();
  for (let index = 200; index < 500; index++) unsettled.push(encodeMulaw(frame(index)));
  const kept = unsettled.take();
  assertEquals(kept.length, (800 + 6000) * 8);
  assertEquals(kept.slice(0, 160), frame(160));
});

Deno.test("unsettled: speech is kept from before it was noticed, to the sample", () => {
  const unsettled = new Unsettled();
  for (let index = 0; index < 100; index++) unsettled.push(encodeMulaw(frame(index)));
  unsettled.noticed();
  unsettled.started();
  for (let index = 100; index < 150; index++) unsettled.push(encodeMulaw(frame(index)));
  const kept = unsettled.take();
  // 800 ms from before and 1000 ms of speech.
  assertEquals(kept.length, 1800 * 8);
  const expected = new Int16Array(1800 * 8);
  for (let index = 60; index < 150; index++) expected.set(frame(index), (index - 60) * 160);
  assertEquals(kept, expected);
});

Deno.test("unsettled: of speech without end the newest part is kept, within its bound", () => {
  const unsettled = new Unsettled();
  unsettled.started();
  for (let index = 0; index < 5000; index++) unsettled.push(encodeMulaw(frame(index)));
  const kept = unsettled.take();
  assertEquals(kept.length, 15_000 * 8);
  assertEquals(kept.slice(-160), frame(4999));
  assertEquals(kept.slice(0, 160), frame(4250));
});

Deno.test("unsettled: frames of any length come out in order", () => {
  const unsettled = new Unsettled();
  unsettled.started();
  const expected: number[] = [];
  for (let index = 0; index < 300; index++) {
    const samples = frame(index, 1 + (index * 37) % 900);
    expected.push(...samples);
    unsettled.push(encodeMulaw(samples));
  }
  assertEquals(unsettled.take(), Int16Array.from(expected.slice(-15_000 * 8)));
});

Deno.test("unsettled: one chunk longer than all that is kept leaves its end", () => {
  const unsettled = new Unsettled();
  unsettled.push(encodeMulaw(frame(7, 100_000)));
  unsettled.started();
  assertEquals(unsettled.take().length, 100_000);
  const long = new Int16Array(200_000).map((_, at) => at >= 80_000 ? 1000 : 5000);
  unsettled.started();
  unsettled.push(encodeMulaw(long));
  const kept = unsettled.take();
  assertEquals(kept.length, 120_000);
  assertEquals(levels(kept), 1);
});

Deno.test("unsettled: what has become an item is not said again", () => {
  const unsettled = new Unsettled();
  unsettled.started();
  unsettled.push(encodeMulaw(frame(5)));
  assertEquals(unsettled.settle(), encodeMulaw(frame(5)).slice());
  unsettled.push(encodeMulaw(frame(6)));
  assertEquals(unsettled.take(), frame(6));
});
