/** US dollars per million tokens. */
export interface ModelPrice {
  readonly textIn: number;
  readonly textCached: number;
  readonly textOut: number;
  readonly audioIn: number;
  readonly audioCached: number;
  readonly audioOut: number;
}

/** Tokens of one response. What is cached is a part of the input, not added to it. */
export interface BilledTokens {
  readonly inputTokens: number;
  readonly inputTextTokens: number;
  readonly inputAudioTokens: number;
  readonly cachedTokens: number;
  readonly cachedTextTokens: number;
  readonly cachedAudioTokens: number;
  readonly outputTokens: number;
  readonly outputTextTokens: number;
  readonly outputAudioTokens: number;
}

/** When the table was last compared with its source, OpenAI's page of prices. */
export const PRICES_AS_OF = "2026-11";
export const PRICES_SOURCE = "https://developers.openai.com/api/docs/pricing";

const REALTIME_2: ModelPrice = {
  textIn: 4,
  textCached: 0.4,
  textOut: 24,
  audioIn: 32,
  audioCached: 0.4,
  audioOut: 64,
};
const REALTIME_1: ModelPrice = { ...REALTIME_2, textOut: 16 };
const MINI: ModelPrice = {
  textIn: 0.6,
  textCached: 0.06,
  textOut: 2.4,
  audioIn: 10,
  audioCached: 0.3,
  audioOut: 20,
};

/** What each model's tokens cost; the models that answer calls, without those that transcribe beside them. */
export const PRICES: Readonly<Record<string, ModelPrice>> = {
  "gpt-realtime-2.1": REALTIME_2,
  "gpt-realtime-2": REALTIME_2,
  "gpt-realtime-1.5": REALTIME_1,
  "gpt-realtime": REALTIME_1,
  "gpt-realtime-2.1-mini": MINI,
  "gpt-realtime-mini": MINI,
};

/** The prices of a model, also of one of its dated versions; undefined for a model that is not known. */
export function priceOf(model: string): ModelPrice | undefined {
  const name = model.replace(/-\d{4}-\d\d-\d\d$/, "");
  return Object.hasOwn(PRICES, name) ? PRICES[name] : undefined;
}

/**
 * What a response cost in US dollars; undefined where the model's prices are not known. Each response bills its whole
 * context, as far as it is cached at the lower price. Where the server does not split a number by text and audio,
 * the estimate is the higher one.
 */
export function costUsd(model: string, tokens: BilledTokens): number | undefined {
  const price = priceOf(model);
  if (!price) return undefined;
  // Cached tokens of no kind count as text, on which they save less.
  const unsplit = Math.max(0, tokens.cachedTokens - tokens.cachedTextTokens - tokens.cachedAudioTokens);
  const cachedText = Math.min(tokens.cachedTextTokens + unsplit, tokens.inputTextTokens);
  const cachedAudio = Math.min(tokens.cachedAudioTokens, tokens.inputAudioTokens);
  const otherIn = Math.max(0, tokens.inputTokens - tokens.inputTextTokens - tokens.inputAudioTokens);
  const otherOut = Math.max(0, tokens.outputTokens - tokens.outputTextTokens - tokens.outputAudioTokens);
  const millionths = (tokens.inputTextTokens - cachedText) * price.textIn + cachedText * price.textCached +
    (tokens.inputAudioTokens - cachedAudio + otherIn) * price.audioIn + cachedAudio * price.audioCached +
    tokens.outputTextTokens * price.textOut + (tokens.outputAudioTokens + otherOut) * price.audioOut;
  return millionths / 1e6;
}
