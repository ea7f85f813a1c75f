/** Delays are searched at 2 kHz: a quarter of the samples, a quarter of the lags. */
export const DECIMATION = 4;
const LAGS = 1200;
/** A frame of 20 ms. */
const FRAME = 40;
export const SEARCH_HISTORY = LAGS + FRAME;

/** What a frame's part has fallen to after the next: half a second of loud frames counts. */
const FORGET = 0.96;
/** With fewer loud frames two vowels of one pitch look alike. */
const MIN_FRAMES = 6;
/** Squared normalised correlation of an echo; of the best lag by chance it stays below. */
const MIN_SCORE = 0.2;
/** The best lag has to stay the same for so many frames. */
const STEADY_FRAMES = 3;
const STEADY_LAGS = 2;

/** Finds at what delay caller audio follows agent audio: correlation over all delays up to 600 ms at once. */
export class DelaySearch {
  readonly #cross = new Float32Array(LAGS);
  readonly #energy = new Float32Array(LAGS);
  #weight = 0;
  #best = -1;
  #steady = 0;

  reset(): void {
    this.#cross.fill(0);
    this.#energy.fill(0);
    this.#weight = this.#steady = 0;
    this.#best = -1;
  }

  /**
   * One frame of both at 2 kHz.
   * @param caller 40 samples
   * @param agent SEARCH_HISTORY samples, their last at the time of the caller's last
   * @returns the delay in samples at 8 kHz, once it is beyond doubt
   */
  push(caller: Float32Array, agent: Float32Array): number | undefined {
    const cross = this.#cross, energy = this.#energy;
    let power = 0;
    for (let i = 0; i < FRAME; i++) power += caller[i]! * caller[i]!;
    if (power <= 0) return undefined;
    // Each frame counts the same, however loud: else one vowel would decide.
    const scale = 1 / power;
    this.#weight = FORGET * this.#weight + 1;
    let agentPower = 0;
    for (let i = 0; i < FRAME; i++) agentPower += agent[LAGS + i]! ** 2;
    let best = -1, bestScore = 0;
    for (let lag = 0; lag < LAGS; lag++) {
      const base = LAGS - lag;
      let sum = 0;
      for (let i = 0; i < FRAME; i++) sum += caller[i]! * agent[base + i]!;
      const c = cross[lag] = FORGET * cross[lag]! + scale * sum;
      const e = energy[lag] = FORGET * energy[lag]! + scale * agentPower;
      agentPower += agent[base - 1]! ** 2 - agent[base + FRAME - 1]! ** 2;
      const score = c * c / (e + 1e-9);
      if (score > bestScore) {
        bestScore = score;
        best = lag;
      }
    }
    return this.#judge(best, bestScore / this.#weight);
  }

  #judge(best: number, score: number): number | undefined {
    const good = score > MIN_SCORE && this.#weight >= MIN_FRAMES * 0.85;
    this.#steady = good && Math.abs(best - this.#best) <= STEADY_LAGS ? this.#steady + 1 : 0;
    this.#best = good ? best : -1;
    return this.#steady >= STEADY_FRAMES - 1 ? best * DECIMATION : undefined;
  }
}

/** Band-pass 200 to 900 Hz at 8 kHz, a windowed sinc: what remains of 8 kHz audio at 2 kHz. */
const TAPS = 32;
const BAND = Float32Array.from({ length: TAPS }, (_, n) => {
  const t = n - (TAPS - 1) / 2;
  const lowpass = (hz: number) => Math.sin(2 * Math.PI * hz * t / 8000) / (Math.PI * t);
  return (lowpass(900) - lowpass(200)) * (0.54 - 0.46 * Math.cos(2 * Math.PI * n / (TAPS - 1)));
});
/** Samples that `decimate` needs before the first. */
export const DECIMATE_BEFORE = TAPS - 1;

/** Writes `count` samples at 2 kHz to `into[at...]`, from 8 kHz audio whose first sample is `audio[from]`. */
export function decimate(
  audio: Float32Array,
  from: number,
  count: number,
  into: Float32Array,
  at: number,
): void {
  for (let i = 0; i < count; i++) {
    const last = from + i * DECIMATION;
    let sum = 0;
    for (let k = 0; k < TAPS; k++) sum += BAND[k]! * audio[last - k]!;
    into[at + i] = sum;
  }
}
