import type { Usage } from "../realtime/usage.ts";
import { costUsd } from "../config/prices.ts";
import type { RecordedModel, RecordedTokens } from "./record.ts";

type Sums = { -readonly [Key in keyof RecordedTokens]: number };

/** Models of one call: handoffs may change it, and nobody has a dozen. */
const MODELS_MAX = 16;
/** Dollars are told to the hundredth of a millionth; a token costs at least that. */
const USD_STEPS = 1e8;

/** Adds up what the responses of a call used, by model. */
export class TokenCount {
  readonly #models = new Map<string, Sums & { responses: number; usd: number | undefined }>();

  add(model: string, usage: Usage): void {
    const sums = this.#of(model);
    if (!sums) return;
    sums.responses++;
    for (const [key, count] of Object.entries(tokensOf(usage))) sums[key as keyof Sums] += count;
    const usd = costUsd(model, usage);
    sums.usd = usd === undefined || sums.usd === undefined ? undefined : sums.usd + usd;
  }

  /** All models together. */
  get total(): RecordedTokens {
    const total = none();
    for (const sums of this.#models.values()) {
      for (const key of Object.keys(total) as (keyof Sums)[]) total[key] += sums[key];
    }
    return total;
  }

  get models(): Readonly<Record<string, RecordedModel>> {
    return Object.fromEntries([...this.#models].map(([model, { usd, ...sums }]) => [
      model,
      { ...sums, ...(usd === undefined ? {} : { usd: rounded(usd) }) },
    ]));
  }

  /** Undefined where a model's prices are not known. */
  get usd(): number | undefined {
    let total = 0;
    for (const { usd } of this.#models.values()) {
      if (usd === undefined) return undefined;
      total += usd;
    }
    return total;
  }

  #of(model: string) {
    const known = this.#models.get(model);
    if (known || this.#models.size >= MODELS_MAX) return known;
    const made = { ...none(), responses: 0, usd: 0 };
    this.#models.set(model, made);
    return made;
  }
}

/** Dollars as they are written. */
export function rounded(usd: number): number {
  return Math.round(usd * USD_STEPS) / USD_STEPS;
}

function none(): Sums {
  return {
    input: 0,
    inputText: 0,
    inputAudio: 0,
    cached: 0,
    cachedText: 0,
    cachedAudio: 0,
    output: 0,
    outputText: 0,
    outputAudio: 0,
  };
}

function tokensOf(usage: Usage): RecordedTokens {
  return {
    input: usage.inputTokens,
    inputText: usage.inputTextTokens,
    inputAudio: usage.inputAudioTokens,
    cached: usage.cachedTokens,
    cachedText: usage.cachedTextTokens,
    cachedAudio: usage.cachedAudioTokens,
    output: usage.outputTokens,
    outputText: usage.outputTextTokens,
    outputAudio: usage.outputAudioTokens,
  };
}
