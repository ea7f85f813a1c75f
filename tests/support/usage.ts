import type { Usage } from "../../lib/realtime/events.ts";
import type { SentEvent } from "../../lib/simulator/simulator.ts";

/** `usage` of a response, as the API sends it. */
export interface SentUsage {
  input_tokens: number;
  output_tokens: number;
  input_token_details: {
    text_tokens: number;
    audio_tokens: number;
    cached_tokens: number;
    cached_tokens_details: { text_tokens: number; audio_tokens: number };
  };
  output_token_details: { text_tokens: number; audio_tokens: number };
}

/** The responses that were over, in order, as the server told them. */
export function responsesIn(events: readonly SentEvent[]) {
  return events.filter(({ type }) => type === "response.done")
    .map((event) =>
      (event as unknown as { response: { id: string; status: string; usage: SentUsage } }).response
    );
}

/** By the prices of gpt-realtime-2.1, written down once more: dollars a million, what is cached being part of the input. */
export function priceOf({ input_token_details: input, output_token_details: output }: SentUsage): number {
  const { text_tokens: text, audio_tokens: audio, cached_tokens_details: cached } = input;
  const millionths = (text - cached.text_tokens) * 4 + cached.text_tokens * 0.4 +
    (audio - cached.audio_tokens) * 32 + cached.audio_tokens * 0.4 +
    output.text_tokens * 24 + output.audio_tokens * 64;
  return millionths / 1e6;
}

/** What one response cost. */
export function usdOf(events: readonly SentEvent[], responseId: string): number {
  return responsesIn(events).filter(({ id }) => id === responseId)
    .reduce((sum, { usage }) => sum + priceOf(usage), 0);
}

/** What all of it cost: responses, and what wrote down the caller's words. */
export function usdOfAll(events: readonly SentEvent[]): number {
  const answers = responsesIn(events).reduce((sum, { usage }) => sum + priceOf(usage), 0);
  return transcriptionsIn(events).reduce((sum, { usage }) => sum + transcriptionPriceOf(usage), answers);
}

/** `usage` of a transcription, as the API sends it for a model that is billed by time. */
export interface SentTranscriptionUsage {
  type: "duration";
  seconds: number;
}

/** What the caller said as it was written down, in order, as the server told it. */
export function transcriptionsIn(events: readonly SentEvent[]) {
  return events.filter(({ type }) => type === "conversation.item.input_audio_transcription.completed")
    .map((event) =>
      event as unknown as { item_id: string; transcript: string; usage: SentTranscriptionUsage }
    );
}

/** By the price of gpt-transcribe, written down once more: $0.0045 a minute. */
export function transcriptionPriceOf({ seconds }: SentTranscriptionUsage): number {
  return seconds * 0.0045 / 60;
}

/** As the service reads the usage of a response that read and said nothing. */
export const NOTHING: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  inputTextTokens: 0,
  inputAudioTokens: 0,
  cachedTokens: 0,
  cachedTextTokens: 0,
  cachedAudioTokens: 0,
  outputTextTokens: 0,
  outputAudioTokens: 0,
};
