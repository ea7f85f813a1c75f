import { priceOf, transcriptionPriceOf } from "../config/prices.ts";
import type { CallCost } from "./cost.ts";

export interface CostLimitOptions {
  /** What the call may cost in all. */
  readonly limitUsd: number;
  readonly cost: CallCost;
  /** That of the session. */
  readonly model: string;
  /** What writes down the caller's words; undefined where nothing does. */
  readonly transcriber: string | undefined;
  /** Of the instructions and tools. */
  readonly promptCharacters: number;
  /** Whether the persona's `summary` is still to be paid for. */
  readonly summary: boolean;
  /** Whether an answer may first take a tool: what that brings is then to be read and told as well. */
  readonly hasTools: boolean;
  /** Whether a tool is under way. */
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
/** Of an estimate on the high side. */
const CHARACTERS_PER_TOKEN = 3;
/** What the caller says in 10 s. */
const CALLER_TOKENS = 100;
/** Of the caller's words that are still to be written down: the last turn, the next, and what is said into the goodbye. */
const WORDS_SECONDS = 30;
/** Usual length of a call of a tool. */
const TOOL_TOKENS = 100;
/** The API caps answers at this or not at all. */
const ANSWER_TOKENS_MAX = 4096;
/** So that the session is not told of every token. */
const STEP_TOKENS = 50;
/** Usual length of a summary after the call. */
export const SUMMARY_TOKENS = 400;
const WARN_SHARE = 0.8;

/**
 * Keeps a call below what it may cost. After each response it reckons what the next one costs to read, and how much the
 * agent may then say so that the goodbye can still be paid. The model's side holds its answers to that length.
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
    // In a microtask: what the response asked for, a tool, is then under way.
    this.#stopWatching = this.#options.cost.watch(() => queueMicrotask(() => this.#judge()));
    this.#judge();
  }

  stop(): void {
    this.#over = true;
    this.#stopWatching();
  }

  #judge(): void {
    const { limitUsd, cost, onWarning, onEnd } = this.#options;
    const tokens = this.#answerTokens();
    if (this.#over || tokens === undefined) return;
    this.#capAt(Math.max(tokens, ANSWER_TOKENS_MIN));
    // Before the first word even a limit that is too low for it does not count.
    if (tokens < ANSWER_TOKENS_MIN && cost.usd > 0) {
      this.stop();
      return onEnd();
    }
    if (this.#warned || cost.usd < limitUsd * WARN_SHARE) return;
    this.#warned = true;
    onWarning();
  }

  /** How long the next answer may be; undefined where the model's prices are not known. */
  #answerTokens(): number | undefined {
    const { limitUsd, cost, model, transcriber, promptCharacters, summary, hasTools, waiting } =
      this.#options;
    const price = priceOf(model);
    if (!price) return undefined;
    const perToken = (tokens: number, price: number) => tokens * price / 1e6;
    const firstUsd = perToken(promptCharacters / CHARACTERS_PER_TOKEN, price.textIn);
    const { usd, againUsd } = cost.usd > 0 ? cost.reading : { usd: firstUsd, againUsd: firstUsd };
    const readUsd = usd + perToken(CALLER_TOKENS, price.audioIn);
    const toolUsd = hasTools && !waiting() ? againUsd + perToken(TOOL_TOKENS, price.textOut) : 0;
    const goodbyeUsd = againUsd + perToken(GOODBYE_TOKENS, price.audioOut);
    const summaryUsd = summary
      ? againUsd + perToken(GOODBYE_TOKENS, price.audioIn) + perToken(SUMMARY_TOKENS, price.textOut)
      : 0;
    const wordsUsd = (transcriptionPriceOf(transcriber ?? "")?.minute ?? 0) * WORDS_SECONDS / 60;
    const leftUsd = limitUsd - cost.usd - readUsd - wordsUsd - toolUsd - goodbyeUsd - summaryUsd;
    // What is said is paid twice: the goodbye reads it.
    return Math.floor(leftUsd / perToken(1, price.audioOut + price.audioIn));
  }

  #capAt(tokens: number): void {
    const cap = Math.floor(tokens / STEP_TOKENS) * STEP_TOKENS;
    if (cap >= this.#cap || cap > ANSWER_TOKENS_MAX) return;
    this.#cap = cap;
    this.#options.onCap(cap);
  }
}
