import type { Clock } from "../clock.ts";
import { onTick, TICK_MS } from "./ticker.ts";

/** Frames come every 20 ms; a line that pauses for longer has stopped sending, as some do in silence. */
const GAP_MS = 200;
/** The longest wait that any turn detection knows is 8 s; after this the gap is left as it is. */
const PADDING_MAX_MS = 10_000;
const SAMPLES_PER_MS = 8;
const silence = new Int16Array(TICK_MS * SAMPLES_PER_MS);

/**
 * Fills the gaps of a line that stops sending frames: without audio, even silent, the API's clock stands still and
 * the caller's turn would never end.
 */
export class LineGaps {
  readonly #clock: Clock;
  readonly #pad: (samples: Int16Array) => void;
  #paddedMs = 0;
  #lastMs = 0;
  /** Looks since the last frame. */
  #looks = 0;
  #stopLooking: (() => void) | undefined;

  /** @param pad takes silence, 8 kHz, in place of what did not come; valid only during the call */
  constructor(clock: Clock, pad: (samples: Int16Array) => void) {
    this.#clock = clock;
    this.#pad = pad;
  }

  /** A frame came. */
  frame(): void {
    this.#lastMs = this.#clock.now();
    this.#paddedMs = 0;
    this.#looks = 0;
    this.#stopLooking ??= onTick(this.#clock, this.#look);
  }

  /** The call is over. */
  stop(): void {
    this.#stopLooking?.();
    this.#stopLooking = undefined;
  }

  readonly #look = (): void => {
    const silentMs = this.#clock.now() - this.#lastMs;
    // The one behind the last frame, one that may come before what waited in the socket while we stalled, and one more.
    if (++this.#looks < 3 || silentMs < GAP_MS) return;
    // Nothing that missed ticks is made up for at once: it would be heard as one long silence.
    for (let count = 0; count < 2 && silentMs - this.#paddedMs >= TICK_MS; count++) {
      this.#pad(silence);
      this.#paddedMs += TICK_MS;
    }
    if (this.#paddedMs >= PADDING_MAX_MS) this.stop();
  };
}
