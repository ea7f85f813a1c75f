import type { LoadedPersona } from "../persona/load.ts";
import type { ResponseRequest } from "./responses.ts";

/**
 * The request that has the agent speak first; undefined when the persona lets the caller begin.
 * A response's instructions replace the session's, so the persona's own text goes along.
 */
export function greetingRequest(persona: LoadedPersona, instructions: string): ResponseRequest | undefined {
  const { greeting } = persona;
  if (greeting === false) return undefined;
  if (greeting === undefined) return { purpose: "greeting" };
  const words = typeof greeting === "string" ? greeting : greeting.say;
  return {
    purpose: "greeting",
    params: {
      instructions: `${instructions}\n\n` +
        "Open the call now: say exactly the words between the quotation marks, all of them and nothing else.\n" +
        `"${words}"`,
    },
  };
}
