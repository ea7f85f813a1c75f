import { type AudioFormat, createUplink } from "../audio/codec.ts";
import type { Clock } from "../clock.ts";
import { HeldAudio } from "./held-audio.ts";
import { LineGaps } from "./line-gaps.ts";

/** The caller's audio on its way from the line to the model; kept, within a bound, while the model is not ready. */
export class Uplink {
  readonly #encoder: ReturnType<typeof createUplink>;
  readonly #held = new HeldAudio();
  readonly #gaps: LineGaps;
  #append: ((bytes: Uint8Array) => void) | undefined;

  constructor(clock: Clock, format: AudioFormat) {
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

  /** The model takes audio from now on: what was held goes first, in order. */
  open(append: (bytes: Uint8Array) => void): void {
    this.#append = append;
    for (const samples of this.#held.take()) append(this.#encoder.encode(samples));
  }

  /** The model is gone: what the caller says is kept for the next session. */
  hold(): void {
    this.#append = undefined;
  }

  /** The call is over. */
  stop(): void {
    this.#gaps.stop();
  }

  #deliver(samples: Int16Array): void {
    if (this.#append) this.#append(this.#encoder.encode(samples));
    else this.#held.push(samples);
  }
}
