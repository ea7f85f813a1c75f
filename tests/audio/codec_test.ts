import { assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { AUDIO_FORMATS, bytesPerMs, createDownlink, createUplink } from "../../lib/audio/codec.ts";
import { Downsampler } from "../../lib/audio/resample.ts";
import { cut, decibel, gather, measure, noise, seeded, tones } from "./signals.ts";

const bytesOf = (samples: Int16Array) =>
  new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);

for (const format of AUDIO_FORMATS) {
  Deno.test(`${format}: speech there and back keeps its level`, () => {
    const [uplink, downlink] = [createUplink(format), createDownlink(format)];
    const spoken = tones([{ hz: 1013, amplitude: 12000 }], 8000, 12_000);
    const frames: Int16Array[] = [];
    for (let at = 0; at < spoken.length; at += 160) {
      const bytes = uplink.encode(spoken.subarray(at, at + 160));
      assertEquals(bytes.length, 20 * bytesPerMs(format));
      frames.push(downlink.decode(bytes).slice());
    }
    const heard = gather(frames);
    assertEquals(heard.length, spoken.length);
    assertAlmostEquals(decibel(measure(heard, 1013, 8000, 1000).amplitude / 12000), 0, 0.1);
  });

  Deno.test(`${format}: an answer cut at any byte sounds the same`, () => {
    const bytes = bytesOf(noise(seeded(2), 5000));
    const whole = createDownlink(format);
    const expected = gather([gather([whole.decode(bytes)]), whole.flush()]);
    for (let seed = 1; seed <= 20; seed++) {
      const downlink = createDownlink(format);
      const pieces = cut(bytes, seeded(seed), 700).map((piece) => downlink.decode(piece).slice());
      assertEquals(gather([...pieces, downlink.flush()]), expected, `seed ${seed}`);
    }
  });

  for (const end of ["flush", "reset"] as const) {
    Deno.test(`${format}: after ${end} an answer begins anew, half a sample left over or not`, () => {
      const bytes = bytesOf(noise(seeded(4), 960));
      const fresh = createDownlink(format).decode(bytes).slice();
      const used = createDownlink(format);
      used.decode(bytes.subarray(0, 601));
      used[end]();
      assertEquals(used.decode(bytes).slice(), fresh);
    });
  }

  Deno.test(`${format}: two calls at once don't mix`, () => {
    const [a, b] = [createUplink(format), createUplink(format)];
    const alone = createUplink(format);
    const random = seeded(9);
    const quiet = tones([{ hz: 440, amplitude: 50 }], 8000, 160);
    for (let round = 0; round < 20; round++) {
      a.encode(noise(random, 160));
      assertEquals(b.encode(quiet).slice(), alone.encode(quiet).slice());
    }
  });
}

Deno.test("frames of changing lengths are encoded at their own length", () => {
  const uplink = createUplink("pcm");
  for (const length of [160, 160, 80, 160, 0, 1, 50_000, 160]) {
    assertEquals(uplink.encode(new Int16Array(length)).length, length * 6);
  }
});

Deno.test("a long message at an odd byte is decoded", () => {
  const bytes = bytesOf(noise(seeded(8), 300_000));
  const downlink = createDownlink("pcm");
  const pieces = [bytes.subarray(0, 1), bytes.subarray(1)].map((piece) => downlink.decode(piece).slice());
  const expected = new Downsampler().push(noise(seeded(8), 300_000));
  assertGreater(expected.length, 99_000);
  assertEquals(gather(pieces), gather([expected]));
});

Deno.test("an uplink that is reset forgets what was said", () => {
  const uplink = createUplink("pcm");
  uplink.encode(noise(seeded(1), 160));
  uplink.reset();
  assertEquals(uplink.encode(new Int16Array(160)).some((byte) => byte !== 0), false);
});
