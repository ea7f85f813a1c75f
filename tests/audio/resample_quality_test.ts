import {
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { Downsampler, Upsampler } from "../../lib/audio/resample.ts";
import { decibel, measure, type Tone, tones } from "./signals.ts";

const LINE_HZ = 8000;
const MODEL_HZ = 24000;
/** 0.1 s until the filter has settled, then the second that is measured. */
const SETTLED = 0.1;
const SECONDS = 1.1;
/**
 * What is left of a rejected tone is less than a step of 16 bit and would round to nothing. Beside a pilot tone it
 * shifts the rounding now and then, and the bin sees it.
 */
const PILOT: Tone = { hz: 997, amplitude: 3001.7 };
const LOUD = 25000;

const up = (parts: Tone[]) => new Upsampler().push(tones(parts, LINE_HZ, SECONDS * LINE_HZ)).slice();
const down = (parts: Tone[]) => new Downsampler().push(tones(parts, MODEL_HZ, SECONDS * MODEL_HZ)).slice();
const atLine = (signal: Int16Array, hz: number) => measure(signal, hz, LINE_HZ, SETTLED * LINE_HZ);
const atModel = (signal: Int16Array, hz: number) => measure(signal, hz, MODEL_HZ, SETTLED * MODEL_HZ);

function sweep(fromHz: number, toHz: number, stepHz: number): number[] {
  return Array.from(
    { length: Math.floor((toHz - fromHz) / stepHz) + 1 },
    (_, index) => fromHz + index * stepHz,
  );
}

Deno.test("nothing above 4600 Hz folds into speech on the way down: 80 dB", () => {
  let worst = Infinity;
  for (const hz of [...sweep(4600, 7700, 25), ...sweep(8300, 11400, 25)]) {
    const aliasHz = Math.abs(8000 - hz);
    const heard = atLine(down([{ hz, amplitude: LOUD }, PILOT]), aliasHz);
    worst = Math.min(worst, decibel(LOUD / heard.amplitude));
  }
  figures.push(`down: rejects ${worst.toFixed(1)} dB`);
  assertGreaterOrEqual(worst, 80);
  // What the measurement can see at all must lie well below what it judges.
  assertLess(decibel(atLine(down([PILOT]), 1500).amplitude / LOUD), -110);
});

Deno.test("speech leaves no image above 4600 Hz on the way up: 80 dB", () => {
  let worst = Infinity;
  for (const hz of sweep(300, 3400, 25)) {
    const signal = up([{ hz, amplitude: LOUD }, PILOT]);
    for (const imageHz of [8000 - hz, 8000 + hz]) {
      worst = Math.min(worst, decibel(LOUD / atModel(signal, imageHz).amplitude));
    }
  }
  figures.push(`up: rejects ${worst.toFixed(1)} dB`);
  assertGreaterOrEqual(worst, 80);
  assertLess(decibel(atModel(up([PILOT]), 5500).amplitude / LOUD), -110);
});

for (const [name, convert, at] of [["up", up, atModel], ["down", down, atLine]] as const) {
  Deno.test(`speech keeps its level on the way ${name}: 300 to 3400 Hz within 0.1 dB`, () => {
    let lowest = Infinity, highest = -Infinity;
    for (const hz of sweep(300, 3400, 25)) {
      const gain = decibel(at(convert([{ hz, amplitude: LOUD }]), hz).amplitude / LOUD);
      lowest = Math.min(lowest, gain);
      highest = Math.max(highest, gain);
    }
    figures.push(`${name}: ${lowest.toFixed(4)} to ${highest.toFixed(4)} dB`);
    assertGreater(lowest, -0.1);
    assertLess(highest, 0.1);
  });

  Deno.test(`speech comes late by 2.5 ms at most on the way ${name}, all of it by the same time`, () => {
    const delaysMs = sweep(300, 3300, 250).map((hz) => {
      // The group delay: how fast the phase turns from one tone to the next.
      const stepHz = 20;
      const [low, high] = [hz, hz + stepHz].map((each) =>
        at(convert([{ hz: each, amplitude: LOUD }]), each).phase
      );
      const turn = (low! - high!) / (2 * Math.PI);
      // The window begins a whole number of periods after the input did, so the phases are those of the delay.
      return 1000 * (turn - Math.floor(turn)) / stepHz;
    });
    figures.push(`${name}: delays ${Math.max(...delaysMs).toFixed(3)} ms`);
    assertLessOrEqual(Math.max(...delaysMs), 2.5);
    assertLess(Math.max(...delaysMs) - Math.min(...delaysMs), 0.01);
    assertGreater(Math.min(...delaysMs), 0);
  });
}

Deno.test("no sample waits for a later push: 20 ms in, 20 ms out", () => {
  assertEquals(new Upsampler().push(new Int16Array(160)).length, 480);
  assertEquals(new Downsampler().push(new Int16Array(480)).length, 160);
});

/** With PARLEY_FIGURES in the environment the measured values are told as well. */
const figures: string[] = [];
Deno.test.afterAll(() => {
  if (Deno.env.has("PARLEY_FIGURES")) console.log(figures.join("\n"));
});
