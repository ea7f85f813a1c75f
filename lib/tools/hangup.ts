import { controlTool } from "./control.ts";
import type { Tool } from "./tool.ts";

/** For the `tools` of a persona. */
export interface HangupTool {
  readonly kind: "hangup";
  readonly name: "hangup";
  readonly description?: string;
}

export interface HangupOptions {
  /** When to hang up, for the model. @default when the conversation is over */
  description?: string;
}

const WHEN = "Ends the call, when the conversation is over or the caller asks for it.";
const HOW = "Say goodbye first, in the same turn: the line closes when your words have been heard.";

/** Lets the agent end the call. Takes the place of `avr_hangup`. */
export function hangup({ description }: HangupOptions = {}): HangupTool {
  const common = { kind: "hangup", name: "hangup" } as const;
  return description === undefined ? common : { ...common, description };
}

/** The tool as the model is offered it. */
export function hangupTool(
  { name, description = WHEN }: Pick<HangupTool, "description"> & { name: string },
): Tool {
  return controlTool({ name, description: `${description} ${HOW}`, decide: () => ({ type: "hangup" }) });
}
