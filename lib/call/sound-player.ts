import type { Clock } from "../clock.ts";

const FRAME_SAMPLES = 160;
const FRAME_MS = 20;
/** Handed over ahead: enough for a busy moment of ours, and little enough to be soon over when it is stopped. */
const LEAD_MS = 200;

export interface SoundPlayerOptions {
  readonly clock: Clock;
  /** Milliseconds of sound that the phone side still holds, without the line's latency: that can't be filled. */
  readonly queuedMs: () => number;
  /** Takes 20 ms, 160 samples at 8 kHz. */
  readonly play: (frame: Int16Array) => void;
}

/** Plays a recording to the line, no faster than it is heard, so that it can be stopped. */
export class SoundPlayer {
  readonly #options: SoundPlayerOptions;
  #stop: (() => void) | undefined;
  #finish = () => {};

  constructor(options: SoundPlayerOptions) {
    this.#options = options;
  }

  /** Whether something is still to be handed over; what the phone side holds then is still to be heard. */
  get playing(): boolean {
    return this.#stop !== undefined;
  }

  /**
   * Plays samples at 8 kHz, behind what the phone side holds, in place of what still plays.
   * @param onEnd told once: true when all of it has been handed over, false when it was stopped before
   */
  start(samples: Int16Array, onEnd?: (whole: boolean) => void): void {
    const { clock, queuedMs, play } = this.#options;
    this.stop();
    let at = 0;
    let over = false;
    const handOver = (untilMs: number) => {
      for (let ms = queuedMs(); ms < untilMs && at < samples.length && !over; ms += FRAME_MS) {
        const frame = new Int16Array(FRAME_SAMPLES);
        frame.set(samples.subarray(at, at + FRAME_SAMPLES));
        at += FRAME_SAMPLES;
        play(frame);
      }
      if (at >= samples.length) end(true);
    };
    const tick = () => {
      stopWaiting = clock.after(FRAME_MS, tick);
      handOver(LEAD_MS);
    };
    const end = (whole: boolean) => {
      if (over) return;
      over = true;
      stopWaiting();
      this.#stop = undefined;
      onEnd?.(whole);
    };
    let stopWaiting = clock.after(0, tick);
    this.#stop = () => end(false);
    this.#finish = () => handOver(Infinity);
  }

  /** Hands over all that is left, at once: what follows is heard behind it. */
  finish(): void {
    if (this.playing) this.#finish();
  }

  /** Hands over no more; up to 200 ms are with the phone side already. */
  stop(): void {
    this.#stop?.();
  }
}
