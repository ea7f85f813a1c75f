import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { createDownlink, createUplink } from "../../lib/audio/codec.ts";
import { Downsampler, Upsampler } from "../../lib/audio/resample.ts";
import { scratchOfSamples } from "../../lib/audio/scratch.ts";

Deno.test("a stream of equal frames is worked on in one and the same array, nothing is allocated", () => {
  const [up, down, uplink, downlink] = [
    new Upsampler(),
    new Downsampler(),
    createUplink("pcm"),
    createDownlink("pcm"),
  ];
  const frame = new Int16Array(160), bytes = new Uint8Array(960);
  assertStrictEquals(up.push(frame), up.push(frame));
  assertStrictEquals(down.push(new Int16Array(480)), down.push(new Int16Array(480)));
  assertStrictEquals(uplink.encode(frame), uplink.encode(frame));
  assertStrictEquals(downlink.decode(bytes), downlink.decode(bytes));
});

Deno.test("frames whose lengths change share their memory", () => {
  const scratch = scratchOfSamples();
  const short = scratch.take(160);
  const long = scratch.take(480);
  assertEquals([short.length, long.length], [160, 480]);
  assertStrictEquals(short.buffer, long.buffer);
});

Deno.test("one huge message leaves no memory behind", () => {
  const scratch = scratchOfSamples();
  const usual = scratch.take(160);
  const huge = scratch.take(1_000_000);
  assertEquals(huge.length, 1_000_000);
  assert(huge.buffer !== usual.buffer);
  assertStrictEquals(scratch.take(160).buffer, usual.buffer);
});

Deno.test("one direction's result can be the other's input", () => {
  const [up, down] = [new Upsampler(), new Downsampler()];
  const input = Int16Array.from({ length: 4000 }, (_, at) => 9000 * Math.sin(at / 3));
  const expected = new Downsampler().push(new Upsampler().push(input).slice()).slice();
  assertEquals(down.push(up.push(input)).slice(), expected);
  const narrow = new Downsampler().push(input).slice();
  const wide = new Upsampler().push(narrow).slice();
  assertEquals(new Upsampler().push(new Downsampler().push(input)).slice(), wide);
});
