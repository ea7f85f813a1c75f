import type { Clock } from "../clock.ts";

export const FRAME_SAMPLES = 160;
export const FRAME_MS = 20;
/** A dry queue is a gap inside an answer until it has lasted this long. */
const ANSWER_OVER_MS = 2000;

/** What became of one answer of the agent. Times are the clock's. */
export interface PlayedAnswer {
  /** When its first frame came in. */
  readonly receivedAtMs: number;
  /** When its first frame began to play; undefined when it never did. */
  heardAtMs: number | undefined;
  /** Audio of it that came in, ms. */
  receivedMs: number;
  /** Audio of it that has begun to play, whole frames, ms; `Playout.heardMs` is exact. */
  playedMs: number;
  /** The longest silence inside it because the queue was dry, ms. */
  longestGapMs: number;
  /** It was cut by an interruption. */
  interrupted: boolean;
}

/**
 * Core's playback, as a model of its own: one frame of 20 ms each 20 ms from a queue, silence when the queue is dry, and
 * an interruption empties it. It keeps no timer: each call first plays what has fallen due, so the result depends
 * on the clock alone.
 */
export class Playout {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #queue: Int16Array[] = [];
  readonly #heard: Int16Array[] = [];
  readonly #answers: PlayedAnswer[] = [];
  /** Samples of the queue's first message that have been played. */
  #offset = 0;
  #queuedSamples = 0;
  #ticks = 0;
  #lastHeardEndMs: number | undefined;
  #newTurn = false;
  #received = 0;
  #played = 0;
  #dropped = 0;
  #interruptions = 0;

  /** Begins to play now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.now();
  }

  /** Queues an audio message: samples at 8 kHz, 160 or any other number. */
  receive(samples: Int16Array): void {
    const nowMs = this.#playUpToNow();
    if (samples.length === 0) return;
    this.#received++;
    if (this.#queuedSamples === 0 && this.#isNewAnswer(nowMs)) {
      this.#newTurn = false;
      this.#answers.push({
        receivedAtMs: nowMs,
        heardAtMs: undefined,
        receivedMs: 0,
        playedMs: 0,
        longestGapMs: 0,
        interrupted: false,
      });
    }
    this.#answers.at(-1)!.receivedMs += samples.length / 8;
    this.#queue.push(samples.slice());
    this.#queuedSamples += samples.length;
  }

  /** Empties the queue; returns the frames that nobody will hear. */
  interrupt(): number {
    this.#playUpToNow();
    this.#interruptions++;
    const dropped = Math.ceil(this.#queuedSamples / FRAME_SAMPLES);
    this.#dropped += dropped;
    this.#queue.length = 0;
    this.#offset = 0;
    this.#queuedSamples = 0;
    const answer = this.#answers.at(-1);
    if (answer) answer.interrupted = true;
    return dropped;
  }

  /** The caller has said something: what comes once the queue is dry is another answer. */
  newTurn(): void {
    this.#playUpToNow();
    this.#newTurn = true;
  }

  /** Audio of the latest answer that the caller has heard by now, ms; gaps don't count. 0 before the first answer. */
  get heardMs(): number {
    const nowMs = this.#playUpToNow();
    const answer = this.#answers.at(-1);
    // Of the frame that plays now, the rest is still to come.
    return answer?.playedMs ? answer.playedMs - Math.max(0, this.#lastHeardEndMs! - nowMs) : 0;
  }

  /** Agent audio heard by now in all, ms. */
  get heardTotalMs(): number {
    const nowMs = this.#playUpToNow();
    return this.#played * FRAME_MS - Math.max(0, (this.#lastHeardEndMs ?? nowMs) - nowMs);
  }

  /** Silence since the last agent audio, ms; 0 while some plays or waits, undefined before the first. */
  get quietMs(): number | undefined {
    const nowMs = this.#playUpToNow();
    if (this.#queuedSamples > 0) return 0;
    return this.#lastHeardEndMs === undefined ? undefined : Math.max(0, nowMs - this.#lastHeardEndMs);
  }

  /** Audio that waits to be played, ms. */
  get queuedMs(): number {
    this.#playUpToNow();
    return this.#queuedSamples / 8;
  }

  /** All answers so far, the latest last. */
  get answers(): readonly PlayedAnswer[] {
    this.#playUpToNow();
    return this.#answers;
  }

  /** Audio messages that came in, frames played, and frames dropped by interruptions. */
  get counts(): { received: number; played: number; dropped: number; interruptions: number } {
    this.#playUpToNow();
    return {
      received: this.#received,
      played: this.#played,
      dropped: this.#dropped,
      interruptions: this.#interruptions,
    };
  }

  /** What the caller has heard from the start on, silence included; 8 kHz. */
  recording(): Int16Array {
    this.#playUpToNow();
    const all = new Int16Array(this.#heard.length * FRAME_SAMPLES);
    this.#heard.forEach((frame, index) => all.set(frame, index * FRAME_SAMPLES));
    return all;
  }

  #isNewAnswer(nowMs: number): boolean {
    const last = this.#answers.at(-1);
    if (!last || last.interrupted || this.#newTurn) return true;
    return this.#lastHeardEndMs !== undefined && nowMs - this.#lastHeardEndMs >= ANSWER_OVER_MS;
  }

  #playUpToNow(): number {
    const nowMs = this.#clock.now();
    for (;; this.#ticks++) {
      const tickMs = this.#startMs + this.#ticks * FRAME_MS;
      if (tickMs > nowMs) return nowMs;
      this.#heard.push(this.#queuedSamples > 0 ? this.#play(tickMs) : SILENCE);
    }
  }

  #play(tickMs: number): Int16Array {
    const answer = this.#answers.at(-1)!;
    if (answer.heardAtMs === undefined) answer.heardAtMs = tickMs;
    else answer.longestGapMs = Math.max(answer.longestGapMs, tickMs - this.#lastHeardEndMs!);
    answer.playedMs += FRAME_MS;
    this.#lastHeardEndMs = tickMs + FRAME_MS;
    this.#played++;
    return this.#take();
  }

  /** The next 20 ms of the queue, padded with silence. */
  #take(): Int16Array {
    const frame = new Int16Array(FRAME_SAMPLES);
    for (let filled = 0; filled < FRAME_SAMPLES && this.#queue.length > 0;) {
      const first = this.#queue[0]!;
      const part = first.subarray(this.#offset, this.#offset + FRAME_SAMPLES - filled);
      frame.set(part, filled);
      filled += part.length;
      this.#offset += part.length;
      this.#queuedSamples -= part.length;
      if (this.#offset < first.length) continue;
      this.#queue.shift();
      this.#offset = 0;
    }
    return frame;
  }
}

const SILENCE = new Int16Array(FRAME_SAMPLES);
