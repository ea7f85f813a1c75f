import type { Clock } from "../clock.ts";

/** Frames come every 20 ms; a line that pauses for longer has stopped sending, as some do in silence. */
const GAP_MS = 200;
/** The longest wait that any turn detection knows is 8 s; after this the gap is left as it is. */
const PADDING_MAX_MS = 10_000;
const SAMPLES_PER_MS = 8;
const silence = new Int16Array(GAP_MS * SAMPLES_PER_MS);

/**
 * Fills the gaps of a line that stops sending frames: without audio, even silent, the API's clock stands still and
 * the caller's turn would never end.
 */
export class LineGaps {
  readonly #clock: Clock;
  readonly #pad: (samples: Int16Array) => void;
  #paddedMs = 0;
  #lastMs = 0;
  #stopWaiting: (() => void) | undefined;

  /** @param pad takes silence, 8 kHz, in place of what did not come */
  constructor(clock: Clock, pad: (samples: Int16Array) => void) {
    this.#clock = clock;
    this.#pad = pad;
  }

  /** A frame came. */
  frame(): void {
    this.#lastMs = this.#clock.now();
    this.#paddedMs = 0;
    this.#stopWaiting ??= this.#clock.after(GAP_MS, this.#look);
  }

  /** The call is over. */
  stop(): void {
    this.#stopWaiting?.();
  }

  readonly #look = (): void => {
    this.#stopWaiting = undefined;
    const silentMs = this.#clock.now() - this.#lastMs - this.#paddedMs;
    if (silentMs < GAP_MS) {
      this.#stopWaiting = this.#clock.after(GAP_MS - silentMs, this.#look);
      return;
    }
    this.#pad(silence);
    this.#paddedMs += GAP_MS;
    if (this.#paddedMs < PADDING_MAX_MS) this.#stopWaiting = this.#clock.after(GAP_MS, this.#look);
  };
}
