/** Taps of the path, 8 ms at 8 kHz: a hybrid's few, and the error of the delay found at 2 kHz. */
export const PATH_TAPS = 64;
/** Taps before the delay found, which is that of the path's strongest part, or a little beside it. */
export const PATH_LEAD = 32;
const FRAME = 160;
const FORGET = 0.96;
/** Steps of conjugate gradients a frame; each starts from the last frame's path. */
const STEPS = 4;
/** Of the diagonal: telephone audio has bands without anything to learn from. */
const REGULARISATION = 1e-3;

/**
 * The echo's path as a short filter, by recursive least squares over frames: the covariances are summed with
 * forgetting, their normal equations solved by conjugate gradients. A frame counts by the inverse of the energy
 * that the path did not explain, so that a caller who speaks over the echo hardly spoils it.
 */
export class EchoPath {
  readonly #matrix = new Float64Array(PATH_TAPS * PATH_TAPS);
  readonly #frame = new Float64Array(PATH_TAPS * PATH_TAPS);
  readonly #target = new Float64Array(PATH_TAPS);
  readonly #path = new Float64Array(PATH_TAPS);
  readonly #rest = new Float64Array(PATH_TAPS);
  readonly #step = new Float64Array(PATH_TAPS);
  readonly #image = new Float64Array(PATH_TAPS);
  #residual = 0;
  #echo = 0;

  reset(): void {
    this.#matrix.fill(0);
    this.#target.fill(0);
    this.#path.fill(0);
  }

  /** Mean square of what the path did not explain of the last frame, and of what it expected. */
  get residualPower(): number {
    return this.#residual;
  }

  get echoPower(): number {
    return this.#echo;
  }

  /**
   * Compares a caller frame with what the path learned before it expects.
   * @param agent agent audio; `agent[at + i]` meets `caller[i]` at the first tap, 64 samples before it must exist
   */
  predict(caller: Float32Array, agent: Float32Array, at: number): void {
    const path = this.#path;
    let residual = 0, echo = 0;
    for (let i = 0; i < FRAME; i++) {
      let sum = 0;
      const now = at + i;
      for (let k = 0; k < PATH_TAPS; k++) sum += path[k]! * agent[now - k]!;
      echo += sum * sum;
      residual += (caller[i]! - sum) ** 2;
    }
    this.#residual = residual / FRAME;
    this.#echo = echo / FRAME;
  }

  /** Learns from the frame that was compared last. */
  learn(caller: Float32Array, agent: Float32Array, at: number, noisePower: number): void {
    const weight = 1 / (Math.min(this.#residual, 1) + noisePower + 1e-8);
    this.#sumTarget(caller, agent, at, weight);
    this.#sumMatrix(agent, at, weight);
    this.#solve();
  }

  #sumTarget(caller: Float32Array, agent: Float32Array, at: number, weight: number): void {
    for (let k = 0; k < PATH_TAPS; k++) {
      let sum = 0;
      for (let i = 0; i < FRAME; i++) sum += caller[i]! * agent[at + i - k]!;
      this.#target[k] = FORGET * this.#target[k]! + weight * sum;
    }
  }

  /** Only the first row is summed; each further entry is its upper left neighbour with both ends corrected. */
  #sumMatrix(agent: Float32Array, at: number, weight: number): void {
    const frame = this.#frame, matrix = this.#matrix;
    for (let k = 0; k < PATH_TAPS; k++) {
      let sum = 0;
      for (let i = 0; i < FRAME; i++) sum += agent[at + i]! * agent[at + i - k]!;
      frame[k] = sum;
    }
    for (let j = 1; j < PATH_TAPS; j++) {
      const before = agent[at - j]!, last = agent[at + FRAME - j]!;
      for (let k = j; k < PATH_TAPS; k++) {
        frame[j * PATH_TAPS + k] = frame[(j - 1) * PATH_TAPS + k - 1]! + before * agent[at - k]! -
          last * agent[at + FRAME - k]!;
      }
    }
    for (let j = 0; j < PATH_TAPS; j++) {
      for (let k = j; k < PATH_TAPS; k++) {
        const place = j * PATH_TAPS + k;
        const value = matrix[place] = FORGET * matrix[place]! + weight * frame[place]!;
        matrix[k * PATH_TAPS + j] = value;
      }
    }
  }

  #solve(): void {
    const path = this.#path, rest = this.#rest, step = this.#step, image = this.#image;
    const ridge = REGULARISATION * this.#matrix[0]! + 1e-12;
    this.#multiply(path, ridge);
    let size = 0;
    for (let k = 0; k < PATH_TAPS; k++) {
      rest[k] = step[k] = this.#target[k]! - image[k]!;
      size += rest[k]! ** 2;
    }
    for (let round = 0; round < STEPS && size > 1e-20; round++) {
      this.#multiply(step, ridge);
      let along = 0;
      for (let k = 0; k < PATH_TAPS; k++) along += step[k]! * image[k]!;
      if (!(along > 0)) return;
      const length = size / along;
      let next = 0;
      for (let k = 0; k < PATH_TAPS; k++) {
        path[k]! += length * step[k]!;
        rest[k]! -= length * image[k]!;
        next += rest[k]! ** 2;
      }
      for (let k = 0; k < PATH_TAPS; k++) step[k] = rest[k]! + next / size * step[k]!;
      size = next;
    }
  }

  /** The regularised matrix times a vector, to `#image`. */
  #multiply(vector: Float64Array, ridge: number): void {
    const matrix = this.#matrix;
    for (let j = 0; j < PATH_TAPS; j++) {
      let sum = ridge * vector[j]!;
      for (let k = 0, place = j * PATH_TAPS; k < PATH_TAPS; k++) sum += matrix[place + k]! * vector[k]!;
      this.#image[j] = sum;
    }
  }
}
