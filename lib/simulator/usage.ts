import type { Item } from "./conversation.ts";
import { mostTokens } from "./session-rules.ts";
import type { SessionConfig } from "./session-config.ts";
import type { Usage, WireItem } from "./wire.ts";

/** Tokens by kind. */
export interface Tokens {
  text: number;
  audio: number;
}

/** Every message adds a few tokens of its own. */
const PER_ITEM = 3;

/** About four characters to a token; the API's own counter is not public. */
export function textTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** The first of these parts of a text that cost no more than `tokens` together. */
export function affordable(parts: readonly string[], tokens: number): readonly string[] {
  let spent = 0;
  const end = parts.findIndex((part) => (spent += textTokens(part)) > tokens);
  return end < 0 ? parts : parts.slice(0, end);
}

/** What the caller says: 1 token per 100 ms. */
export function callerTokens(ms: number): number {
  return Math.floor(ms / 100);
}

/** What the agent says: 1 token per 50 ms. */
export function agentTokens(ms: number): number {
  return Math.round(ms / 50);
}

/** How long the agent speaks for so many tokens. */
export function agentMs(tokens: number): number {
  return tokens * 50;
}

/** The tokens of an item as the model reads it: heard audio as audio, all else as text. */
export function itemTokens({ shown, audio }: Item): Tokens {
  const spoken = audio
    ? (shown.type === "message" && shown.role === "user" ? callerTokens : agentTokens)(audio.ms)
    : 0;
  return { text: PER_ITEM + textTokens(textOf(shown)), audio: spoken };
}

/** The text that the model reads of an item. */
function textOf(shown: WireItem): string {
  if (shown.type === "message") {
    return (shown.content as { text?: string | null }[]).map((part) => part.text ?? "").join(" ");
  }
  if (shown.type === "function_call") return `${shown.name} ${shown.arguments}`;
  if (shown.type === "function_call_output") return `${shown.output}`;
  return "";
}

/**
 * The part of the conversation that the model still sees: when it grows over the limit the oldest items are
 * left out (down to the limit, or to the share of it that `retention_ratio` keeps). No event tells it.
 * @returns undefined where truncation is disabled and the conversation does not fit
 */
export function inContext(items: readonly Item[], config: SessionConfig): readonly Item[] | undefined {
  const { truncation, model } = config;
  const ratio = typeof truncation === "object" ? truncation : undefined;
  const limit = Math.min(mostTokens(model), ratio?.token_limits?.post_instructions ?? Infinity);
  const counts = items.map(itemTokens).map(({ text, audio }) => text + audio);
  let total = counts.reduce((sum, each) => sum + each, 0);
  if (total <= limit) return items;
  if (truncation === "disabled") return undefined;
  const goal = limit * (ratio?.retention_ratio ?? 1);
  let first = 0;
  while (first < items.length - 1 && total > goal) total -= counts[first++]!;
  return items.slice(first);
}

/** What stands before every conversation: instructions and tools. */
export function fixedTokens(instructions: string, tools: readonly unknown[]): number {
  return textTokens(instructions) + (tools.length > 0 ? textTokens(JSON.stringify(tools)) : 0);
}

/** What the model read for a response: instructions, tools and the items in its context. */
export function inputTokens(instructions: string, tools: readonly unknown[], items: readonly Item[]): Tokens {
  const sum = { text: fixedTokens(instructions, tools), audio: 0 };
  for (const { text, audio } of items.map(itemTokens)) {
    sum.text += text;
    sum.audio += audio;
  }
  return sum;
}

/** The tokens whose beginning was read before: cached in steps of 64, each kind for itself. */
export function cachedTokens(input: Tokens, before: Tokens | undefined): Tokens {
  const step = (now: number, then = 0) => Math.floor(Math.min(now, then) / 64) * 64;
  return { text: step(input.text, before?.text), audio: step(input.audio, before?.audio) };
}

/** `response.usage`. Cached tokens are part of the input, not added to it. */
export function usageOf(input: Tokens, cached: Tokens, output: Tokens): Usage {
  return {
    total_tokens: input.text + input.audio + output.text + output.audio,
    input_tokens: input.text + input.audio,
    output_tokens: output.text + output.audio,
    input_token_details: {
      text_tokens: input.text,
      audio_tokens: input.audio,
      image_tokens: 0,
      cached_tokens: cached.text + cached.audio,
      cached_tokens_details: { text_tokens: cached.text, audio_tokens: cached.audio, image_tokens: 0 },
    },
    output_token_details: { text_tokens: output.text, audio_tokens: output.audio },
  };
}
