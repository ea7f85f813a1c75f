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
  #cancel: (() => void) | undefined;

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
      // What is shown may change before a delayed event is delivered.
      ...(this.#late() ? structuredClone(rest) : rest),
      ...(unknownKey && { x_unheard_of: { nested: [1, null] } }),
    } as unknown as SentEvent;
    if (lose?.includes(type)) return;
    this.after(() => this.#deliver(whole));
    if (duplicate?.includes(type)) this.after(() => this.#deliver(whole));
  }

  /** Runs `task` behind all that was sent before: now, if nothing waits. */
  after(task: () => void): void {
    const nowMs = this.#clock.now();
    const { delayMs = 0, burstMs = 0 } = this.#faults;
    let dueMs = nowMs + this.#random.between(delayMs);
    if (burstMs > 0) dueMs = Math.ceil(dueMs / burstMs) * burstMs;
    dueMs = Math.max(dueMs, this.#waiting.at(-1)?.dueMs ?? 0);
    if (this.#waiting.length === 0 && dueMs <= nowMs) return task();
    this.#waiting.push({ dueMs, task });
    if (this.#waiting.length === 1) this.#schedule();
  }

  /** Nothing more leaves. */
  clear(): void {
    this.#cancel?.();
    this.#waiting = [];
  }

  #late(): boolean {
    return this.#waiting.length > 0 || Boolean(this.#faults.delayMs || this.#faults.burstMs);
  }

  #schedule(): void {
    const next = this.#waiting[0];
    if (!next) return;
    this.#cancel = this.#clock.after(Math.max(0, next.dueMs - this.#clock.now()), () => {
      while (this.#waiting[0] && this.#waiting[0].dueMs <= this.#clock.now() + 1e-6) {
        this.#waiting.shift()!.task();
      }
      this.#schedule();
    });
  }
}
