const BLOCK_SAMPLES = 80;
/** Below this, about -50 dBFS, a block of 10 ms is silence: breath and soft consonants of recorded speech are louder. */
const SILENCE_RMS = 100;
/** Kept around the sound, so that it neither begins nor ends with a jerk. */
const LEAD_SAMPLES = 400;
const TAIL_SAMPLES = 1600;

/** Samples at 8 kHz without the silence around them, all but 50 ms before and 200 ms behind; empty if all is silence. */
export function trimSilence(samples: Int16Array): Int16Array {
  let first = -1;
  let last = -1;
  for (let at = 0; at < samples.length; at += BLOCK_SAMPLES) {
    const block = samples.subarray(at, at + BLOCK_SAMPLES);
    if (rms(block) < SILENCE_RMS) continue;
    if (first < 0) first = at;
    last = at + block.length;
  }
  if (first < 0) return new Int16Array(0);
  return samples.slice(Math.max(0, first - LEAD_SAMPLES), last + TAIL_SAMPLES);
}

function rms(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}
