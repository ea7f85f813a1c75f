import type { KnownVoice } from "../config/models.ts";
import type { AgentLine, CallerStep } from "./rehearsal-steps.ts";
import type { Expectation } from "./rehearsal-expect.ts";

export { agent, type AgentLine, caller, type CallerStep, type Sound } from "./rehearsal-steps.ts";
export {
  type EndedBy,
  expect,
  type Expectation,
  type RehearsedCall,
  type Words,
} from "./rehearsal-expect.ts";

/** One line of a scene. */
export type Step = CallerStep | AgentLine | Expectation;

/** How avr-ami answers a hang-up or a transfer. */
export type AmiAnswers = "done" | "unknown call" | "forbidden" | "error" | "unreachable" | "timeout";

/** The call that a tool's stand-in answers. */
export interface StandInCall {
  readonly uuid: string;
  /** Name of the persona. */
  readonly persona: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** How often the tool has been called in this scene, this time included. */
  readonly count: number;
  /** Lets so much of the call's time pass, as a slow tool would. */
  wait(ms: number): Promise<void>;
}

/**
 * Answers in place of a tool, with the result that its `run` would give; what it throws is told to the model as an
 * error. A method's type, so that the arguments may be written as they are known to be: `({ order }: { order: string })`.
 */
export type ToolStandIn = {
  run(args: Readonly<Record<string, unknown>>, call: StandInCall): unknown;
}["run"];

/** What a scene takes place in. */
export interface Setting {
  /** Query parameters of the line's URL. @default none */
  variables?: Readonly<Record<string, string | number | boolean>>;
  /** In place of the tools of these names. The others run as in a call, in their sandboxes. */
  tools?: Readonly<Record<string, ToolStandIn>>;
  /** avr-ami is never the real one. @default "done" */
  ami?: AmiAnswers;
  /** Who speaks the caller's lines. @default "marin" */
  voice?: KnownVoice;
}

/** A scene with a setting of its own, which comes before the rehearsal's. */
export interface Scene extends Setting {
  steps: readonly Step[];
}

/** Calls that a persona is tried out with: the file `supportAgent.rehearsal.ts` beside `supportAgent.ts`. */
export interface Rehearsal extends Setting {
  /** Tells several rehearsals of one file apart. @default none */
  name?: string;
  /** By name: what happens in each call, line by line. */
  scenes: Readonly<Record<string, Scene | readonly Step[]>>;
}

/** Declares a rehearsal; returns it as it is. The default export of its file: one, or a list of several. */
export function defineRehearsal(rehearsal: Rehearsal): Rehearsal {
  return rehearsal;
}
