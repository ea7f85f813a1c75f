import { assertEquals } from "@std/assert";
import { Framer } from "../../lib/audio/frames.ts";
import { cut, gather, noise, seeded } from "./signals.ts";

function collector(): { frames: Int16Array[]; emit: (frame: Int16Array) => void } {
  const frames: Int16Array[] = [];
  return { frames, emit: (frame) => frames.push(frame.slice()) };
}

Deno.test("any cut of the audio gives the same frames of 160 samples, none lost", () => {
  const input = noise(seeded(1), 160 * 30 + 77);
  for (let seed = 1; seed <= 20; seed++) {
    const { frames, emit } = collector();
    const framer = new Framer();
    for (const piece of cut(input, seeded(seed), 900)) framer.push(piece, emit);
    assertEquals(framer.pendingSamples, 77);
    assertEquals(framer.flush(emit), 77);
    assertEquals(new Set(frames.map(({ length }) => length)), new Set([160]));
    assertEquals(gather(frames), gather([input, new Int16Array(83)]));
  }
});

Deno.test("the last frame is padded with silence, not with the frame before", () => {
  const { frames, emit } = collector();
  const framer = new Framer();
  framer.push(new Int16Array(161).fill(1000), emit);
  framer.flush(emit);
  assertEquals(frames[1], Int16Array.from({ length: 160 }, (_, at) => at === 0 ? 1000 : 0));
});

Deno.test("nothing left, nothing flushed", () => {
  const { frames, emit } = collector();
  const framer = new Framer();
  assertEquals(framer.flush(emit), 0);
  framer.push(new Int16Array(320), emit);
  assertEquals(framer.flush(emit), 0);
  assertEquals(frames.length, 2);
});

Deno.test("after a reset the next answer has nothing of the last", () => {
  const { frames, emit } = collector();
  const framer = new Framer();
  framer.push(new Int16Array(100).fill(1000), emit);
  framer.reset();
  assertEquals(framer.pendingSamples, 0);
  framer.push(new Int16Array(160).fill(5), emit);
  assertEquals(frames, [new Int16Array(160).fill(5)]);
});

Deno.test("a reset from within a frame keeps the framer whole", () => {
  const framer = new Framer();
  let emitted = 0;
  framer.push(new Int16Array(480).fill(1), () => {
    if (++emitted === 1) framer.reset();
  });
  assertEquals(emitted, 3);
});
