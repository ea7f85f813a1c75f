import { nowMs } from "./clock.ts";

/** One timer for everything that a process has to do in time: it counts milliseconds and never skips one. */
export class Ticker {
  readonly #onTick: (tick: number) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #tick = 0;
  #dueMs: number;
  #lagsMs: number[] = [];

  /** @param onTick told of each millisecond, several in a row when the process was busy */
  constructor(onTick: (tick: number) => void) {
    this.#onTick = onTick;
    this.#dueMs = nowMs() + 1;
    this.#timer = setInterval(this.#wake, 1);
  }

  /** How late each tick was since the last time this was asked, ms: how far the process can be trusted. */
  takeLagsMs(): number[] {
    const lagsMs = this.#lagsMs;
    this.#lagsMs = [];
    return lagsMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  readonly #wake = (): void => {
    for (let lagMs = nowMs() - this.#dueMs; lagMs >= 0; lagMs = nowMs() - this.#dueMs) {
      this.#lagsMs.push(lagMs);
      this.#dueMs++;
      this.#onTick(this.#tick++);
    }
  };
}
