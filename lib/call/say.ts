import type { ResponseRequest } from "./responses.ts";

/**
 * A request for exact words. A response's instructions replace the session's, so the persona's own text goes along:
 * without it the agent would fall out of character.
 */
export function sayExactly(purpose: string, words: string, instructions: string): ResponseRequest {
  return {
    purpose,
    params: {
      instructions: `${instructions}\n\n` +
        `Now say exactly the words between the quotation marks, all of them and nothing else.\n"${words}"`,
    },
  };
}
