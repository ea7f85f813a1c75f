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
const START_MS = 4_000;

export interface HoldSoundOptions {
  readonly clock: Clock;
  /** Whether the agent or the caller is heard just now, or will be at once. */
  readonly busy: () => boolean;
  /** Milliseconds of sound that the phone side still holds. */
  readonly queuedMs: () => number;
  /** Takes 20 ms, 160 samples at 8 kHz. */
  readonly play: (frame: Int16Array) => void;
}

/** A soft sound while a slow tool keeps the caller waiting; it gives way the moment somebody speaks. */
export class HoldSound {
  readonly #options: HoldSoundOptions;
  #position = 0;
  #stop: (() => void) | undefined;

  constructor(options: HoldSoundOptions) {
    this.#options = options;
  }

  /** A tool runs, or none does any more. */
  waiting(waiting: boolean): void {
    if (!waiting) return this.stop();
    this.#stop ??= this.#options.clock.after(START_MS, this.#tick);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  readonly #tick = (): void => {
    const { clock, busy, queuedMs, play } = this.#options;
    if (busy()) this.#position = 0;
    else for (let queued = queuedMs(); queued < LEAD_MS; queued += FRAME_MS) play(this.#next());
    this.#stop = clock.after(FRAME_MS, this.#tick);
  };

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
