const SAMPLES_PER_MS = 8;
const HELD_MS_MAX = 10_000;

/** Caller audio kept while nobody can take it: at most 10 s, the oldest goes first. */
export class HeldAudio {
  #chunks: Int16Array[] = [];
  #samples = 0;
  #droppedSamples = 0;

  /** Milliseconds that had to go. */
  get droppedMs(): number {
    return this.#droppedSamples / SAMPLES_PER_MS;
  }

  /** Keeps a copy of samples at 8 kHz. */
  push(samples: Int16Array): void {
    this.#chunks.push(samples.slice());
    this.#samples += samples.length;
    while (this.#samples > HELD_MS_MAX * SAMPLES_PER_MS) {
      const { length } = this.#chunks.shift()!;
      this.#samples -= length;
      this.#droppedSamples += length;
    }
  }

  /** Hands out all that is kept, oldest first, and is empty then. */
  take(): Int16Array[] {
    this.#samples = 0;
    return this.#chunks.splice(0);
  }
}
