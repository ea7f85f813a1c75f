import { toSayExactly } from "../realtime/exact-words.ts";
import { renderSpoken } from "../persona/template.ts";
import type { ConversationOptions } from "./conversation-options.ts";
import type { ResponseRequest, Responses } from "./responses.ts";

/** A request for exact words, in the character that the instructions give. */
export function sayExactly(purpose: string, words: string, instructions: string): ResponseRequest {
  return { purpose, params: { instructions: toSayExactly(words, instructions) } };
}

/** Has the agent speak at our wish: `say` exact words, `direct` in its own after a direction of ours. */
export function createSpeaker(
  { instructions, facts }: Pick<ConversationOptions, "instructions" | "facts">,
  responses: Responses,
): { say: (purpose: string, words: string) => void; direct: (purpose: string, direction: string) => void } {
  return {
    say(purpose, words) {
      responses.request(sayExactly(purpose, renderSpoken(words, facts), instructions.text));
    },
    direct(purpose, direction) {
      responses.request({ purpose, params: { instructions: `${instructions.text}\n\n${direction}` } });
    },
  };
}
