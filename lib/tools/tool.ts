import type { Log } from "../log.ts";

/** Whether running a tool changes anything outside of the call. What is a `write` is never tried a second time. */
export type Effect = "read" | "write";

/** Anything that a call can offer to the model. */
export interface Tool {
  readonly name: string;
  /** What it does and when to use it, for the model. */
  readonly description: string;
  /** JSON Schema of its arguments: an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Longest time that `run` takes. */
  readonly timeoutMs: number;
  /** A sentence to be said when the answer takes a while. */
  readonly whileWaiting?: string;
  readonly effect: Effect;
  /** Whether the caller has to agree before it runs. */
  readonly confirm: boolean;
  /** Runs it. Never rejects: whatever goes wrong is an outcome that the model can be told. */
  run(args: unknown, call: ToolCallContext): Promise<ToolOutcome>;
}

/** The call in which a tool is run. */
export interface ToolCallContext {
  readonly uuid: string;
  readonly persona: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Fires when nobody waits for the outcome any more. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

export type ToolOutcome =
  /** For the model, already within the size limit. */
  | { readonly kind: "output"; readonly text: string }
  /** Words that the model can use: what is wrong with the arguments, or why there is no result. */
  | { readonly kind: "error"; readonly text: string }
  /** To be done by the call itself, once the agent's words have been heard. */
  | { readonly kind: "control"; readonly action: ControlAction };

export type ControlAction =
  | { readonly type: "hangup" }
  | {
    readonly type: "transfer";
    readonly extension: string;
    readonly context: string;
    readonly priority: number;
  }
  | { readonly type: "handoff"; readonly persona: string };
