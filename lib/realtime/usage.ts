import { fields, number } from "./json.ts";

/** What a response cost, in tokens. What is cached is a part of the input, not added to it. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly inputTextTokens: number;
  readonly inputAudioTokens: number;
  readonly cachedTokens: number;
  readonly cachedTextTokens: number;
  readonly cachedAudioTokens: number;
  readonly outputTextTokens: number;
  readonly outputAudioTokens: number;
}

/** Reads the `usage` of a response; what the server does not tell is 0. */
export function usageOf(value: unknown): Usage {
  const usage = fields(value);
  const input = fields(usage.input_token_details);
  const cached = fields(input.cached_tokens_details);
  const output = fields(usage.output_token_details);
  return {
    inputTokens: number(usage.input_tokens),
    outputTokens: number(usage.output_tokens),
    inputTextTokens: number(input.text_tokens),
    inputAudioTokens: number(input.audio_tokens),
    cachedTokens: number(input.cached_tokens),
    cachedTextTokens: number(cached.text_tokens),
    cachedAudioTokens: number(cached.audio_tokens),
    outputTextTokens: number(output.text_tokens),
    outputAudioTokens: number(output.audio_tokens),
  };
}

/** What writing down the caller's words cost: by tokens or by time, as the model that does it is billed. */
export type TranscriptionUsage =
  | {
    readonly by: "tokens";
    readonly inputTokens: number;
    readonly inputTextTokens: number;
    readonly inputAudioTokens: number;
    readonly outputTokens: number;
  }
  | { readonly by: "duration"; readonly seconds: number };

/** Reads the `usage` of a transcription, never below 0; undefined where the server tells none. */
export function transcriptionUsageOf(value: unknown): TranscriptionUsage | undefined {
  const usage = fields(value);
  const count = (of: unknown) => Math.max(0, number(of));
  if (usage.type === "duration") return { by: "duration", seconds: count(usage.seconds) };
  if (usage.type !== "tokens") return undefined;
  const input = fields(usage.input_token_details);
  return {
    by: "tokens",
    inputTokens: count(usage.input_tokens),
    inputTextTokens: count(input.text_tokens),
    inputAudioTokens: count(input.audio_tokens),
    outputTokens: count(usage.output_tokens),
  };
}
