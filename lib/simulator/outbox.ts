import type { Clock } from "../clock.ts";
import type { Faults } from "./faults.ts";
import type { Random } from "./ids.ts";
import type { ServerEvent } from "./wire.ts";

export type SentEvent = ServerEvent & { event_id: string };

/** Where a session's events leave: each gets its id, then meets the faults that hit messages, in order. */
export class Outbox {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #deliver: (event: SentEvent) => void;
  #waiting: { dueMs: number; task: () => void }[] = [];
  #held = false;
  #stopWaiting = () => {};

  constructor(clock: Clock, random: Random, faults: Faults, deliver: (event: SentEvent) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
    this.#deliver = deliver;
  }

  send(event: ServerEvent): void {
    const { lose, duplicate, unknownKey } = this.#faults;
    const { type, ...rest } = event;
    const whole = {
      type,
      event_id: this.#random.id("event"),
      ...rest,
      ...(unknownKey && { x_unheard_of: { nested: [1, null] } }),
    } as unknown as SentEvent;
    if (lose?.includes(type)) return;
    this.after(() => this.#deliver(whole));
    if (duplicate?.includes(type)) this.after(() => this.#deliver(whole));
  }

  /** Runs `task` behind all that was sent before: now, if nothing waits. What is earlier waits for what is first. */
  after(task: () => void): void {
    const nowMs = this.#clock.now();
    const { delayMs = 0, burstMs = 0 } = this.#faults;
    let dueMs = nowMs + this.#random.between(delayMs);
    if (burstMs > 0) dueMs = Math.ceil(dueMs / burstMs) * burstMs;
    if (!this.#held && this.#waiting.length === 0 && dueMs <= nowMs) return task();
    this.#waiting.push({ dueMs, task });
    if (this.#waiting.length === 1) this.#schedule();
  }

  /** Nothing leaves until `release`. */
  hold(): void {
    this.#held = true;
    this.#stopWaiting();
  }

  /** What has fallen due meanwhile leaves at once, the rest in its time. */
  release(): void {
    this.#held = false;
    this.#schedule();
  }

  #schedule(): void {
    const next = this.#waiting[0];
    if (!next || this.#held) return;
    this.#stopWaiting();
    this.#stopWaiting = this.#clock.after(Math.max(0, next.dueMs - this.#clock.now()), () => {
      while (this.#waiting[0] && this.#waiting[0].dueMs <= this.#clock.now() + 1e-6) {
        this.#waiting.shift()!.task();
      }
      this.#schedule();
    });
  }
}
