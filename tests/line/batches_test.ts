import { assertEquals } from "@std/assert";
import { Batches } from "../../lib/line/batches.ts";

const frame = (first: number) => new Int16Array(160).fill(first);

function batches(frames: number) {
  const sent: number[][] = [];
  const it = new Batches(frames, (samples) => {
    sent.push(Array.from({ length: samples.length / 160 }, (_, at) => samples[at * 160]!));
  });
  return { it, sent };
}

Deno.test("batches: by default every frame leaves by itself, at once", () => {
  const { it, sent } = batches(1);
  it.push(frame(1));
  it.push(frame(2));
  assertEquals(sent, [[1], [2]]);
});

Deno.test("batches: a burst leaves in full messages and a rest, none waits for audio to come", async () => {
  const { it, sent } = batches(3);
  for (let at = 0; at < 8; at++) it.push(frame(at));
  assertEquals(sent, [[0, 1, 2], [3, 4, 5]]);
  await Promise.resolve();
  assertEquals(sent, [[0, 1, 2], [3, 4, 5], [6, 7]]);
  it.push(frame(8));
  await Promise.resolve();
  assertEquals(sent.at(-1), [8]);
});

Deno.test("batches: what follows audio does not overtake it, what takes its place drops it", async () => {
  const { it, sent } = batches(5);
  it.push(frame(1));
  it.flush();
  assertEquals(sent, [[1]]);
  it.push(frame(2));
  it.drop();
  await Promise.resolve();
  assertEquals(sent, [[1]]);
});
