import { costUsd } from "../config/prices.ts";
import type { CallEvent } from "./events.ts";

type Response = Extract<CallEvent, { type: "response" }>;

/** What a call has cost so far: the responses whose usage the model told, in the conversation and beside it. */
export class CallCost {
  #usd = 0;
  #input = { usd: 0, uncachedUsd: 0 };
  readonly #unpriced = new Set<string>();
  readonly #watchers = new Set<() => void>();

  /** US dollars, of the models whose prices are known. */
  get usd(): number {
    return this.#usd;
  }

  /** Models that answered and have no price. */
  get unpriced(): readonly string[] {
    return [...this.#unpriced];
  }

  /**
   * What it cost to read for the newest response, and what it would have cost with nothing cached: the next one reads
   * about as much. 0 before the first.
   */
  get input(): { readonly usd: number; readonly uncachedUsd: number } {
    return this.#input;
  }

  /** Takes note of an event of the call. */
  note(event: CallEvent): void {
    if (event.type !== "response") return;
    this.#add(event);
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Calls `fn` after each response. Returns what ends that. */
  watch(fn: () => void): () => void {
    this.#watchers.add(fn);
    return () => this.#watchers.delete(fn);
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
    const input = { ...usage, outputTokens: 0, outputTextTokens: 0, outputAudioTokens: 0 };
    const uncached = { ...input, cachedTokens: 0, cachedTextTokens: 0, cachedAudioTokens: 0 };
    this.#input = { usd: costUsd(model, input)!, uncachedUsd: costUsd(model, uncached)! };
  }
}
