/** Results up to this size share memory, bytes; a longer one, which is rare, gets its own and leaves none behind. */
const SHARED_BYTES = 64 * 1024;

/**
 * Room for results that are used before the next one is made. All calls of the process share it: audio is worked
 * on synchronously, one piece at a time. Asking for the same size again gives the same array, so that a stream of
 * equal frames allocates nothing.
 */
export class Scratch<A extends Int16Array | Uint8Array> {
  readonly #memory = new ArrayBuffer(SHARED_BYTES);
  readonly #make: (memory: ArrayBuffer, length: number) => A;
  readonly #bytesPerElement: number;
  #last: A;

  constructor(make: (memory: ArrayBuffer, length: number) => A) {
    this.#make = make;
    this.#last = make(this.#memory, 0);
    this.#bytesPerElement = this.#last.BYTES_PER_ELEMENT;
  }

  /** An array of `length` elements at offset 0 of its memory, valid until the next call; what it holds is anything. */
  take(length: number): A {
    if (this.#last.length === length) return this.#last;
    const bytes = length * this.#bytesPerElement;
    if (bytes > SHARED_BYTES) return this.#make(new ArrayBuffer(bytes), length);
    return this.#last = this.#make(this.#memory, length);
  }
}

/** Room for 16-bit samples. */
export const scratchOfSamples = (): Scratch<Int16Array> =>
  new Scratch((memory, length) => new Int16Array(memory, 0, length));

/** Room for bytes. */
export const scratchOfBytes = (): Scratch<Uint8Array> =>
  new Scratch((memory, length) => new Uint8Array(memory, 0, length));
