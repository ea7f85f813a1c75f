import type { Clock } from "../clock.ts";

const FIRST_DELAY_MS = 250;
const DELAY_MAX_MS = 8_000;

/** When to dial the model again after its session was lost: sooner at first, with jitter, for a limited time. */
export class Recovery {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #random: () => number;
  #attempts = 0;
  #sinceMs: number | undefined;
  #stopWaiting = () => {};

  /**
   * @param limitMs from the loss to giving up
   * @param random 0 up to 1: many calls that lost the same server must not come back as one
   */
  constructor(clock: Clock, limitMs: number, random: () => number = Math.random) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#random = random;
  }

  /** How long the session has been lost, ms; undefined when it has not. */
  get lostMs(): number | undefined {
    return this.#sinceMs === undefined ? undefined : this.#clock.now() - this.#sinceMs;
  }

  /** The session was lost, or a dial failed: calls `dial` after a while. Returns false when it is time to give up. */
  again(dial: () => void): boolean {
    const now = this.#clock.now();
    this.#sinceMs ??= now;
    const ceilingMs = Math.min(FIRST_DELAY_MS * 2 ** this.#attempts, DELAY_MAX_MS);
    const delayMs = ceilingMs * (0.5 + this.#random() / 2);
    if (now + delayMs - this.#sinceMs > this.#limitMs) return false;
    this.#attempts++;
    this.#stopWaiting();
    this.#stopWaiting = this.#clock.after(delayMs, dial);
    return true;
  }

  /** There is a session again. */
  done(): void {
    this.#attempts = 0;
    this.#sinceMs = undefined;
  }

  /** The call is over. */
  stop(): void {
    this.#stopWaiting();
  }
}
