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

/** What each model's tokens cost; the models that answer calls. */
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
  return ofModel(PRICES, model);
}

/** The entry of a model in a table of prices, by its name without a date. */
function ofModel<Price>(prices: Readonly<Record<string, Price>>, model: string): Price | undefined {
  const name = model.replace(/-\d{4}-\d\d-\d\d$/, "");
  return Object.hasOwn(prices, name) ? prices[name] : undefined;
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

/** US dollars of a model that writes down what callers say. */
export interface TranscriptionPrice {
  /** For a minute of audio; of models that bill tokens it is OpenAI's own estimate. */
  readonly minute: number;
  /** For a million tokens, where it bills those. */
  readonly tokens?: { readonly textIn: number; readonly audioIn: number; readonly textOut: number };
}

/** What one transcription is billed by. */
export type BilledTranscription =
  | { readonly by: "duration"; readonly seconds: number }
  | {
    readonly by: "tokens";
    readonly inputTokens: number;
    readonly inputTextTokens: number;
    readonly inputAudioTokens: number;
    readonly outputTokens: number;
  };

const GPT_4O: TranscriptionPrice = { minute: 0.006, tokens: { textIn: 2.5, audioIn: 6, textOut: 10 } };
const GPT_4O_MINI: TranscriptionPrice = { minute: 0.003, tokens: { textIn: 1.25, audioIn: 3, textOut: 5 } };

/**
 * What the models cost that transcribe beside the conversation, by OpenAI's pages of each model and of prices; as old as
 * `PRICES_AS_OF`. https://developers.openai.com/api/docs/models/gpt-transcribe
 */
export const TRANSCRIPTION_PRICES: Readonly<Record<string, TranscriptionPrice>> = {
  "gpt-transcribe": { minute: 0.0045 },
  "gpt-live-transcribe": { minute: 0.017 },
  "gpt-realtime-whisper": { minute: 0.017 },
  "whisper-1": { minute: 0.006 },
  "gpt-4o-transcribe": GPT_4O,
  "gpt-4o-transcribe-diarize": GPT_4O,
  "gpt-4o-mini-transcribe": GPT_4O_MINI,
};

/** The price of a model that transcribes, also of a dated version; undefined for one that is not known. */
export function transcriptionPriceOf(model: string): TranscriptionPrice | undefined {
  return ofModel(TRANSCRIPTION_PRICES, model);
}

/**
 * What a transcription cost in US dollars; undefined where that is not known: no price, no bill, or a bill by what the
 * price does not go by.
 */
export function transcriptionUsd(model: string, billed: BilledTranscription | undefined): number | undefined {
  const price = transcriptionPriceOf(model);
  if (!price || !billed) return undefined;
  if (billed.by === "duration") return Math.max(0, billed.seconds) * price.minute / 60;
  if (!price.tokens) return undefined;
  const { textIn, audioIn, textOut } = price.tokens;
  const { inputTextTokens: text, inputAudioTokens: audio } = billed;
  // What the server does not split is taken for the dearer kind.
  const other = Math.max(0, billed.inputTokens - text - audio);
  return (text * textIn + (audio + other) * audioIn + billed.outputTokens * textOut) / 1e6;
}
