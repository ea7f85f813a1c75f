import type { Clock } from "../clock.ts";

const FIRST_DELAY_MS = 250;
/** A caller waits; the circuit keeps many of them from dialling at once. */
const DELAY_MAX_MS = 3_000;

export interface RecoveryOptions {
  readonly clock: Clock;
  /** From the loss to giving up. */
  readonly limitMs: number;
  readonly dial: () => void;
  /** Nothing came of it in time. */
  readonly giveUp: (reason: string) => void;
  /** 0 up to 1: many calls that lost the same server must not come back as one. */
  readonly random?: () => number;
}

/** When to dial the model again after its session was lost: sooner at first, with jitter, for a limited time. */
export class Recovery {
  readonly #options: RecoveryOptions;
  #attempts = 0;
  #sinceMs: number | undefined;
  #reason = "";
  #stopWaiting = () => {};
  #stopLimit = () => {};

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** How long the session has been lost, ms; undefined when it has not. */
  get lostMs(): number | undefined {
    return this.#sinceMs === undefined ? undefined : this.#options.clock.now() - this.#sinceMs;
  }

  /** The session was lost, or a dial failed: `dial` follows after a while, `giveUp` when the time is over. */
  again(reason: string): void {
    const { clock, limitMs, dial, giveUp, random = Math.random } = this.#options;
    this.#reason = reason;
    if (this.#sinceMs === undefined) {
      this.#sinceMs = clock.now();
      if (limitMs === 0) return giveUp(reason);
      // Also while a dial is under way, or waits for its turn.
      this.#stopLimit = clock.after(limitMs, () => {
        this.#stopWaiting();
        giveUp(this.#reason);
      });
    }
    const ceilingMs = Math.min(FIRST_DELAY_MS * 2 ** this.#attempts, DELAY_MAX_MS);
    this.#attempts++;
    this.#stopWaiting();
    this.#stopWaiting = clock.after(ceilingMs * (0.5 + random() / 2), dial);
  }

  /** There is a session again. */
  done(): void {
    this.stop();
    this.#attempts = 0;
    this.#sinceMs = undefined;
  }

  /** The call is over. */
  stop(): void {
    this.#stopWaiting();
    this.#stopLimit();
  }
}
