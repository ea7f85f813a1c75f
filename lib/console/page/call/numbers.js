/** @import { AnyEvent } from "./transcript.js" */

/**
 * How long one answer took.
 * @typedef {object} Answer
 * @property {number} latencyMs from the end of the caller's speech to the first audio
 * @property {number} modelMs of it, from the moment at which the model took the turn for ended
 * @property {number} atMs
 */

/** What a call costs and how fast it is, from the events of the call. */
export class Numbers {
  /** @type {Answer[]} */
  answers = [];
  /** From the call's start to the agent's first word, ms. @type {number | undefined} */
  greetingMs;
  responses = 0;
  interruptions = 0;
  costUsd = 0;
  /** A response whose model has no known price was among them. */
  isCostPartial = false;
  model = "";
  tokens = { inText: 0, inAudio: 0, cached: 0, outText: 0, outAudio: 0 };

  /**
   * @param {AnyEvent} event of the call
   * @param {number} atMs
   * @returns {boolean} whether anything changed
   */
  take(event, atMs) {
    switch (event.type) {
      case "first_audio":
        this.greetingMs = event.sinceStartMs;
        return true;
      case "answered":
        this.answers.push({ latencyMs: event.latencyMs, modelMs: event.modelMs, atMs });
        return true;
      case "interrupted":
        this.interruptions++;
        return true;
      case "response":
        this.#response(event);
        return true;
      case "transcription":
        if (typeof event.costUsd === "number") this.costUsd += event.costUsd;
        else if (event.outcome !== "failed") this.isCostPartial = true;
        return true;
      default:
        return false;
    }
  }

  /** All tokens that were billed. */
  get totalTokens() {
    const { inText, inAudio, outText, outAudio } = this.tokens;
    return inText + inAudio + outText + outAudio;
  }

  /** @param {AnyEvent} event */
  #response({ usage, costUsd, model }) {
    this.responses++;
    this.model = model;
    if (typeof costUsd === "number") this.costUsd += costUsd;
    else this.isCostPartial = true;
    this.tokens.inText += usage.inputTextTokens;
    this.tokens.inAudio += usage.inputAudioTokens;
    this.tokens.cached += usage.cachedTokens;
    this.tokens.outText += usage.outputTextTokens;
    this.tokens.outAudio += usage.outputAudioTokens;
  }
}

/**
 * The middle one of some numbers; of an even count the mean of both.
 * @param {readonly number[]} numbers
 * @returns {number | undefined}
 */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const low = sorted[(sorted.length - 1) >> 1], high = sorted[sorted.length >> 1];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
