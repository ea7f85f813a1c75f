import type { Clock } from "../clock.ts";

/** Frames come unevenly: only what stays late, or comes early, by this much moves the time. */
const TOLERANCE_MS = 40;
/** As long as a burst may take to make good for a delay before it. */
const WINDOW_MS = 500;

/**
 * When a stream's audio was captured, told from how much came until when: arrival jitters, the number of samples
 * doesn't. The least delayed arrival sets the time; after a gap it catches up within half a second.
 */
export class CaptureTime {
  readonly #clock: Clock;
  #endMs = -Infinity;
  #leastLateMs = Infinity;
  #windowMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** So much audio has come, just now. */
  arrived(ms: number): void {
    const nowMs = this.#clock.now();
    this.#endMs += ms;
    this.#windowMs += ms;
    const lateMs = nowMs - this.#endMs;
    this.#leastLateMs = Math.min(this.#leastLateMs, lateMs);
    // Audio can't come before it is spoken, nor can half a second of it be under way.
    if (lateMs < -TOLERANCE_MS || lateMs > WINDOW_MS) this.#moveBy(lateMs);
    else if (this.#windowMs >= WINDOW_MS) {
      this.#moveBy(this.#leastLateMs > TOLERANCE_MS ? this.#leastLateMs : 0);
    }
  }

  /** The end of the audio that came, or of what lies `beforeMs` before it; the clock's time. */
  endMs(beforeMs = 0): number {
    return this.#endMs - beforeMs;
  }

  #moveBy(ms: number): void {
    this.#endMs = Number.isFinite(ms) ? this.#endMs + ms : this.#clock.now();
    this.#leastLateMs = Infinity;
    this.#windowMs = 0;
  }
}
