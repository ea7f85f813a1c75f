import type { Clock } from "../clock.ts";
import { onTick } from "./ticker.ts";

export interface LivenessOptions {
  readonly clock: Clock;
  /** Sends what every live server answers at once. */
  readonly ask: () => void;
  /** No answer: the session is lost, whatever its socket says. */
  readonly onSilent: (silentMs: number) => void;
}

/** Silence after which the model is asked for a sign of life. */
const SILENT_MS = 4_000;
/** From the question to giving the session up. */
const ANSWER_MS = 4_000;

/**
 * Notices a session that died without a word, such as a connection cut behind a router: TCP tells nothing of it for many
 * minutes. A clock that jumps, as after a sleep of the machine, leads to a question first, never to a loss at once.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  #heardAtMs: number;
  #askedAtMs: number | undefined;
  readonly #stop: () => void;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#heardAtMs = options.clock.now();
    this.#stop = onTick(options.clock, this.#look);
  }

  /** Something came from the model. */
  note(): void {
    this.#heardAtMs = this.#options.clock.now();
    this.#askedAtMs = undefined;
  }

  stop(): void {
    this.#stop();
  }

  readonly #look = (): void => {
    const { clock, ask, onSilent } = this.#options;
    const nowMs = clock.now();
    const silentMs = nowMs - this.#heardAtMs;
    if (this.#askedAtMs === undefined) {
      if (silentMs < SILENT_MS) return;
      this.#askedAtMs = nowMs;
      ask();
    } else if (nowMs - this.#askedAtMs >= ANSWER_MS) {
      this.#stop();
      onSilent(silentMs);
    }
  };
}
