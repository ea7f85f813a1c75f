/** The floor is the quietest 100 ms ... */
const BLOCK_FRAMES = 5;
/** ... of the last 5 s: nobody speaks so long without a breath. */
const BLOCKS = 50;
/** Until a block has been heard. */
const FLOOR_MIN_POWER = 10 ** (-65 / 10);
/** A steady loud tone is not noise to be ignored. */
const FLOOR_MAX_POWER = 10 ** (-34 / 10);
/** Nothing quieter is speech, on a line without noise either. */
const SPEECH_MIN_POWER = 10 ** (-50 / 10);
/** Speech stands out of the noise by 6 dB; frames of even noise vary by 2. */
const ABOVE_NOISE = 10 ** (6 / 10);

/** Follows a line's own noise, frame by frame of 20 ms; powers are mean squares, full scale being 1. */
export class NoiseFloor {
  readonly #blocks = new Float64Array(BLOCKS).fill(Infinity);
  #at = 0;
  #block = 0;
  #blockFrames = 0;
  #power = FLOOR_MIN_POWER;

  /** Takes one frame's power; returns that of the noise. */
  push(power: number): number {
    this.#block += power;
    if (++this.#blockFrames < BLOCK_FRAMES) return this.#power;
    this.#blocks[this.#at] = this.#block / BLOCK_FRAMES;
    this.#at = (this.#at + 1) % BLOCKS;
    this.#block = this.#blockFrames = 0;
    let least = Infinity;
    for (const block of this.#blocks) if (block < least) least = block;
    this.#power = Math.min(FLOOR_MAX_POWER, Math.max(FLOOR_MIN_POWER, least));
    return this.#power;
  }

  /** Whether a frame of this power is speech rather than the line's noise. */
  isAbove(power: number): boolean {
    return isAboveNoise(power, this.#power);
  }
}

/** Whether a frame of this power is speech on a line with this noise. */
export function isAboveNoise(power: number, noisePower: number): boolean {
  return power > SPEECH_MIN_POWER && power > noisePower * ABOVE_NOISE;
}

/** Mean square of a frame without its direct current, full scale being 1. */
export function powerOf(samples: Int16Array): number {
  let sum = 0, squares = 0;
  for (let at = 0; at < samples.length; at++) {
    const sample = samples[at]!;
    sum += sample;
    squares += sample * sample;
  }
  const mean = sum / samples.length;
  return Math.max(0, squares / samples.length - mean * mean) / 32768 ** 2;
}
