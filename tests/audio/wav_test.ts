import { assertAlmostEquals, assertEquals, assertGreaterOrEqual, assertThrows } from "@std/assert";
import { readWav, resampleTo, WAV_RATES, writeWav } from "../../lib/audio/wav.ts";
import { decibel, measure, noise, seeded, tones } from "./signals.ts";

const SAMPLES = Int16Array.of(1, -2, 300, -32768, 32767);

/** A chunk with its padding. */
function chunk(name: string, data: Uint8Array, size = data.length): Uint8Array {
  const all = new Uint8Array(8 + data.length + (data.length & 1));
  all.set(new TextEncoder().encode(name));
  new DataView(all.buffer).setUint32(4, size, true);
  all.set(data, 8);
  return all;
}

function riff(...chunks: Uint8Array[]): Uint8Array {
  const body = new Uint8Array(chunks.reduce((sum, each) => sum + each.length, 4));
  body.set(new TextEncoder().encode("WAVE"));
  let at = 4;
  for (const each of chunks) {
    body.set(each, at);
    at += each.length;
  }
  return chunk("RIFF", body);
}

function format(
  { tag = 1, channels = 1, rate = 8000, bits = 16, extra = new Uint8Array(0) } = {},
): Uint8Array {
  const data = new Uint8Array(16 + extra.length);
  const view = new DataView(data.buffer);
  view.setUint16(0, tag, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, rate, true);
  view.setUint32(8, rate * channels * bits / 8, true);
  view.setUint16(12, channels * bits / 8, true);
  view.setUint16(14, bits, true);
  data.set(extra, 16);
  return chunk("fmt ", data);
}

const pcm = new Uint8Array(SAMPLES.buffer);

Deno.test("what is written is read again", () => {
  for (const sampleRate of [8000, 16000, 24000, 44100]) {
    assertEquals(readWav(writeWav(sampleRate, SAMPLES)), { sampleRate, samples: SAMPLES });
  }
  assertEquals(readWav(writeWav(8000, new Int16Array(0))).samples.length, 0);
});

Deno.test("a file is what other programs expect, to the byte", () => {
  assertEquals(writeWav(8000, SAMPLES), riff(format(), chunk("data", pcm)));
});

Deno.test("the bytes may lie at an odd place of a buffer", () => {
  const file = writeWav(8000, SAMPLES);
  const shifted = new Uint8Array(file.length + 1);
  shifted.set(file, 1);
  assertEquals(readWav(shifted.subarray(1)).samples, SAMPLES);
});

Deno.test("chunks come in any order, with others between them and padding after odd ones", () => {
  const list = chunk("LIST", Uint8Array.of(1, 2, 3));
  assertEquals(readWav(riff(list, format(), list, chunk("data", pcm), list)).samples, SAMPLES);
  assertEquals(readWav(riff(chunk("data", pcm), list, format())).samples, SAMPLES);
});

Deno.test("a data chunk that promises more than there is gives what is there", () => {
  for (const size of [pcm.length + 2, 0xffffffff]) {
    assertEquals(readWav(riff(format(), chunk("data", pcm, size))).samples, SAMPLES);
  }
  assertEquals(readWav(writeWav(8000, SAMPLES).subarray(0, 44 + 5)).samples, SAMPLES.slice(0, 2));
});

Deno.test("the extensible form of PCM is PCM", () => {
  const extra = new Uint8Array(24);
  extra[8] = 1;
  assertEquals(readWav(riff(format({ tag: 0xfffe, extra }), chunk("data", pcm))).samples, SAMPLES);
});

const refused: [what: string, file: Uint8Array, message: string][] = [
  ["stereo", riff(format({ channels: 2 }), chunk("data", pcm)), "2 channel(s)"],
  ["8 bit", riff(format({ bits: 8 }), chunk("data", pcm)), "8 bits"],
  ["float", riff(format({ tag: 3, bits: 32 }), chunk("data", pcm)), "float"],
  ["mu-law", riff(format({ tag: 7, bits: 8 }), chunk("data", pcm)), "mu-law"],
  ["no format", riff(chunk("data", pcm)), "no fmt chunk"],
  ["no data", riff(format()), "no data chunk"],
  ["half a format", riff(chunk("fmt ", new Uint8Array(10)), chunk("data", pcm)), "10 of 16 bytes"],
  ["an MP3", new TextEncoder().encode("ID3 and so on"), "RIFF"],
  ["nothing", new Uint8Array(0), "0 bytes"],
];
for (const [what, file, message] of refused) {
  Deno.test(`a file that can't be played is told for what it is: ${what}`, () => {
    assertThrows(() => readWav(file), Error, message);
  });
}

for (const fromHz of WAV_RATES) {
  for (const toHz of WAV_RATES) {
    Deno.test(`${fromHz} to ${toHz} Hz: speech keeps level and time, nothing folds into it`, () => {
      const input = tones(
        [{ hz: 300, amplitude: 8000 }, { hz: 3400, amplitude: 8000 }],
        fromHz,
        1.2 * fromHz,
      );
      const output = resampleTo(input, fromHz, toHz);
      assertEquals(output.length, 1.2 * toHz);
      for (const hz of [300, 3400]) {
        const [before, after] = [
          measure(input, hz, fromHz, fromHz / 10),
          measure(output, hz, toHz, toHz / 10),
        ];
        assertAlmostEquals(decibel(after.amplitude / before.amplitude), 0, 0.1);
        assertAlmostEquals(Math.cos(after.phase - before.phase), 1, 1e-4, "must not come late");
      }
      if (toHz < fromHz) {
        const above = 0.575 * toHz;
        const loud = tones(
          [{ hz: above, amplitude: 25000 }, { hz: 997, amplitude: 3001.7 }],
          fromHz,
          1.2 * fromHz,
        );
        const heard = measure(resampleTo(loud, fromHz, toHz), toHz - above, toHz, toHz / 10);
        assertGreaterOrEqual(decibel(25000 / heard.amplitude), 75);
      }
    });
  }
}

Deno.test("full scale is clamped when converted", () => {
  const square = Int16Array.from({ length: 2400 }, (_, at) => Math.floor(at / 60) % 2 === 0 ? 32767 : -32768);
  const output = resampleTo(square, 24000, 8000);
  // In the middle of each plateau, where overshoot would wrap round.
  for (let at = 10; at < output.length; at += 20) {
    assertEquals(Math.sign(output[at]!), Math.floor(at / 20) % 2 === 0 ? 1 : -1);
  }
  assertEquals(output.includes(32767) && output.includes(-32768), true);
});

Deno.test("another rate is refused with the value", () => {
  assertThrows(() => resampleTo(SAMPLES, 44100, 8000), Error, "44100 Hz");
  assertThrows(() => resampleTo(SAMPLES, 8000, 11025), Error, "11025 Hz");
});

Deno.test("a conversion is a copy: the input may change afterwards", () => {
  const input = noise(seeded(1), 100);
  const output = resampleTo(input, 8000, 8000);
  assertEquals(output, input);
  input.fill(0);
  assertEquals(output.some((sample) => sample !== 0), true);
});
