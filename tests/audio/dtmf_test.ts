import { assert, assertEquals, assertLess } from "@std/assert";
import { DtmfDetector } from "../../lib/audio/dtmf.ts";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "../../lib/audio/g711.ts";
import { readWav } from "../../lib/audio/wav.ts";

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
const KEYS = ROWS.flatMap((row) => COLUMNS.map((column) => [row, column] as const));

/** Tones of these frequencies and amplitudes (of full scale), 8 kHz. */
function tones(ms: number, parts: readonly (readonly [hz: number, amplitude: number, phase?: number])[]) {
  return Int16Array.from({ length: ms * 8 }, (_, index) => {
    let sum = 0;
    for (const [hz, amplitude, phase = 0] of parts) {
      sum += amplitude * Math.sin(2 * Math.PI * hz * index / 8000 + phase);
    }
    return Math.round(32767 * sum);
  });
}

/** The sound with white noise of so many dB below it; the same for each seed. */
function withNoise(samples: Int16Array, belowDb: number, seed: number): Int16Array {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  // Even noise between -a and a has the power a²/3.
  const peak = Math.sqrt(3 * energy * 10 ** (-belowDb / 10));
  let state = seed;
  return samples.map((sample) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.max(-32768, Math.min(32767, sample + (state / 2 ** 31 - 1) * peak));
  });
}

/** What the detector says of each frame. */
function marks(samples: Int16Array, frameSamples = 160): boolean[] {
  const detector = new DtmfDetector();
  const said: boolean[] = [];
  for (let at = 0; at + frameSamples <= samples.length; at += frameSamples) {
    said.push(detector.push(samples.subarray(at, at + frameSamples)));
  }
  return said;
}

const count = (said: readonly boolean[]) => said.filter(Boolean).length;

Deno.test("all 16 tones are told in every frame, loud and soft, off by 1.5 %, with twist and noise", () => {
  for (const [index, [row, column]] of KEYS.entries()) {
    for (const level of [0.45, 0.1, 0.02, 0.006]) {
      for (const off of [0.985, 1, 1.015]) {
        for (const twist of [-6, 0, 6]) {
          const balance = 10 ** (twist / 40);
          const clean = tones(100, [[row * off, level * balance, index], [column * off, level / balance]]);
          assertEquals(count(marks(clean)), 5, `${row}+${column} * ${off}, level ${level}, twist ${twist}`);
          const noisy = withNoise(clean, 15, index + 1);
          assertEquals(count(marks(noisy)), 5, `${row}+${column} * ${off}, noise, twist ${twist}`);
        }
      }
    }
  }
});

Deno.test("tones survive G.711 on their way", () => {
  for (const [row, column] of KEYS) {
    const clean = tones(60, [[row, 0.1], [column, 0.12]]);
    assertEquals(count(marks(decodeMulaw(encodeMulaw(clean)).slice())), 3, `${row}+${column}`);
    assertEquals(count(marks(decodeAlaw(encodeAlaw(clean)).slice())), 3, `${row}+${column}`);
  }
});

Deno.test("any length of frame will do: only the first, half-filled window of a tone is missed", () => {
  const tone = tones(120, [[852, 0.2], [1477, 0.2]]);
  assertEquals(marks(tone, 80), [false, ...Array(11).fill(true)]);
  assertEquals(count(marks(tone, 320)), 3);
  assertEquals(count(marks(tone, 240)), 4);
  assertEquals(count(marks(tone, 960)), 1);
  assertEquals(marks(tone, 40).slice(0, 4), [false, false, true, true]);
});

Deno.test("wherever a tone begins in a frame, at most 14 ms of its begin and 8 of its end pass, and nothing else is taken", () => {
  for (let offset = 0; offset < 160; offset += 8) {
    const call = new Int16Array(3200);
    call.set(tones(100, [[770, 0.2], [1336, 0.2]]), 960 + offset);
    const said = marks(call);
    const passedMs = said.reduce(
      (sum, isTone, frame) =>
        isTone
          ? sum
          : sum + call.subarray(frame * 160, frame * 160 + 160).filter((sample) => sample !== 0).length / 8,
      0,
    );
    assertLess(passedMs, 22, `offset ${offset}`);
    assertEquals(said.slice(0, 6).concat(said.slice(12)).some(Boolean), false, `offset ${offset}`);
    assert(count(said) >= 4, `offset ${offset}`);
  }
});

const OTHER_TONES: [what: string, hz: readonly number[]][] = [
  ["European dial tone", [425]],
  ["American dial tone", [350, 440]],
  ["busy tone", [480, 620]],
  ["fax calling", [1100]],
  ["fax answering", [2100]],
  ["voicemail's beep", [1000]],
  ["a row alone", [697]],
  ["a column alone", [1209]],
  ["two rows", [697, 941]],
  ["two columns", [1336, 1633]],
  ["a key off by 3.5 %", [941 * 1.035, 1209 * 1.035]],
  ["three tones", [697, 1209, 2000]],
];

Deno.test.each(OTHER_TONES)("%s is no key", (_what, hz) => {
  assertEquals(count(marks(tones(200, hz.map((each) => [each, 0.2] as const)))), 0);
});

Deno.test("silence, line noise and a key hidden in noise are no keys", () => {
  assertEquals(count(marks(new Int16Array(1600))), 0);
  assertEquals(count(marks(withNoise(tones(200, [[3000, 0.001]]), -40, 7))), 0);
  assertEquals(count(marks(withNoise(tones(200, [[770, 0.05], [1336, 0.05]]), -6, 7))), 0);
  assertEquals(count(marks(tones(200, [[770, 0.001], [1336, 0.001]]))), 0);
});

Deno.test("real speech is never taken for a key, whatever its level and its place in the frames", async () => {
  const files = [new URL("../../samples/question.wav", import.meta.url)];
  const folder = new URL("../fixtures/speech/", import.meta.url);
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".wav")) files.push(new URL(name, folder));
  }
  assert(files.length > 3);
  for (const file of files) {
    const { samples } = readWav(await Deno.readFile(file));
    for (const gain of [0.25, 1, 4]) {
      const louder = samples.map((sample) => Math.max(-32768, Math.min(32767, sample * gain)));
      for (let offset = 0; offset < 160; offset += 20) {
        for (const frameSamples of [80, 160, 240]) {
          const said = marks(louder.subarray(offset), frameSamples);
          assertEquals(
            count(said),
            0,
            `${file.pathname} gain ${gain} offset ${offset} frame ${frameSamples}`,
          );
        }
      }
    }
  }
});

Deno.test("a key pressed into speech is told, and the speech after it is left alone", async () => {
  const { samples } = readWav(await Deno.readFile(new URL("../../samples/question.wav", import.meta.url)));
  const call = samples.slice();
  call.set(tones(100, [[941, 0.3], [1336, 0.3]]), 1600);
  const said = marks(call);
  assertEquals(said.flatMap((isTone, frame) => isTone ? [frame] : []), [10, 11, 12, 13, 14]);
});
