import type { Clock } from "../clock.ts";

/** How often a ticker's members are called, ms. */
export const TICK_MS = 100;

/** What is to be looked at again and again while it lasts, with one timer for all of a clock's. */
class Ticker {
  readonly #clock: Clock;
  readonly #members = new Set<() => void>();
  #dueMs = 0;
  #stop: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(fn: () => void): () => void {
    this.#members.add(fn);
    if (!this.#stop) {
      this.#dueMs = this.#clock.now() + TICK_MS;
      this.#stop = this.#clock.after(TICK_MS, this.#tick);
    }
    return () => {
      this.#members.delete(fn);
      if (this.#members.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  readonly #tick = (): void => {
    // Ticks that are late do not put off those behind them; ticks that were missed are not made up for.
    const nowMs = this.#clock.now();
    this.#dueMs += TICK_MS;
    if (this.#dueMs <= nowMs) this.#dueMs = nowMs + TICK_MS;
    this.#stop = this.#clock.after(this.#dueMs - nowMs, this.#tick);
    for (const fn of this.#members) fn();
  };
}

const tickers = new WeakMap<Clock, Ticker>();

/**
 * Calls `fn` every `TICK_MS` from now on, at the same moments as all others of that clock: a timer for each of many
 * calls would cost more than what it does. `fn` must not throw. What is returned ends that.
 */
export function onTick(clock: Clock, fn: () => void): () => void {
  let ticker = tickers.get(clock);
  if (!ticker) tickers.set(clock, ticker = new Ticker(clock));
  return ticker.add(fn);
}
