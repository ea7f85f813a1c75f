import { controlTool } from "./control.ts";
import type { Tool } from "./tool.ts";

const PREFIX = "handoff_to_";
/** Longest name of a persona that can be handed to: the API takes tool names of up to 64 characters. */
export const MAX_PERSONA_NAME = 64 - PREFIX.length;

/** What the model calls the hand-over to a persona. */
export function handoffName(persona: string): string {
  return PREFIX + persona;
}

/** One tool for each persona that a call can be handed to; the values say when. */
export function handoffTools(handoffs: Readonly<Record<string, string>>): Tool[] {
  return Object.entries(handoffs).map(([persona, when]) =>
    controlTool({
      name: handoffName(persona),
      description: `Hands the caller over to ${persona}, who goes on with this conversation. When: ${when} ` +
        "Say in one short sentence that you connect them; do not begin with what the other will do.",
      decide: () => ({ type: "handoff", persona }),
    })
  );
}
