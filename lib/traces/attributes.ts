import { costUsd } from "../config/prices.ts";
import type { Usage } from "../realtime/usage.ts";
import type { Attributes } from "./span.ts";

/**
 * Names of OpenTelemetry's semantic conventions for generative AI, all of them of the status "Development": they may still
 * change. https://github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai. What is `parley.*` is our own.
 */
export const GEN_AI = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  agent: "gen_ai.agent.name",
  conversation: "gen_ai.conversation.id",
  model: "gen_ai.request.model",
  outputType: "gen_ai.output.type",
  responseId: "gen_ai.response.id",
  finishReasons: "gen_ai.response.finish_reasons",
  inputMessages: "gen_ai.input.messages",
  outputMessages: "gen_ai.output.messages",
  toolName: "gen_ai.tool.name",
  toolType: "gen_ai.tool.type",
  toolCallId: "gen_ai.tool.call.id",
  toolArguments: "gen_ai.tool.call.arguments",
  toolResult: "gen_ai.tool.call.result",
} as const;

/**
 * What a response used: those with a kind, and what is cached, are parts of the whole and not added to it. The published
 * names know the kinds since the split by modality.
 */
export function usageAttributes(model: string, usage: Usage): Attributes {
  return {
    "gen_ai.usage.input_tokens": usage.inputTokens,
    "gen_ai.usage.output_tokens": usage.outputTokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cachedTokens,
    "gen_ai.usage.text.input_tokens": usage.inputTextTokens,
    "gen_ai.usage.audio.input_tokens": usage.inputAudioTokens,
    "gen_ai.usage.text.cache_read.input_tokens": usage.cachedTextTokens,
    "gen_ai.usage.audio.cache_read.input_tokens": usage.cachedAudioTokens,
    "gen_ai.usage.text.output_tokens": usage.outputTextTokens,
    "gen_ai.usage.audio.output_tokens": usage.outputAudioTokens,
    "parley.cost.usd": costUsd(model, usage),
  };
}

/** Attributes whose values are no whole numbers. */
export const FRACTIONS: ReadonlySet<string> = new Set(["parley.cost.usd"]);

/** Longest text of an attribute. */
const TEXT_MAX = 4_000;

/** A text as it may stand in a span. */
export function clipped(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX).toWellFormed()}...` : text.toWellFormed();
}

/** What was said, in the conventions' form; undefined where nothing was. */
export function messages(role: "user" | "assistant", texts: readonly string[]): string | undefined {
  if (texts.length === 0) return undefined;
  return JSON.stringify(texts.map((text) => ({ role, parts: [{ type: "text", content: clipped(text) }] })));
}
