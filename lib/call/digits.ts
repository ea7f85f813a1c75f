import type { Clock } from "../clock.ts";

/** How pressed keys become one entry. */
export interface DigitsOptions {
  /** Ends the entry and does not belong to it; undefined: no key does. */
  readonly endKey: string | undefined;
  /** Ends the entry when it has this many keys. */
  readonly length: number | undefined;
  /** Ends the entry when no key follows within this time. */
  readonly timeoutMs: number;
  /** Takes each finished entry, `"42"`; never empty. */
  readonly onEntry: (keys: string) => void;
}

/** An entry that nobody ends is ended here: longer than any card or account number. */
const KEYS_MAX = 32;

/** Collects the keys of the telephone into entries: up to an end key, a length or a pause. */
export class Digits {
  readonly #clock: Clock;
  readonly #options: DigitsOptions;
  #keys = "";
  #stopWaiting = () => {};

  constructor(clock: Clock, options: DigitsOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Whether an entry has begun. */
  get pending(): boolean {
    return this.#keys !== "";
  }

  /** One key: 0-9, * or #. */
  press(key: string): void {
    this.#stopWaiting();
    if (key === this.#options.endKey) return this.#finish();
    this.#keys += key;
    if (this.#keys.length >= (this.#options.length ?? KEYS_MAX)) return this.#finish();
    this.#stopWaiting = this.#clock.after(this.#options.timeoutMs, () => this.#finish());
  }

  /** Hands out an entry that has begun, and forgets it. */
  take(): string {
    const keys = this.#keys;
    this.clear();
    return keys;
  }

  /** Forgets an entry that has begun. */
  clear(): void {
    this.#stopWaiting();
    this.#keys = "";
  }

  #finish(): void {
    const keys = this.#keys;
    this.clear();
    if (keys !== "") this.#options.onEntry(keys);
  }
}
