import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { Resampler } from "../../lib/console/page/audio/resampler.js";

const LINE_HZ = 8000;

function tone(hz: number, rateHz: number, seconds = 0.5): Float32Array {
  return Float32Array.from(
    { length: Math.round(rateHz * seconds) },
    (_, index) => 0.5 * Math.sin(2 * Math.PI * hz * index / rateHz),
  );
}

/** What comes out when the input comes in pieces of so many samples. */
function through(resampler: Resampler, input: Float32Array, piece: number): Float32Array {
  const parts: number[] = [];
  for (let at = 0; at < input.length; at += piece) {
    parts.push(...resampler.push(input.subarray(at, at + piece)));
  }
  return Float32Array.from(parts);
}

/** dB of the tone of `hz` against one of amplitude 0.5, and of all else against it; the middle alone. */
function levels(samples: Float32Array, hz: number, rateHz: number): { tone: number; rest: number } {
  const middle = samples.subarray(Math.round(rateHz * 0.1), Math.round(rateHz * 0.4));
  let sin = 0, cos = 0;
  const phase = (index: number) => 2 * Math.PI * hz * index / rateHz;
  middle.forEach((sample, index) => {
    sin += 2 * sample * Math.sin(phase(index)) / middle.length;
    cos += 2 * sample * Math.cos(phase(index)) / middle.length;
  });
  let rest = 0;
  middle.forEach((sample, index) => {
    rest += (sample - sin * Math.sin(phase(index)) - cos * Math.cos(phase(index))) ** 2 / middle.length;
  });
  const dB = (power: number) => 10 * Math.log10(Math.max(power, 1e-14) / 0.125);
  return { tone: dB((sin * sin + cos * cos) / 2), rest: dB(rest) };
}

for (const rateHz of [16_000, 44_100, 48_000, 96_000]) {
  Deno.test(`resampler: the telephone's band passes from ${rateHz} Hz to the line and back, and nothing is added`, () => {
    for (const hz of [300, 1000, 2400, 3300]) {
      for (const [from, to] of [[rateHz, LINE_HZ], [LINE_HZ, rateHz]] as const) {
        const { tone: kept, rest } = levels(through(new Resampler(from, to), tone(hz, from), 128), hz, to);
        assertAlmostEquals(kept, 0, 0.05, `${hz} Hz from ${from} to ${to}`);
        assertLess(rest, -75, `${hz} Hz from ${from} to ${to}`);
      }
    }
  });

  Deno.test(`resampler: what a browser hears above the band does not fold into it from ${rateHz} Hz`, () => {
    for (const hz of [4700, 5500, 6600, 7800].filter((each) => each < rateHz / 2)) {
      const output = through(new Resampler(rateHz, LINE_HZ), tone(hz, rateHz), 128);
      const { rest } = levels(output, 1, LINE_HZ);
      assertLess(rest, -75, `${hz} Hz`);
    }
  });
}

Deno.test("resampler: the result does not depend on the pieces in which the input comes", () => {
  const input = tone(700, 44_100);
  const whole = through(new Resampler(44_100, LINE_HZ), input, input.length);
  for (const piece of [1, 127, 128, 441, 1024]) {
    assertEquals(through(new Resampler(44_100, LINE_HZ), input, piece), whole);
  }
});

Deno.test("resampler: no sample is gained or lost in a long call", () => {
  const second = new Float32Array(44_100);
  const [down, up] = [new Resampler(44_100, LINE_HZ), new Resampler(LINE_HZ, 44_100)];
  let line = 0, back = 0;
  for (let seconds = 0; seconds < 120; seconds++) {
    const piece = down.push(second);
    line += piece.length;
    back += up.push(piece).length;
  }
  // Short of what the filters still wait for, 17 samples of the lower rate each way.
  assertAlmostEquals(line, 120 * LINE_HZ, 20);
  assertAlmostEquals(back, 120 * 44_100, 220);
});
