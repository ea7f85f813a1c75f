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
