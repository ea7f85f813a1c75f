import type { TranscriptionUsage, Usage } from "../realtime/usage.ts";

/** Tokens of one kind, each counted once. */
export interface TokenCount {
  readonly direction: "input" | "output";
  /** `other` is what the server did not split. */
  readonly kind: "text" | "audio" | "other";
  readonly cached: "yes" | "no";
  readonly tokens: number;
}

/**
 * Splits a response's usage so that the parts add up to the whole: what is cached is a part of the input, and taken out
 * of it here. Only kinds that there are any of.
 */
export function tokensOf(usage: Usage): readonly TokenCount[] {
  const [textIn, audioIn] = [atLeast0(usage.inputTextTokens), atLeast0(usage.inputAudioTokens)];
  const [textOut, audioOut] = [atLeast0(usage.outputTextTokens), atLeast0(usage.outputAudioTokens)];
  // Cached tokens of no kind count as text, as they do in the price table.
  const unsplit = atLeast0(usage.cachedTokens - usage.cachedTextTokens - usage.cachedAudioTokens);
  const cachedText = Math.min(atLeast0(usage.cachedTextTokens) + unsplit, textIn);
  const cachedAudio = Math.min(atLeast0(usage.cachedAudioTokens), audioIn);
  const input = (kind: TokenCount["kind"], cached: TokenCount["cached"], tokens: number) =>
    ({ direction: "input", kind, cached, tokens }) as const;
  const output = (kind: TokenCount["kind"], tokens: number) =>
    ({ direction: "output", kind, cached: "no", tokens }) as const;
  return [
    input("text", "no", textIn - cachedText),
    input("text", "yes", cachedText),
    input("audio", "no", audioIn - cachedAudio),
    input("audio", "yes", cachedAudio),
    input("other", "no", usage.inputTokens - textIn - audioIn),
    output("text", textOut),
    output("audio", audioOut),
    output("other", usage.outputTokens - textOut - audioOut),
  ].filter(({ tokens }) => tokens > 0);
}

/** The same of a transcription that is billed by tokens; what it writes is text. */
export function transcriptionTokensOf(
  { inputTokens, inputTextTokens, inputAudioTokens, outputTokens }: TranscriptionUsage & { by: "tokens" },
): readonly TokenCount[] {
  const nothing = { cachedTokens: 0, cachedTextTokens: 0, cachedAudioTokens: 0, outputAudioTokens: 0 };
  const input = { inputTokens, inputTextTokens, inputAudioTokens };
  return tokensOf({ ...nothing, ...input, outputTokens, outputTextTokens: outputTokens });
}

/** A server may write anything, and a counter can't go back. */
function atLeast0(tokens: number): number {
  return Math.max(0, tokens);
}
