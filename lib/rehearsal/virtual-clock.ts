import { setImmediate } from "node:timers";
import type { Clock } from "../clock.ts";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly fn: () => void;
}

/** A clock that moves only when told to. */
export class VirtualClock implements Clock {
  readonly #held = new Set<Promise<unknown>>();
  #nowMs: number;
  #order = 0;
  #timers: Timer[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fn: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Timers not yet fired nor taken back: none may be left when a call has ended. */
  get pending(): number {
    return this.#timers.length;
  }

  /**
   * Has `run` stand still until `work` is over: for what takes the machine's time and not the clock's, such as a Worker.
   * @returns the work itself
   */
  hold<T>(work: Promise<T>): Promise<T> {
    const over: Promise<unknown> = work.then(() => {}, () => {}).then(() => this.#held.delete(over));
    this.#held.add(over);
    return work;
  }

  /** Moves time forward and fires what falls due, in order of time, then of creation. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) this.#fire(next);
    this.#nowMs = untilMs;
  }

  /** Time passes that no timer was told of, as when the machine sleeps: what fell due is late. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** Like `advance`, but lets promises, queued tasks and all that is held settle before and after every timer. */
  async run(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.#settle();
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#fire(next);
      await this.#settle();
    }
    this.#nowMs = untilMs;
    await this.#settle();
  }

  async #settle(): Promise<void> {
    await settle();
    while (this.#held.size > 0) {
      await Promise.race(this.#held);
      await settle();
    }
  }

  #next(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }

  #fire(timer: Timer): void {
    this.#timers = this.#timers.filter((each) => each !== timer);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.fn();
  }
}

/** Lets all microtasks and already queued macrotasks run. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
