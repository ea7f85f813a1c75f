import type { Item } from "./conversation.ts";
import type { Plan } from "./response-rules.ts";
import { fixedTokens, itemTokens, type Tokens } from "./usage.ts";

/** Prompts that are remembered: those of the conversation, and of what is asked beside it. */
const PROMPTS_MAX = 8;

interface Prompt {
  readonly key: string;
  readonly items: readonly (Tokens & { readonly id: string })[];
}

/**
 * What the model has read lately. A prompt that begins as one of them did is read from the cache up to where it differs:
 * other instructions or tools, an item that is gone, shorter or new.
 */
export class PromptCache {
  #prompts: Prompt[] = [];

  /** Notes a prompt. Returns the tokens of its beginning that were known; undefined where not even the instructions were. */
  read({ instructions, tools }: Plan, items: readonly Item[]): Tokens | undefined {
    const prompt: Prompt = {
      key: JSON.stringify([instructions, tools]),
      items: items.map((item) => ({ id: item.id, ...itemTokens(item) })),
    };
    const same = this.#prompts.filter(({ key }) => key === prompt.key).map((known) => shared(known, prompt));
    this.#prompts = [prompt, ...this.#prompts].slice(0, PROMPTS_MAX);
    if (same.length === 0) return undefined;
    const tokens = { text: fixedTokens(instructions, tools), audio: 0 };
    for (const { text, audio } of prompt.items.slice(0, Math.max(...same))) {
      tokens.text += text;
      tokens.audio += audio;
    }
    return tokens;
  }
}

/** How many items at the beginning of two prompts are the same. */
function shared({ items }: Prompt, other: Prompt): number {
  const differs = items.findIndex(({ id, text, audio }, index) => {
    const there = other.items[index];
    return there?.id !== id || there.text !== text || there.audio !== audio;
  });
  return differs < 0 ? items.length : differs;
}
