import { type AudioFormat, createUplink } from "../audio/codec.ts";
import { encodeMulaw } from "../audio/g711.ts";
import type { Clock } from "../clock.ts";
import { HeldAudio } from "./held-audio.ts";
import { LineGaps } from "./line-gaps.ts";
import { Unsettled } from "./unsettled.ts";

const SAMPLES_PER_MS = 8;

/** The caller's audio on its way from the line to the model; kept, within a bound, while the model is not ready. */
export class Uplink {
  readonly #format: AudioFormat;
  readonly #encoder: ReturnType<typeof createUplink>;
  readonly #held = new HeldAudio();
  readonly #unsettled = new Unsettled();
  readonly #gaps: LineGaps;
  /** What the caller was saying when a session was lost: the next one hears it again. 8 kHz. */
  #again: Int16Array | undefined;
  #append: ((bytes: Uint8Array) => void) | undefined;

  constructor(clock: Clock, format: AudioFormat) {
    this.#format = format;
    this.#encoder = createUplink(format);
    this.#gaps = new LineGaps(clock, (silence) => this.#deliver(silence));
  }

  /** Milliseconds of caller audio that were lost because the model took too long. */
  get droppedMs(): number {
    return this.#held.droppedMs;
  }

  /** Takes caller audio, 8 kHz. */
  push(samples: Int16Array): void {
    this.#gaps.frame();
    this.#deliver(samples);
  }

  /** The model takes audio from now on: what was held goes first, in order. Returns how much that was, ms. */
  open(append: (bytes: Uint8Array) => void): number {
    this.#append = append;
    this.#unsettled.clear();
    const held = this.#held.take();
    if (this.#again) held.unshift(this.#again);
    this.#again = undefined;
    for (const samples of held) this.#deliver(samples);
    return held.reduce((sum, { length }) => sum + length, 0) / SAMPLES_PER_MS;
  }

  /** The model is gone: what the caller was saying to it, and says now, is kept for the next session. */
  hold(): void {
    this.#append = undefined;
    const speech = this.#unsettled.take();
    if (speech.length > 0) this.#again = speech;
  }

  /** The model has sent something. */
  noticed(): void {
    this.#unsettled.noticed();
  }

  /** The model has noticed that the caller speaks. */
  speech(): void {
    this.#unsettled.started();
  }

  /** The model has made an item of what the caller said. Returns that: G.711 mu-law, 8 kHz. */
  settle(): Uint8Array {
    return this.#unsettled.settle();
  }

  /** The call is over. */
  stop(): void {
    this.#gaps.stop();
  }

  #deliver(samples: Int16Array): void {
    if (!this.#append) return this.#held.push(samples);
    if (this.#format !== "pcmu") {
      this.#unsettled.push(encodeMulaw(samples));
      return this.#append(this.#encoder.encode(samples));
    }
    const bytes = this.#encoder.encode(samples);
    this.#unsettled.push(bytes);
    this.#append(bytes);
  }
}
