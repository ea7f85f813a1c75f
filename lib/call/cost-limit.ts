import { priceOf } from "../config/prices.ts";
import type { CallCost } from "./cost.ts";

export interface CostLimitOptions {
  /** What the call may cost in all. */
  readonly limitUsd: number;
  readonly cost: CallCost;
  /** That of the session. */
  readonly model: string;
  /** Whether the persona's `summary` is still to be paid for. */
  readonly summary: boolean;
  /** Whether the caller waits for something that is under way, a tool. */
  readonly waiting: () => boolean;
  /** No answer may be longer from now on, in tokens. */
  readonly onCap: (tokens: number) => void;
  /** 80 % are spent. */
  readonly onWarning: () => void;
  /** What is left is enough for the goodbye, not for another answer. */
  readonly onEnd: () => void;
}

/** Longest goodbye, in tokens: 12 s of speech, or less after some thought. */
export const GOODBYE_TOKENS = 250;
/** An answer of less than 10 s is not begun. */
const ANSWER_TOKENS_MIN = 200;
/** The API caps answers at this or not at all. */
const ANSWER_TOKENS_MAX = 4096;
/** So that the session is not told of every token. */
const STEP_TOKENS = 50;
/** Usual length of a summary after the call. */
export const SUMMARY_TOKENS = 400;
const WARN_SHARE = 0.8;

/**
 * Keeps a call below what it may cost. After each response it reckons what the next one may cost: as much to read as the
 * last, and so many tokens to speak that the goodbye can still be paid. The model's side holds an answer to that length.
 */
export class CostLimit {
  readonly #options: CostLimitOptions;
  #cap = ANSWER_TOKENS_MAX + 1;
  #warned = false;
  #over = false;
  #stopWatching = () => {};

  constructor(options: CostLimitOptions) {
    this.#options = options;
  }

  /** The conversation begins, or goes on in this session. */
  start(): void {
    const { cost } = this.#options;
    // In a microtask: what the response asked for, a tool, is then under way.
    this.#stopWatching = cost.watch(() => queueMicrotask(() => this.#judge()));
    if (cost.usd > 0) this.#judge();
  }

  stop(): void {
    this.#over = true;
    this.#stopWatching();
  }

  #judge(): void {
    const { limitUsd, cost, waiting, onWarning, onEnd } = this.#options;
    const tokens = this.#answerTokens();
    if (this.#over || tokens === undefined) return;
    if (tokens < ANSWER_TOKENS_MIN) {
      this.#capAt(ANSWER_TOKENS_MIN);
      // The tool's result is told first, and judged anew.
      if (waiting() && cost.usd < limitUsd) return;
      this.stop();
      return onEnd();
    }
    this.#capAt(tokens);
    if (this.#warned || cost.usd < limitUsd * WARN_SHARE) return;
    this.#warned = true;
    onWarning();
  }

  /** How long the next answer may be; undefined where the model's prices are not known. */
  #answerTokens(): number | undefined {
    const { limitUsd, cost, model, summary } = this.#options;
    const price = priceOf(model);
    if (!price) return undefined;
    const readUsd = cost.input.usd;
    const goodbyeUsd = readUsd + GOODBYE_TOKENS * price.audioOut / 1e6;
    const summaryUsd = summary ? readUsd + SUMMARY_TOKENS * price.textOut / 1e6 : 0;
    return Math.floor((limitUsd - cost.usd - goodbyeUsd - summaryUsd - readUsd) * 1e6 / price.audioOut);
  }

  #capAt(tokens: number): void {
    const cap = Math.floor(tokens / STEP_TOKENS) * STEP_TOKENS;
    if (cap >= this.#cap || cap > ANSWER_TOKENS_MAX) return;
    this.#cap = cap;
    this.#options.onCap(cap);
  }
}
