/** 20 ms at 8 kHz. */
const FRAME_SAMPLES = 160;

/** Cuts a stream of samples at 8 kHz into frames of 20 ms. */
export class Framer {
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #filled = 0;

  /** Samples that wait for the rest of their frame. */
  get pendingSamples(): number {
    return this.#filled;
  }

  /** Takes samples and emits each full frame; a frame is valid only during the call. */
  push(samples: Int16Array, emit: (frame: Int16Array) => void): void {
    const frame = this.#frame;
    for (let at = 0; at < samples.length;) {
      const filled = this.#filled;
      const count = Math.min(FRAME_SAMPLES - filled, samples.length - at);
      // Faster than a view and `set` for so few.
      for (let index = 0; index < count; index++) frame[filled + index] = samples[at + index]!;
      at += count;
      this.#filled = filled + count;
      if (this.#filled < FRAME_SAMPLES) return;
      this.#filled = 0;
      emit(frame);
    }
  }

  /** Emits the rest as a last frame, padded with silence; returns how many samples of it are real. */
  flush(emit: (frame: Int16Array) => void): number {
    const rest = this.#filled;
    if (rest === 0) return 0;
    this.#frame.fill(0, rest);
    this.#filled = 0;
    emit(this.#frame);
    return rest;
  }

  /** Forgets what waits. */
  reset(): void {
    this.#filled = 0;
  }
}
