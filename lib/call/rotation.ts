import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";

export interface RotationOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Age at which a session is replaced. */
  readonly ageMs: number;
  /** Whether nobody speaks and nothing is under way. */
  readonly isQuiet: () => boolean;
  /** Prepares another session beside the one in use; resolves to what takes it into use. */
  readonly prepare: () => Promise<() => void>;
}

/** How often to look for a pause. */
const LOOK_MS = 200;
/** After a session could not be prepared. */
const RETRY_MS = 30_000;

/** Replaces the model's session before it is an hour old and the API ends it: at a pause, by one that is ready. */
export class Rotation {
  readonly #options: RotationOptions;
  #stopWaiting = () => {};
  #over = false;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  /** A session has just been taken into use. */
  arm(): void {
    this.#after(this.#options.ageMs, () => this.#whenQuiet(() => void this.#replace()));
  }

  /** The call is over. */
  stop(): void {
    this.#over = true;
    this.#stopWaiting();
  }

  async #replace(): Promise<void> {
    const { prepare, log } = this.#options;
    try {
      const takeIntoUse = await prepare();
      // The caller may have begun to speak meanwhile: the old session still listens.
      this.#whenQuiet(takeIntoUse);
    } catch (error) {
      log.warn("Model's session could not be replaced yet", { reason: messageOf(error) });
      this.#after(RETRY_MS, () => this.#whenQuiet(() => void this.#replace()));
    }
  }

  #whenQuiet(act: () => void): void {
    if (this.#over) return;
    if (this.#options.isQuiet()) return act();
    this.#after(LOOK_MS, () => this.#whenQuiet(act));
  }

  #after(delayMs: number, fn: () => void): void {
    if (this.#over) return;
    this.#stopWaiting();
    this.#stopWaiting = this.#options.clock.after(delayMs, fn);
  }
}
