import type { Clock } from "../clock.ts";

/** What a line may do; beyond any of it, its call ends. */
export interface LineLimits {
  /** Longest message, in bytes; of a text, in characters. */
  readonly messageBytes: number;
  /** Sustained; twice as many at once. */
  readonly messagesPerSecond: number;
  /** Sustained; twice as many at once. */
  readonly bytesPerSecond: number;
  /** From the open socket to `init`. */
  readonly initMs: number;
  /** From one message, whatever it says, to the next. */
  readonly idleMs: number;
  /** What may wait to be sent; beyond it agent audio is dropped. */
  readonly unsentBytes: number;
  /** How long agent audio may be dropped. */
  readonly slowMs: number;
}

/** Which limit it was. */
export type LineLimit = "message_size" | "message_rate" | "data_rate" | "no_init" | "idle_line" | "slow_line";

/**
 * A line brings 50 messages and 23 KB of base64 a second. A core that catches up sends more for a while; an answer that
 * is spoken faster than it is heard waits in the socket, 1 MiB being three quarters of a minute.
 */
export const LINE_LIMITS: LineLimits = {
  messageBytes: 1024 * 1024,
  messagesPerSecond: 500,
  bytesPerSecond: 1024 * 1024,
  initMs: 10_000,
  idleMs: 120_000,
  unsentBytes: 1024 * 1024,
  slowMs: 10_000,
};

/** Lets through so much a second, and twice as much at once after a quiet time: a bucket that fills up again. */
export class Rate {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #left: number;
  #filledAtMs: number;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#left = 2 * perSecond;
    this.#filledAtMs = clock.now();
  }

  /** Takes an amount out; false when there is not so much in. @param nowMs by the clock, where that was just read */
  take(amount: number, nowMs: number = this.#clock.now()): boolean {
    const filled = this.#left + (nowMs - this.#filledAtMs) / 1000 * this.#perSecond;
    this.#filledAtMs = nowMs;
    this.#left = Math.min(2 * this.#perSecond, filled);
    if (amount > this.#left) return false;
    this.#left -= amount;
    return true;
  }
}

/** Tells once when nothing has been noted for a time. One timer, however much is noted. */
export class Silence {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onSilent: () => void;
  #notedAtMs: number;
  #stop = () => {};

  constructor(clock: Clock, limitMs: number, onSilent: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onSilent = onSilent;
    this.#notedAtMs = clock.now();
    this.#wait(limitMs);
  }

  /** @param nowMs by the clock, where that was just read */
  note(nowMs: number = this.#clock.now()): void {
    this.#notedAtMs = nowMs;
  }

  stop(): void {
    this.#stop();
  }

  #wait(delayMs: number): void {
    this.#stop = this.#clock.after(delayMs, () => {
      const leftMs = this.#notedAtMs + this.#limitMs - this.#clock.now();
      if (leftMs > 0) this.#wait(leftMs);
      else this.#onSilent();
    });
  }
}

/** What becomes of agent audio when the phone's side does not read as fast as it is sent. */
export class Backlog {
  readonly #clock: Clock;
  readonly #limits: Pick<LineLimits, "unsentBytes" | "slowMs">;
  #fullSinceMs: number | undefined;
  #droppedFrames = 0;

  constructor(clock: Clock, limits: Pick<LineLimits, "unsentBytes" | "slowMs">) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Frames that were not sent. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** What to do with the next frame, or so many, while so many bytes wait. */
  admit(unsentBytes: number, frames = 1): "send" | "drop" | "end" {
    if (unsentBytes <= this.#limits.unsentBytes) {
      this.#fullSinceMs = undefined;
      return "send";
    }
    this.#droppedFrames += frames;
    const nowMs = this.#clock.now();
    this.#fullSinceMs ??= nowMs;
    return nowMs - this.#fullSinceMs > this.#limits.slowMs ? "end" : "drop";
  }
}
