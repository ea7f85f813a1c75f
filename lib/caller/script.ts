import { FRAME_MS } from "./playout.ts";

/** One thing the caller does. */
export type Step = { readonly say: Int16Array } | { readonly press: string };

/** When the caller does it. Times in ms. */
export interface Timing {
  /** When the first step begins: after the greeting, or this long after the call began. @default {"greeting"} */
  readonly speakAtMs: number | "greeting";
  /** Each further step cuts into the answer before it instead of waiting for its end. @default {false} */
  readonly bargeIn: boolean;
  /** Audio of an answer that the caller listens to before cutting in. @default {1500} */
  readonly bargeInAfterMs: number;
  /** Silence that says the agent has ended. @default {700} */
  readonly turnQuietMs: number;
  /** Silence after the last answer that ends the call. @default {2000} */
  readonly endQuietMs: number;
  /** How long to wait for a greeting, before speaking anyway. @default {5000} */
  readonly noGreetingMs: number;
  /** How long to wait for an answer, before going on without. @default {10000} */
  readonly noAnswerMs: number;
  /** How long to listen to one answer at most. @default {60000} */
  readonly listenMs: number;
}

export const DEFAULT_TIMING: Timing = {
  speakAtMs: "greeting",
  bargeIn: false,
  bargeInAfterMs: 1500,
  turnQuietMs: 700,
  endQuietMs: 2000,
  noGreetingMs: 5000,
  noAnswerMs: 10_000,
  listenMs: 60_000,
};

/** What the caller hears, as far as it decides when to speak. */
export interface Hearing {
  /** Since the call began. */
  readonly nowMs: number;
  /** Agent audio heard in all. */
  readonly heardTotalMs: number;
  /** Silence since the last of it; 0 while more waits, undefined when there was none. */
  readonly quietMs: number | undefined;
}

export type Action = { readonly do: "begin"; readonly step: Step } | {
  readonly do: "end";
  readonly why: EndReason;
};
export type EndReason = "answered" | "no answer" | "limit";

/** Decides when the caller does each of its steps and when it hangs up. Knows no audio, socket or timer. */
export class Script {
  readonly #steps: readonly Step[];
  readonly #timing: Timing;
  /** Steps begun. */
  #begun = 0;
  #busy = false;
  /** When the caller ended its last step, and what it had heard by then. */
  #sinceMs = 0;
  #heardBeforeMs = 0;

  constructor(steps: readonly Step[], timing: Timing) {
    this.#steps = steps;
    this.#timing = timing;
  }

  /** Asked every 20 ms: what to do now, if anything. */
  next(hearing: Hearing): Action | undefined {
    if (this.#busy) return undefined;
    const step = this.#steps[this.#begun];
    if (step) {
      if (!this.#isTimeFor(hearing)) return undefined;
      this.#begun++;
      this.#busy = true;
      return { do: "begin", step };
    }
    const why = this.#reasonToEnd(hearing);
    return why && { do: "end", why };
  }

  /** The step that was begun has been done. */
  done({ nowMs, heardTotalMs }: Hearing): void {
    this.#busy = false;
    this.#sinceMs = nowMs;
    // The rest of a frame that plays at this moment is no answer.
    this.#heardBeforeMs = Math.ceil(heardTotalMs / FRAME_MS) * FRAME_MS;
  }

  #isTimeFor(hearing: Hearing): boolean {
    const { speakAtMs, bargeIn, bargeInAfterMs, turnQuietMs, noGreetingMs, noAnswerMs, listenMs } =
      this.#timing;
    const first = this.#begun === 0;
    if (first && speakAtMs !== "greeting") return hearing.nowMs >= speakAtMs;
    const answerMs = hearing.heardTotalMs - this.#heardBeforeMs;
    const waitedMs = hearing.nowMs - this.#sinceMs;
    if (answerMs <= 0) return waitedMs >= (first ? noGreetingMs : noAnswerMs);
    if (!first && bargeIn && answerMs >= bargeInAfterMs) return true;
    return (hearing.quietMs ?? 0) >= turnQuietMs || waitedMs >= listenMs;
  }

  #reasonToEnd(hearing: Hearing): EndReason | undefined {
    const { endQuietMs, noAnswerMs, listenMs } = this.#timing;
    const waitedMs = hearing.nowMs - this.#sinceMs;
    if (waitedMs >= listenMs) return "limit";
    if (hearing.heardTotalMs <= this.#heardBeforeMs) return waitedMs >= noAnswerMs ? "no answer" : undefined;
    return (hearing.quietMs ?? 0) >= endQuietMs ? "answered" : undefined;
  }
}
