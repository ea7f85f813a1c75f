import type { Speech } from "../../lib/simulator/speech.ts";

/** A sine of `hz` at `rateHz`, peak `level` of full scale. */
export function sine(hz: number, ms: number, rateHz: number, level = 0.5): Int16Array {
  return Int16Array.from(
    { length: Math.round(ms * rateHz / 1000) },
    (_, index) => Math.round(32767 * level * Math.sin(2 * Math.PI * hz * index / rateHz)),
  );
}

/** Speech that is a sound of the test's choice, the same for every sentence. */
export function fixedSpeech(samples: Int16Array): Speech {
  return { say: () => Promise.resolve(samples), close() {} };
}

/** Something that an energy VAD takes for a voice: 180 Hz with harmonics, in syllables of 200 ms; 8 kHz. */
export function voice(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, index) => {
    const seconds = index / 8000;
    const syllable = 0.6 + 0.4 * Math.sin(2 * Math.PI * 5 * seconds);
    let sum = 0;
    for (let harmonic = 1; harmonic <= 6; harmonic++) {
      sum += Math.sin(2 * Math.PI * 180 * harmonic * seconds) / harmonic;
    }
    return Math.round(6000 * syllable * sum);
  });
}

/** Root mean square of samples in dB below full scale. */
export function dbfs(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(Math.max(sum / Math.max(1, samples.length), 1e-9) / 32768 ** 2);
}

/** Level of the tone of `hz` in samples at 8 kHz, dB below a full-scale sine (one bin of a windowed DFT). */
export function toneDbfs(samples: Int16Array, hz: number): number {
  let re = 0, im = 0, weight = 0;
  for (let index = 0; index < samples.length; index++) {
    const window = 0.5 - 0.5 * Math.cos(2 * Math.PI * index / samples.length);
    const phase = 2 * Math.PI * hz * index / 8000;
    re += samples[index]! * window * Math.cos(phase);
    im += samples[index]! * window * Math.sin(phase);
    weight += window;
  }
  return 20 * Math.log10(Math.max(2 * Math.hypot(re, im) / weight, 1e-9) / 32768);
}

/** Samples one after the other. */
export function joined(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
