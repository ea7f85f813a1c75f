import { decodeMulaw } from "../audio/g711.ts";

const BYTES_PER_MS = 8;
/** Speech is told of a little late, and begins with what the turn detection takes as its padding. */
const BEFORE_BYTES = 800 * BYTES_PER_MS;
/** What was kept beyond that is let go of in steps: model events come in dozens a second. */
const TRIM_BYTES = 1_000 * BYTES_PER_MS;
/** Room for a short call. */
const RING_BYTES = 2_000 * BYTES_PER_MS;
/** A ring that grew beyond is not kept. Growing anew at each sentence would leave more garbage than all else in a call. */
const KEPT_RING_BYTES = 4 * RING_BYTES;
/** Longer speech keeps its newest part. */
const KEPT_BYTES_MAX = 15_000 * BYTES_PER_MS;

/**
 * What the caller is saying, as long as the model's session has not made an item of it, and what they say to a session
 * that shows no sign of life: one that is lost takes it along, so the next one has to hear it again. A ring of G.711,
 * 8 bytes a ms, as most lines bring nothing finer.
 */
export class Unsettled {
  #ring = new Uint8Array(RING_BYTES);
  #bytes = 0;
  /** Where the next byte goes. */
  #end = 0;
  #speaking = false;

  /** Caller audio on its way to the model: G.711 mu-law, 8 kHz. */
  push(bytes: Uint8Array): void {
    const size = this.#ring.length;
    if (this.#bytes + bytes.length > size && size < KEPT_BYTES_MAX) return this.#grow(bytes);
    const end = this.#end + bytes.length;
    if (end < size) {
      this.#ring.set(bytes, this.#end);
      this.#end = end;
    } else this.#wrap(bytes.length > size ? bytes.subarray(bytes.length - size) : bytes);
    this.#bytes = Math.min(size, this.#bytes + bytes.length);
  }

  /** The caller has begun to speak. */
  started(): void {
    this.#speaking = true;
  }

  /** The model has sent something: it has heard what came so far, and would have told of speech. */
  noticed(): void {
    if (this.#speaking || this.#bytes <= BEFORE_BYTES + TRIM_BYTES) return;
    this.#bytes = BEFORE_BYTES;
  }

  /** The caller's speech has become an item. Returns it: G.711 mu-law, 8 kHz. */
  settle(): Uint8Array {
    const speech = this.#all();
    this.clear();
    return speech;
  }

  /** The session is lost: hands out what the next one has to hear again, 8 kHz. */
  take(): Int16Array {
    const speech = decodeMulaw(this.#all()).slice();
    this.clear();
    return speech;
  }

  /** What was kept is not needed any more. */
  clear(): void {
    if (this.#ring.length > KEPT_RING_BYTES) this.#ring = new Uint8Array(RING_BYTES);
    this.#bytes = this.#end = 0;
    this.#speaking = false;
  }

  #all(): Uint8Array {
    const speech = new Uint8Array(this.#bytes);
    const size = this.#ring.length;
    const start = (this.#end - this.#bytes + size) % size;
    const first = Math.min(this.#bytes, size - start);
    speech.set(this.#ring.subarray(start, start + first), 0);
    speech.set(this.#ring.subarray(0, this.#bytes - first), first);
    return speech;
  }

  /** Writes over the ring's end. */
  #wrap(bytes: Uint8Array): void {
    const size = this.#ring.length;
    const first = Math.min(bytes.length, size - this.#end);
    this.#ring.set(bytes.subarray(0, first), this.#end);
    this.#ring.set(bytes.subarray(first), 0);
    this.#end = (this.#end + bytes.length) % size;
  }

  #grow(bytes: Uint8Array): void {
    const kept = this.#all();
    const needed = kept.length + bytes.length;
    const ring = new Uint8Array(Math.min(Math.max(2 * this.#ring.length, needed), KEPT_BYTES_MAX));
    const from = Math.max(0, kept.length - ring.length);
    ring.set(kept.subarray(from));
    this.#ring = ring;
    this.#bytes = kept.length - from;
    this.#end = this.#bytes % ring.length;
    this.push(bytes);
  }
}
