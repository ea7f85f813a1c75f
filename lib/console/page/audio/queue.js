/** Samples that wait for their turn: the phone's own memory of what the agent says. */
export class SampleQueue {
  /** @type {Int16Array[]} */
  #parts = [];
  #offset = 0;
  /** Samples that wait. */
  length = 0;

  /** @param {Int16Array} samples */
  push(samples) {
    if (samples.length === 0) return;
    this.#parts.push(samples);
    this.length += samples.length;
  }

  /**
   * The next samples, with silence where there are no more.
   * @param {number} count
   */
  take(count) {
    const taken = new Int16Array(count);
    for (let filled = 0; filled < count;) {
      const first = this.#parts[0];
      if (!first) break;
      const part = first.subarray(this.#offset, this.#offset + count - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#offset += part.length;
      this.length -= part.length;
      if (this.#offset < first.length) continue;
      this.#parts.shift();
      this.#offset = 0;
    }
    return taken;
  }

  /** Forgets all that waits. Returns how many samples that were. */
  clear() {
    const { length } = this;
    this.#parts = [];
    this.#offset = 0;
    this.length = 0;
    return length;
  }
}
