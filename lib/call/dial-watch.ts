import type { Clock } from "../clock.ts";
import type { CallEvent } from "./events.ts";

export interface DialWatchOptions {
  readonly clock: Clock;
  /** Names of the model that is dialled, and of the persona that the session is to be. */
  readonly model: string;
  readonly persona: string;
  readonly tell: (event: CallEvent) => void;
}

type Dialled = Extract<CallEvent, { type: "dialled" }>;

/** Times a dial, from the wish for a session to one that is configured, and tells once what became of it. */
export class DialWatch {
  readonly #options: DialWatchOptions;
  readonly #sinceMs: number;
  #turnMs: number | undefined;
  #openedMs: number | undefined;
  #over = false;

  constructor(options: DialWatchOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.now();
  }

  /** Its turn to dial has come. */
  turn(): void {
    this.#turnMs ??= this.#options.clock.now();
  }

  /** The socket is open. */
  opened(): void {
    this.#openedMs ??= this.#options.clock.now();
  }

  /** @param code why it failed */
  over(outcome: Dialled["outcome"], code?: string): void {
    if (this.#over) return;
    this.#over = true;
    const { clock, model, persona, tell } = this.#options;
    const nowMs = clock.now();
    const turnMs = this.#turnMs ?? nowMs;
    tell({
      type: "dialled",
      outcome,
      model,
      persona,
      durationMs: Math.round(nowMs - this.#sinceMs),
      waitedMs: Math.round(turnMs - this.#sinceMs),
      ...(this.#openedMs === undefined ? {} : { openMs: Math.round(this.#openedMs - turnMs) }),
      ...(code === undefined ? {} : { code }),
    });
  }
}
