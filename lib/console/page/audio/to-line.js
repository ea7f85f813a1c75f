import { LINE_HZ } from "./engine.js";
import { Resampler } from "./resampler.js";

/** Loudness of a recording at its loudest, as a caller would be. */
const PEAK = 0.5;

/**
 * A recording as the line takes it: 8 kHz, 16 bits, as loud as a voice.
 * @param {Float32Array} samples
 * @param {number} rateHz
 */
export function toLine(samples, rateHz) {
  const resampler = new Resampler(rateHz, LINE_HZ);
  const narrow = resampler.push(samples).slice();
  const highest = narrow.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const gain = highest > 0 ? 32767 * PEAK / highest : 0;
  return Int16Array.from(narrow, (sample) => Math.round(sample * gain));
}
