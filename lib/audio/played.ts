import { decodeMulaw, encodeMulaw } from "./g711.ts";

const SAMPLES_PER_MS = 8;
/** What stays of the past: the longest echo and a frame. */
const KEPT_SAMPLES = 1000 * SAMPLES_PER_MS;
const FIRST_BYTES = 2 ** 14;
/** 131 s: what is queued further ahead than about 130 s is not kept, and its echo goes unknown. */
const MAX_BYTES = 2 ** 20;
/** Steps in the playing time below this are rounding, not gaps. */
const SAME_SAMPLES = 8;
const SILENCE = 0xff;

/**
 * Outbound audio by the time at which it plays, from a second ago to the end of the phone's queue; 8 kHz, kept as
 * mu-law, a byte a sample. Positions are samples since time 0.
 */
export class PlayedAudio {
  /** A ring whose size is a power of two; a position's place is its low bits. */
  #ring = new Uint8Array(FIRST_BYTES).fill(SILENCE);
  /** Positions held: from inclusive, to exclusive. */
  #from = 0;
  #to = 0;

  /** Where the last audio ends. */
  get end(): number {
    return this.#to;
  }

  /** Memory in use. */
  get bytes(): number {
    return this.#ring.length;
  }

  /** @param nowMs what played over a second before it may be forgotten */
  write(frame: Int16Array, playsAtMs: number, nowMs: number): void {
    let at = positionOf(playsAtMs);
    if (Math.abs(at - this.#to) <= SAME_SAMPLES) at = this.#to;
    const keptFrom = positionOf(nowMs) - KEPT_SAMPLES;
    if (at < keptFrom) return;
    if (at < this.#to) this.truncate(at);
    if (this.#to < keptFrom) this.#from = this.#to = at;
    this.#from = Math.max(this.#from, keptFrom);
    const end = at + frame.length;
    if (end - this.#from > this.#ring.length && !this.#grow(end - this.#from)) return;
    for (let gap = this.#to; gap < at; gap++) this.#ring[gap & (this.#ring.length - 1)] = SILENCE;
    const bytes = encodeMulaw(frame);
    for (let i = 0; i < bytes.length; i++) this.#ring[(at + i) & (this.#ring.length - 1)] = bytes[i]!;
    this.#to = end;
  }

  /** Forgets all from this position on: it will not play. */
  truncate(position: number): void {
    this.#to = Math.max(this.#from, Math.min(this.#to, position));
  }

  /** Whether anything is held between two positions. */
  has(from: number, to: number): boolean {
    return from < this.#to && to > this.#from;
  }

  /** Fills `into[at...]` with `count` samples from `from` on, full scale being 1; silence where nothing is held. */
  read(from: number, count: number, into: Float32Array, at: number): void {
    const mask = this.#ring.length - 1;
    for (let i = 0; i < count; i++) {
      const position = from + i;
      const held = position >= this.#from && position < this.#to;
      into[at + i] = held ? SAMPLES[this.#ring[position & mask]!]! : 0;
    }
  }

  #grow(samples: number): boolean {
    if (samples > MAX_BYTES) return false;
    const before = this.#ring;
    let size = before.length;
    while (size < samples) size *= 2;
    this.#ring = new Uint8Array(size).fill(SILENCE);
    for (let position = this.#from; position < this.#to; position++) {
      this.#ring[position & (size - 1)] = before[position & (before.length - 1)]!;
    }
    return true;
  }
}

/** The position of a time, ms. */
export function positionOf(timeMs: number): number {
  return Math.round(timeMs * SAMPLES_PER_MS);
}

const SAMPLES = Float32Array.from(
  decodeMulaw(Uint8Array.from({ length: 256 }, (_, i) => i)),
  (s) => s / 32768,
);
