/** A recording beside the persona, mono, 16 bit, 8, 16 or 24 kHz. */
export interface Sound {
  file: string;
  /** What is said in it, for the transcript. @default its length */
  words?: string;
}

/** What the caller does. Made by `caller`. */
export type CallerStep =
  | { readonly caller: "says"; readonly what: string | Sound }
  | { readonly caller: "interrupts"; readonly what: string | Sound; readonly afterMs: number }
  | { readonly caller: "waits"; readonly ms: number }
  | { readonly caller: "presses"; readonly keys: string }
  | { readonly caller: "hangs up" };

/** What the simulated model answers. Made by `agent`. */
export type AgentLine =
  | { readonly agent: "says"; readonly text: string }
  | {
    readonly agent: "calls";
    readonly tool: string;
    readonly arguments: Readonly<Record<string, unknown>>;
    readonly saying?: string;
  }
  | { readonly agent: "fails" };

/**
 * The caller of a scene. Each step begins when the agent has answered the one before and has been silent for 0.7
 * seconds; behind `waits` it begins at once.
 */
export const caller = {
  /** Speaks; the words become sound by the simulator's voice. */
  says: (text: string): CallerStep => ({ caller: "says", what: text }),
  /** Plays a recording: speech, or noise. */
  plays: (file: string, { words }: { words?: string } = {}): CallerStep => ({
    caller: "says",
    what: { file, ...(words === undefined ? {} : { words }) },
  }),
  /** Speaks into the agent's answer, when so much of it has been heard. @param options.afterMs 1000 if left out */
  interrupts: (what: string | Sound, { afterMs = 1000 }: { afterMs?: number } = {}): CallerStep => ({
    caller: "interrupts",
    what,
    afterMs,
  }),
  /**
   * Is silent for so long, from the end of the caller's own words; behind an expectation, from the end of the answer.
   */
  waits: (ms: number): CallerStep => ({ caller: "waits", ms }),
  /** Presses keys of the telephone: 0 to 9, * and #. */
  presses: (keys: string): CallerStep => ({ caller: "presses", keys }),
  /** Hangs up. Without it the caller does so at the end of the scene. */
  hangsUp: (): CallerStep => ({ caller: "hangs up" }),
} as const;

/**
 * The simulated model of a scene: its answers, in this order. What the persona fixes word for word, such as its
 * greeting, is said by itself and has no line here. With the real model (`--live`) these lines are passed over.
 */
export const agent = {
  says: (text: string): AgentLine => ({ agent: "says", text }),
  /** Calls a tool; its result is answered by the next line. */
  calls: (
    tool: string,
    args: Readonly<Record<string, unknown>> = {},
    { saying }: { saying?: string } = {},
  ): AgentLine => ({ agent: "calls", tool, arguments: args, ...(saying === undefined ? {} : { saying }) }),
  /** Breaks off with an error of the server's, as happens now and then. */
  fails: (): AgentLine => ({ agent: "fails" }),
} as const;
