const RATE_HZ = 8000;
const EDGE_HZ = 300;
const BIAS = 132;
const CLIP = 32635;

/**
 * What a telephone does to a voice: nothing below 300 Hz, and 8 bits a sample (G.711 mu-law). The upper edge is that of
 * 8 kHz itself.
 */
export class TelephoneSound {
  #b = [0, 0, 0];
  #a = [0, 0];
  #x = [0, 0];
  #y = [0, 0];

  constructor() {
    // A high-pass of second order, Butterworth (R. Bristow-Johnson's cookbook).
    const angle = 2 * Math.PI * EDGE_HZ / RATE_HZ;
    const alpha = Math.sin(angle) / Math.SQRT2;
    const cos = Math.cos(angle);
    const gain = 1 + alpha;
    this.#b = [(1 + cos) / 2 / gain, -(1 + cos) / gain, (1 + cos) / 2 / gain];
    this.#a = [-2 * cos / gain, (1 - alpha) / gain];
  }

  /** @param {Int16Array} frame changed in place */
  apply(frame) {
    const [b0 = 0, b1 = 0, b2 = 0] = this.#b;
    const [a1 = 0, a2 = 0] = this.#a;
    let [x1 = 0, x2 = 0] = this.#x;
    let [y1 = 0, y2 = 0] = this.#y;
    for (let at = 0; at < frame.length; at++) {
      const x = /** @type {number} */ (frame[at]);
      const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
      [x2, x1, y2, y1] = [x1, x, y1, y];
      frame[at] = asMulaw(y);
    }
    this.#x = [x1, x2];
    this.#y = [y1, y2];
  }
}

/**
 * A sample as it comes out of mu-law: rounded to one of 255 steps that are finer where it is quiet.
 * @param {number} sample
 */
export function asMulaw(sample) {
  const sign = sample < 0 ? -1 : 1;
  const magnitude = Math.min(Math.round(Math.abs(sample)), CLIP) + BIAS;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 15;
  return sign * ((((mantissa << 3) + BIAS) << exponent) - BIAS);
}
