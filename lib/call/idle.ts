import type { Clock } from "../clock.ts";

export interface IdleOptions {
  readonly afterMs: number;
  /** Sentences, one for each silence in a row. */
  readonly say: readonly string[];
  /** The goodbye after the last of them; undefined goes on waiting. */
  readonly goodbye: string | undefined;
  /** Milliseconds until nobody speaks; 0 when nobody does, Infinity when it can't be told. */
  readonly busyMs: () => number;
  readonly onSay: (words: string) => void;
  readonly onGoodbye: (words: string) => void;
}

/** How soon to look again while it can't be told how long somebody will speak. */
const LOOK_AGAIN_MS = 500;

/** Notices that the caller has gone silent: asks, asks again, says goodbye. Works whatever detects the turns. */
export class Idle {
  readonly #clock: Clock;
  readonly #options: IdleOptions;
  #asked = 0;
  #freeSinceMs: number | undefined;
  #stopWaiting = () => {};

  constructor(clock: Clock, options: IdleOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Begins to listen for silence. */
  start(): void {
    this.#look();
  }

  /** The caller gave a sign of life: the next silence is the first one again. */
  callerActive(): void {
    this.#asked = 0;
    this.#freeSinceMs = undefined;
  }

  /** The call is over, or is about to be. */
  stop(): void {
    this.#stopWaiting();
  }

  #look(): void {
    const { afterMs, busyMs } = this.#options;
    const busy = busyMs();
    const now = this.#clock.now();
    if (busy > 0) {
      this.#freeSinceMs = undefined;
      return this.#lookAfter(Math.min(busy, LOOK_AGAIN_MS));
    }
    this.#freeSinceMs ??= now;
    const leftMs = this.#freeSinceMs + afterMs - now;
    if (leftMs > 0) return this.#lookAfter(Math.min(leftMs, LOOK_AGAIN_MS));
    this.#freeSinceMs = undefined;
    this.#ask();
  }

  #ask(): void {
    const { say, goodbye, onSay, onGoodbye } = this.#options;
    const words = say[this.#asked++];
    if (words === undefined && goodbye !== undefined) return onGoodbye(goodbye);
    if (words !== undefined) onSay(words);
    this.#lookAfter(LOOK_AGAIN_MS);
  }

  #lookAfter(delayMs: number): void {
    this.#stopWaiting = this.#clock.after(delayMs, () => this.#look());
  }
}
