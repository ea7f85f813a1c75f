/** The rate of everything a `Speech` says. */
export const SPEECH_HZ = 24_000;

/** Target loudness: what a telephone line carries without effort. */
const LEVEL_DBFS = -20;
const PEAK_LIMIT = 0.9 * 32_767;
const SILENCE_BELOW_SPEECH_DB = 35;
const EDGE_MS = 50;
const FRAME = SPEECH_HZ / 100;

/** Taps of each phase: at 16 kHz a transition of about 1 kHz at 80 dB. */
const TAPS = 64;
const KAISER_BETA = 8;
const banks = new Map<number, Float64Array[]>();

/** Brings a synthesizer's output at `fromHz` to 24 kHz, trims its ends to about 50 ms, levels it to -20 dBFS RMS. */
export function finish(samples: Int16Array, fromHz: number): Int16Array {
  return level(trim(resample(samples, fromHz)));
}

/**
 * Any whole rate up to 24 kHz to 24 kHz: polyphase windowed sinc (Kaiser), for whole recordings.
 * The rates should have a large common divisor, for the filter has 24000 / gcd phases.
 */
export function resample(samples: Int16Array, fromHz: number): Float64Array {
  if (!Number.isInteger(fromHz) || fromHz < 1 || fromHz > SPEECH_HZ) {
    throw new RangeError(`Cannot resample to ${SPEECH_HZ} Hz: the rate is ${fromHz}`);
  }
  const divisor = gcd(SPEECH_HZ, fromHz);
  const up = SPEECH_HZ / divisor;
  const down = fromHz / divisor;
  const phases = banks.get(up) ?? bank(up);
  banks.set(up, phases);
  const output = new Float64Array(Math.floor(samples.length * up / down));
  for (let n = 0; n < output.length; n++) {
    const position = n * down;
    const taps = phases[position % up]!;
    const first = Math.floor(position / up) - TAPS / 2 + 1;
    let sum = 0;
    for (let k = Math.max(0, -first); k < TAPS && first + k < samples.length; k++) {
      sum += taps[k]! * samples[first + k]!;
    }
    output[n] = sum;
  }
  return output;
}

/** The taps of each of `up` fractional delays, every one with a gain of 1 at 0 Hz. */
function bank(up: number): Float64Array[] {
  // Ends the pass band early enough that the transition is over at the input's half rate.
  const cutoff = 0.95;
  return Array.from({ length: up }, (_, phase) => {
    const taps = Float64Array.from({ length: TAPS }, (_, k) => {
      const x = k - TAPS / 2 + 1 - phase / up;
      return cutoff * sinc(cutoff * x) * kaiser(x / (TAPS / 2));
    });
    const gain = taps.reduce((sum, tap) => sum + tap, 0);
    return taps.map((tap) => tap / gain);
  });
}

function trim(samples: Float64Array): Float64Array {
  const loud = rms(samples) * 10 ** (-SILENCE_BELOW_SPEECH_DB / 20);
  let first = 0;
  let last = samples.length;
  while (first + FRAME < last && rms(samples.subarray(first, first + FRAME)) <= loud) first += FRAME;
  while (last - FRAME > first && rms(samples.subarray(last - FRAME, last)) <= loud) last -= FRAME;
  const edge = SPEECH_HZ * EDGE_MS / 1000;
  return faded(samples.slice(Math.max(0, first - edge), last + edge));
}

/** Joins silence without a click: 5 ms up at the start and down at the end. Changes `samples`. */
function faded(samples: Float64Array): Float64Array {
  const length = Math.min(FRAME / 2, samples.length);
  for (let i = 0; i < length; i++) {
    samples[i]! *= i / length;
    samples[samples.length - 1 - i]! *= i / length;
  }
  return samples;
}

function level(samples: Float64Array): Int16Array {
  const now = rms(samples);
  if (now === 0) return new Int16Array(samples.length);
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const gain = Math.min(32_768 * 10 ** (LEVEL_DBFS / 20) / now, PEAK_LIMIT / peak);
  return Int16Array.from(samples, (sample) => Math.round(sample * gain));
}

function rms(samples: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! ** 2;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel0(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel0(KAISER_BETA);
}

/** The modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  let sum = 1;
  for (let n = 1, term = 1; term > 1e-12 * sum; n++) sum += term *= (x / (2 * n)) ** 2;
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
