/** A minute of sound: 2.9 MB. */
const MAX_SAMPLES = 24_000 * 60;

/** Sentences said before, the least lately used dropped first. What it gives out must not be changed. */
export class SoundCache {
  readonly #maxSamples: number;
  readonly #sounds = new Map<string, Int16Array>();
  #samples = 0;

  /** @param maxSamples what all sounds together may hold. */
  constructor(maxSamples = MAX_SAMPLES) {
    this.#maxSamples = maxSamples;
  }

  get(key: string): Int16Array | undefined {
    const sound = this.#sounds.get(key);
    if (sound) {
      this.#sounds.delete(key);
      this.#sounds.set(key, sound);
    }
    return sound;
  }

  /** Keeps `sound`, unless it alone is over the bound, and returns it. */
  put(key: string, sound: Int16Array): Int16Array {
    if (sound.length > this.#maxSamples) return sound;
    this.#samples += sound.length - (this.#sounds.get(key)?.length ?? 0);
    this.#sounds.delete(key);
    this.#sounds.set(key, sound);
    for (const [oldest, { length }] of this.#sounds) {
      if (this.#samples <= this.#maxSamples) break;
      this.#sounds.delete(oldest);
      this.#samples -= length;
    }
    return sound;
  }
}
