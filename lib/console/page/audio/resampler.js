/** Half the filter's length in periods of the lower rate, and the shape of its window: 80 dB (Kaiser's design). */
const HALF_PERIODS = 17;
const KAISER_BETA = 7.86;

/**
 * Converts a stream from one rate to another by a windowed sinc, one set of taps for each position that an output
 * sample can have between two input samples. The band up to 0.425 of the lower rate passes; what would fold into it
 * is 80 dB down. With 8 kHz on one side: 3400 Hz, as a telephone.
 */
export class Resampler {
  #phases;
  #step;
  #taps;
  #table;
  /** The input that the next outputs need. */
  #input;
  #filled;
  #phase = 0;
  #output = new Float32Array(0);

  /**
   * @param {number} fromHz
   * @param {number} toHz
   */
  constructor(fromHz, toHz) {
    const common = divisor(fromHz, toHz);
    this.#phases = toHz / common;
    this.#step = fromHz / common;
    const scale = Math.min(1, toHz / fromHz);
    const half = Math.ceil(HALF_PERIODS / scale);
    this.#taps = 2 * half;
    this.#table = taps(this.#phases, half, scale);
    this.#input = new Float32Array(this.#taps);
    this.#filled = half - 1;
  }

  /**
   * Takes any number of samples; returns those that are complete by now, in a view that is valid until the next call.
   * @param {Float32Array} samples
   * @returns {Float32Array}
   */
  push(samples) {
    this.#append(samples);
    const wanted = Math.ceil((samples.length + this.#taps) * this.#phases / this.#step) + 1;
    if (this.#output.length < wanted) this.#output = new Float32Array(wanted);
    let at = 0, count = 0;
    for (; at + this.#taps <= this.#filled; count++) {
      this.#output[count] = this.#sum(at);
      this.#phase += this.#step;
      at += Math.floor(this.#phase / this.#phases);
      this.#phase %= this.#phases;
    }
    this.#input.copyWithin(0, at, this.#filled);
    this.#filled -= at;
    return this.#output.subarray(0, count);
  }

  /** @param {Float32Array} samples */
  #append(samples) {
    const filled = this.#filled + samples.length;
    if (filled > this.#input.length) {
      const longer = new Float32Array(2 * filled);
      longer.set(this.#input.subarray(0, this.#filled));
      this.#input = longer;
    }
    this.#input.set(samples, this.#filled);
    this.#filled = filled;
  }

  /** @param {number} at */
  #sum(at) {
    const input = this.#input, table = this.#table, from = this.#phase * this.#taps;
    let sum = 0;
    for (let tap = 0; tap < this.#taps; tap++) {
      sum += /** @type {number} */ (input[at + tap]) * /** @type {number} */ (table[from + tap]);
    }
    return sum;
  }
}

/**
 * The taps of all phases, one after the other; each set adds up to 1.
 * @param {number} phases
 * @param {number} half
 * @param {number} scale of the lower rate to the input's
 */
function taps(phases, half, scale) {
  const table = new Float32Array(phases * 2 * half);
  for (let phase = 0; phase < phases; phase++) {
    const set = Float64Array.from({ length: 2 * half }, (_, tap) => {
      const distance = tap - (half - 1) - phase / phases;
      return sinc(distance * scale) * kaiser(distance / half);
    });
    const gain = set.reduce((sum, tap) => sum + tap, 0);
    table.set(set.map((tap) => tap / gain), phase * 2 * half);
  }
  return table;
}

/** @param {number} x */
const sinc = (x) => x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);

/** @param {number} x */
const kaiser = (x) => Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);

/**
 * The modified Bessel function of the first kind, order 0, by its series.
 * @param {number} x
 */
function bessel(x) {
  let sum = 1;
  for (let term = 1, n = 1; term > sum * 1e-12; n++) sum += term *= (x / (2 * n)) ** 2;
  return sum;
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
const divisor = (a, b) => b === 0 ? a : divisor(b, a % b);
