import type { Clock } from "../clock.ts";

/** Soft, low, and slow enough not to sound like a ringing line. */
const LEVEL = 500;
const TONES_HZ = [262, 330];
const SWELL_SECONDS = 2;
const FRAME_SAMPLES = 160;
const FRAME_MS = 20;
/** No more than this is ahead of the ear: speech is never late for it. */
const LEAD_MS = 40;
/** The caller knows by then that something is being looked up. */
const DELAY_MS = 4_000;

export interface HoldSoundOptions {
  readonly clock: Clock;
  /** Whether the agent or the caller is heard just now, or will be at once. */
  readonly busy: () => boolean;
  /** Milliseconds of sound that the phone side still holds, without the line's latency: that can't be filled. */
  readonly queuedMs: () => number;
  /** Takes 20 ms, 160 samples at 8 kHz. */
  readonly play: (frame: Int16Array) => void;
  /** From the beginning of a wait to the first sound. @default {4000} */
  readonly delayMs?: number;
}

/** A soft sound while something keeps the caller waiting; it gives way the moment somebody speaks. */
export class HoldSound {
  readonly #options: HoldSoundOptions;
  #position = 0;
  #stop: (() => void) | undefined;

  constructor(options: HoldSoundOptions) {
    this.#options = options;
  }

  /** The caller has to wait, or need not any more. */
  waiting(waiting: boolean): void {
    if (!waiting) {
      this.#fade();
      return this.stop();
    }
    const { clock, delayMs = DELAY_MS } = this.#options;
    this.#stop ??= clock.after(delayMs, this.#tick);
  }

  /** The call is over. */
  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    // The next one swells up anew.
    this.#position = 0;
  }

  readonly #tick = (): void => {
    const { clock, busy, queuedMs, play } = this.#options;
    // Before it plays: a line that gives way in the midst of it ends the call, and this with it.
    this.#stop = clock.after(FRAME_MS, this.#tick);
    if (busy()) this.#fade();
    else for (let ms = queuedMs(); ms < LEAD_MS && this.#stop; ms += FRAME_MS) play(this.#next());
  };

  /** What sounds ends in 20 ms, without a click. */
  #fade(): void {
    if (this.#position === 0) return;
    const frame = this.#next();
    for (let index = 0; index < frame.length; index++) frame[index]! *= 1 - (index + 1) / frame.length;
    this.#position = 0;
    this.#options.play(frame);
  }

  #next(): Int16Array {
    const frame = new Int16Array(FRAME_SAMPLES);
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const seconds = this.#position++ / 8000;
      // Swells from silence and back, so that it never clicks where it begins.
      const swell = (1 - Math.cos(2 * Math.PI * seconds / SWELL_SECONDS)) / 2;
      let sum = 0;
      for (const hz of TONES_HZ) sum += Math.sin(2 * Math.PI * hz * seconds);
      frame[index] = Math.round(LEVEL * swell * sum);
    }
    return frame;
  }
}
