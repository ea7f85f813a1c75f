/** Calls whose messages are timed, at most: they are read at once. */
export const WATCHED_MAX = 100;
/** Between two reads of any other. */
export const ROUND_MS = 250;

/**
 * Reading each message as it comes is most of what a bench costs, and a hundred calls tell the tails as well as a thousand.
 * The others are read four times a second; the bridge sends them the same.
 */
export class Rounds {
  readonly #waiting: (() => void)[][] = Array.from({ length: ROUND_MS }, () => []);

  /** Whether a call is one of those that are timed, of so many. */
  static isWatched(index: number, calls: number): boolean {
    return index % Math.ceil(calls / WATCHED_MAX) === 0;
  }

  /** Resolves when it is this call's turn to be read. */
  turn(index: number): Promise<void> {
    return new Promise((resolve) => this.#waiting[index * 7 % ROUND_MS]!.push(resolve));
  }

  /** A millisecond has passed. */
  tick(tick: number): void {
    const due = this.#waiting[tick % ROUND_MS]!;
    if (due.length > 0) this.#waiting[tick % ROUND_MS] = [];
    for (const resolve of due) resolve();
  }
}
