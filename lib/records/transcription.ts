import type { CallEvent } from "../call/events.ts";
import { transcriptionUsd } from "../config/prices.ts";
import type { RecordedTranscription } from "./record.ts";
import { rounded } from "./tokens.ts";

type Transcription = Extract<CallEvent, { type: "transcription" }>;

interface Sums {
  completed: number;
  failed: number;
  seconds: number;
  tokens: { input: number; inputText: number; inputAudio: number; output: number } | undefined;
  usd: number | undefined;
}

/** As for the models that answer: nobody has a dozen. */
const MODELS_MAX = 16;

/** Adds up what writing down the caller's words took, by model. */
export class TranscriptionCount {
  readonly #models = new Map<string, Sums>();

  add({ model, outcome, usage }: Transcription): void {
    const sums = this.#of(model);
    if (!sums) return;
    sums[outcome]++;
    if (outcome === "failed") return;
    if (usage?.by === "duration") sums.seconds += usage.seconds;
    if (usage?.by === "tokens") {
      const tokens = sums.tokens ??= { input: 0, inputText: 0, inputAudio: 0, output: 0 };
      tokens.input += usage.inputTokens;
      tokens.inputText += usage.inputTextTokens;
      tokens.inputAudio += usage.inputAudioTokens;
      tokens.output += usage.outputTokens;
    }
    const usd = transcriptionUsd(model, usage);
    sums.usd = usd === undefined || sums.usd === undefined ? undefined : sums.usd + usd;
  }

  get models(): Readonly<Record<string, RecordedTranscription>> {
    return Object.fromEntries(
      [...this.#models].map(([model, { completed, failed, seconds, tokens, usd }]) => [
        model,
        {
          completed,
          failed,
          ...(seconds > 0 ? { seconds } : {}),
          ...tokens,
          ...(usd === undefined ? {} : { usd: rounded(usd) }),
        },
      ]),
    );
  }

  /** Undefined where a price is not known. */
  get usd(): number | undefined {
    let total = 0;
    for (const { usd } of this.#models.values()) {
      if (usd === undefined) return undefined;
      total += usd;
    }
    return total;
  }

  #of(model: string): Sums | undefined {
    const known = this.#models.get(model);
    if (known || this.#models.size >= MODELS_MAX) return known;
    const made: Sums = { completed: 0, failed: 0, seconds: 0, tokens: undefined, usd: 0 };
    this.#models.set(model, made);
    return made;
  }
}
