import { costUsd, transcriptionUsd } from "../config/prices.ts";
import type { CallEvent } from "./events.ts";

type Response = Extract<CallEvent, { type: "response" }>;

/** US dollars for the model to read a conversation. */
export interface Reading {
  /** For the next response, when nothing has been added since the newest. */
  readonly usd: number;
  /** For another one directly after that. */
  readonly againUsd: number;
  /** With nothing of it in the model's cache. */
  readonly uncachedUsd: number;
}

const NOTHING_SAID = { outputTokens: 0, outputTextTokens: 0, outputAudioTokens: 0 };
const NOTHING_CACHED = { cachedTokens: 0, cachedTextTokens: 0, cachedAudioTokens: 0 };

/** What a call has cost so far: the responses, in the conversation and beside it, and what wrote the caller's words down. */
export class CallCost {
  #usd = 0;
  #reading: Reading = { usd: 0, againUsd: 0, uncachedUsd: 0 };
  readonly #unpriced = new Set<string>();
  readonly #watchers = new Set<() => void>();

  /** US dollars, of the models whose prices are known. */
  get usd(): number {
    return this.#usd;
  }

  /** Models that answered or transcribed, and have no price. */
  get unpriced(): readonly string[] {
    return [...this.#unpriced];
  }

  /** What it costs to read the conversation once more; nothing before the first response. */
  get reading(): Reading {
    return this.#reading;
  }

  /** Takes note of an event of the call. */
  note(event: CallEvent): void {
    if (event.type === "transcription") return this.#transcribed(event);
    if (event.type !== "response") return;
    this.#add(event);
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Calls `fn` after each response. Returns what ends that. */
  watch(fn: () => void): () => void {
    this.#watchers.add(fn);
    return () => this.#watchers.delete(fn);
  }

  /** Nobody is told: it comes while the answer is under way, whose cost is not known yet. */
  #transcribed({ outcome, model, usage }: Extract<CallEvent, { type: "transcription" }>): void {
    if (outcome === "failed") return;
    const usd = transcriptionUsd(model, usage);
    if (usd === undefined) this.#unpriced.add(model);
    else this.#usd += usd;
  }

  #add({ model, usage }: Response): void {
    const usd = costUsd(model, usage);
    if (usd === undefined) {
      this.#unpriced.add(model);
      return;
    }
    this.#usd += usd;
    // One that failed has read nothing.
    if (usage.inputTokens === 0) return;
    const input = { ...usage, ...NOTHING_SAID };
    const whole = { ...input, ...NOTHING_CACHED };
    const cached = {
      ...input,
      cachedTokens: usage.inputTokens,
      cachedTextTokens: usage.inputTextTokens,
      cachedAudioTokens: usage.inputAudioTokens,
    };
    const read = costUsd(model, input)!;
    // What was said is read for the first time.
    const said = costUsd(model, {
      ...NOTHING_SAID,
      ...NOTHING_CACHED,
      inputTokens: usage.outputTokens,
      inputTextTokens: usage.outputTextTokens,
      inputAudioTokens: usage.outputAudioTokens,
    })!;
    const isCached = usage.cachedTokens >= usage.inputTokens / 2;
    this.#reading = {
      usd: read + said,
      againUsd: isCached ? costUsd(model, cached)! : read,
      uncachedUsd: costUsd(model, whole)! + said,
    };
  }
}
