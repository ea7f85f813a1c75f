/** Signals and measurements of the audio tests. */

/** A tone; `amplitude` in steps of 16 bit, before rounding. */
export interface Tone {
  readonly hz: number;
  readonly amplitude: number;
}

/** The sum of tones, rounded to 16 bit. */
export function tones(parts: readonly Tone[], rateHz: number, length: number): Int16Array {
  return Int16Array.from({ length }, (_, at) => {
    let sum = 0;
    for (const { hz, amplitude } of parts) sum += amplitude * Math.sin(2 * Math.PI * hz * at / rateHz);
    return Math.round(sum);
  });
}

/**
 * The tone of `hz` in a signal, by one bin of the discrete Fourier transform. A whole number of Hz fits a window of a
 * second exactly, so that no other such tone leaks into the bin, and rounding spreads over all the others.
 */
export function measure(
  samples: Int16Array,
  hz: number,
  rateHz: number,
  from: number,
): { amplitude: number; phase: number } {
  let real = 0, imaginary = 0;
  for (let at = 0; at < rateHz; at++) {
    const angle = 2 * Math.PI * hz * at / rateHz;
    real += samples[from + at]! * Math.cos(angle);
    imaginary -= samples[from + at]! * Math.sin(angle);
  }
  return { amplitude: 2 * Math.hypot(real, imaginary) / rateHz, phase: Math.atan2(imaginary, real) };
}

export const decibel = (ratio: number): number => 20 * Math.log10(ratio);

/** Numbers from 0 up to 1 that a seed fixes (mulberry32). */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** White noise over the full scale. */
export function noise(random: () => number, length: number): Int16Array {
  return Int16Array.from({ length }, () => Math.floor(random() * 65536) - 32768);
}

/** A signal in pieces of random lengths, empty ones and single samples among them. */
export function cut<T extends Int16Array | Uint8Array>(
  signal: T,
  random: () => number,
  longest: number,
): T[] {
  const pieces: T[] = [];
  for (let at = 0; at < signal.length;) {
    const kind = random();
    const length = kind < 0.15 ? 0 : kind < 0.4 ? 1 : Math.ceil(random() * longest);
    pieces.push(signal.subarray(at, at + length) as T);
    at += length;
  }
  return pieces;
}

/** All pieces in one; copies, since most results are views that the next call overwrites. */
export function gather(pieces: Iterable<Int16Array>): Int16Array {
  const all: number[] = [];
  for (const piece of pieces) for (const sample of piece) all.push(sample);
  return Int16Array.from(all);
}
