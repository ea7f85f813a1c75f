import type { Clock } from "../clock.ts";
import { addUp, countersOf, type MetricsSnapshot } from "../metrics.ts";

export interface CountsOptions {
  readonly clock: Clock;
  /** Has all workers asked for their counts; returns the places of those asked. */
  readonly ask: (id: number) => Iterable<number>;
  /** Those of the main thread. */
  readonly own: () => Promise<MetricsSnapshot>;
  /** A worker did not answer in time. */
  readonly onLate: (place: number) => void;
}

/** A page of metrics is waited for by a program that gives up after 10 s by default. */
const ANSWER_LIMIT_MS = 1_000;

/**
 * Gathers what all workers have counted. Counters never go back: what a worker that is gone had last told stays, and so
 * does, for one that does not answer in time, what it had told before.
 */
export class Counts {
  readonly #options: CountsOptions;
  readonly #last = new Map<number, MetricsSnapshot>();
  #past: MetricsSnapshot[] = [];
  #ids = 0;
  #asked: { readonly id: number; readonly waiting: Set<number>; readonly done: () => void } | undefined;
  #running: Promise<readonly MetricsSnapshot[]> | undefined;

  constructor(options: CountsOptions) {
    this.#options = options;
  }

  /** The counts of all; who asks meanwhile gets the same. Never rejects but for a fault of the main thread's own counts. */
  collect(): Promise<readonly MetricsSnapshot[]> {
    return this.#running ??= this.#collect().finally(() => this.#running = undefined);
  }

  /** A worker has answered, or tells its last. */
  take(place: number, id: number, snapshot: MetricsSnapshot): void {
    this.#last.set(place, snapshot);
    if (id === this.#asked?.id) this.#answered(place);
  }

  /** A worker is gone. */
  retire(place: number): void {
    const last = this.#last.get(place);
    this.#last.delete(place);
    if (last) this.#past.push(countersOf(last));
    this.#answered(place);
  }

  #answered(place: number): void {
    const { waiting, done } = this.#asked ?? {};
    if (waiting?.delete(place) && waiting.size === 0) done?.();
  }

  async #collect(): Promise<readonly MetricsSnapshot[]> {
    const { clock, ask, own, onLate } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const asked = this.#asked = { id: ++this.#ids, waiting: new Set<number>(), done: resolve };
    for (const place of ask(asked.id)) asked.waiting.add(place);
    if (asked.waiting.size > 0) {
      const stop = clock.after(ANSWER_LIMIT_MS, resolve);
      await promise;
      stop();
    }
    this.#asked = undefined;
    const late = [...asked.waiting];
    for (const place of late) onLate(place);
    const mine = await own();
    if (this.#past.length > 1) {
      const sum = await addUp(this.#past.splice(0));
      this.#past.unshift(sum);
    }
    const told = Array.from(this.#last, ([place, last]) => late.includes(place) ? countersOf(last) : last);
    return [...this.#past, ...told, mine];
  }
}
