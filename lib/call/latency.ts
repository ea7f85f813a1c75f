import type { Clock } from "../clock.ts";

export interface LatencyOptions {
  readonly clock: Clock;
  /** Caller audio that the session has been sent, ms. */
  readonly sentMs: () => number;
  /** Silence that ends a turn, ms; 0 where something else does. */
  readonly silenceMs: number;
  /** Audio before the speech that the API counts to it, ms; undefined where that is not known. */
  readonly prefixMs: number | undefined;
  readonly onAnswered: (latencyMs: number, modelMs: number) => void;
}

/**
 * How long the caller waits: from the end of their speech to the answer's first audio, and from the begin of speech that
 * interrupts to silence. The API tells both by the audio that it was sent, and counts in the silence that ended the turn
 * (`audio_end_ms`), and what it kept of the time before the first sound (`audio_start_ms`).
 */
export class Latency {
  readonly #options: LatencyOptions;
  /** Of the turn that waits for its answer, by the clock. */
  #waiting: { readonly speechEndMs: number; readonly noticedMs: number } | undefined;
  /** When the caller began to speak, by the clock, while they do. */
  #speechMs: number | undefined;

  constructor(options: LatencyOptions) {
    this.#options = options;
  }

  /** `input_audio_buffer.speech_started`: what waited for an answer goes on. */
  speechStarted(audioStartMs: number): void {
    this.#waiting = undefined;
    const { clock, sentMs, prefixMs } = this.#options;
    if (prefixMs === undefined) return;
    const agoMs = Math.max(0, sentMs() - audioStartMs - prefixMs);
    this.#speechMs = clock.now() - agoMs;
  }

  /** How long the caller has been speaking; undefined when they don't, or where that is not known. */
  get speakingMs(): number | undefined {
    return this.#speechMs === undefined ? undefined : Math.round(this.#options.clock.now() - this.#speechMs);
  }

  /** `input_audio_buffer.speech_stopped`. */
  speechStopped(audioEndMs: number): void {
    const { clock, sentMs, silenceMs } = this.#options;
    this.#speechMs = undefined;
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
