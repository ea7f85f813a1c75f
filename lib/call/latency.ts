import type { Clock } from "../clock.ts";

export interface LatencyOptions {
  readonly clock: Clock;
  /** Caller audio that the session has been sent, ms. */
  readonly sentMs: () => number;
  /** Silence that ends a turn, ms; 0 where something else does. */
  readonly silenceMs: number;
  readonly onAnswered: (latencyMs: number, modelMs: number) => void;
}

/**
 * How long the caller waits for an answer: from the end of their speech to its first audio. The API tells when speech
 * ended by the audio that it was sent, and counts the silence that ended the turn in (`audio_end_ms`).
 */
export class Latency {
  readonly #options: LatencyOptions;
  /** Of the turn that waits for its answer, by the clock. */
  #waiting: { readonly speechEndMs: number; readonly noticedMs: number } | undefined;

  constructor(options: LatencyOptions) {
    this.#options = options;
  }

  /** The caller speaks, or the answer is not to this turn. */
  reset(): void {
    this.#waiting = undefined;
  }

  /** `input_audio_buffer.speech_stopped`. */
  speechStopped(audioEndMs: number): void {
    const { clock, sentMs, silenceMs } = this.#options;
    const nowMs = clock.now();
    const agoMs = Math.max(0, sentMs() - audioEndMs) + silenceMs;
    this.#waiting = { speechEndMs: nowMs - agoMs, noticedMs: nowMs };
  }

  /** Agent audio leaves for the line. */
  audio(): void {
    if (!this.#waiting) return;
    const { clock, onAnswered } = this.#options;
    const { speechEndMs, noticedMs } = this.#waiting;
    this.#waiting = undefined;
    const nowMs = clock.now();
    onAnswered(Math.round(nowMs - speechEndMs), Math.round(nowMs - noticedMs));
  }
}
