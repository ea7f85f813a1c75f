import type { Clock } from "../clock.ts";

export interface LivenessOptions {
  readonly clock: Clock;
  /** Sends what every live server answers at once. */
  readonly ask: () => void;
  /** No answer: the session is lost, whatever its socket says. */
  readonly onSilent: (silentMs: number) => void;
}

const LOOK_MS = 1_000;
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
  #stop: () => void;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#heardAtMs = options.clock.now();
    this.#stop = options.clock.after(LOOK_MS, this.#look);
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
    if (this.#askedAtMs !== undefined && nowMs - this.#askedAtMs >= ANSWER_MS) return onSilent(silentMs);
    if (this.#askedAtMs === undefined && silentMs >= SILENT_MS) {
      this.#askedAtMs = nowMs;
      ask();
    }
    this.#stop = clock.after(LOOK_MS, this.#look);
  };
}
