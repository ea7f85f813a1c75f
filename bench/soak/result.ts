import type { LineEnd } from "./line.ts";
import type { CallPlan } from "./plan.ts";

/** How a call ended, as its caller saw it. */
export type Outcome =
  /** By the caller, and the service said goodbye too. */
  | "hung_up"
  /** By the caller, without a word. */
  | "vanished"
  /** By the agent, who was asked to. */
  | "agent_ended"
  /** By the caller, as the agent did not end it though asked to. */
  | "gave_up"
  /** By the service, with an error that says why. */
  | "told_error"
  /** By the service, as the line broke a limit on purpose. */
  | "limited"
  /** Before it began, with an HTTP status. */
  | "refused"
  /** Before it began, without a word. */
  | "not_opened"
  /**
   * By the service, unasked, with a reset: a caller that goes on sending may lose the words that went before the close,
   * as the runtime does not wait for the answer to its close frame.
   */
  | "reset"
  /** By the service, unasked and without an error. */
  | "cut"
  /** Not at all, though it should have: a close that was not answered, a line that just hangs. */
  | "stuck";

export interface CallResult {
  readonly plan: CallPlan;
  readonly outcome: Outcome;
  readonly end: LineEnd;
  /** What the service said last that was wrong, or what a stuck call waited for. */
  readonly error: string | undefined;
  /** From `init` to the first agent audio. */
  readonly firstAudioMs: number | undefined;
  /** From the open line to the end. */
  readonly lastedMs: number;
}
