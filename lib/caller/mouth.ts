import { FRAME_SAMPLES } from "./playout.ts";
import type { Step } from "./script.ts";

/** Between two keys. */
const KEY_MS = 200;
/** Root mean square of a frame that still counts as speech: -50 dBFS. */
const SPEECH_RMS = 32768 * 10 ** (-50 / 20);
const SILENCE = new Int16Array(FRAME_SAMPLES);

/** What goes out in one 20 ms. */
export interface Utterance {
  /** 160 samples, 8 kHz. */
  readonly frame: Int16Array;
  /** A key pressed now. */
  readonly digit: string | undefined;
  /** With this the step is done: all that follows of it is silence. */
  readonly done: boolean;
}

/** The caller's side of the line: speech and keys as they are due, silence otherwise, as a phone line carries it. */
export class Mouth {
  #speech: { samples: Int16Array; at: number; until: number } | undefined;
  #keys: { left: string; nextMs: number } | undefined;

  /** Begins a step; one that is still under way is broken off. */
  begin(step: Step, nowMs: number): void {
    this.#speech = "say" in step ? { samples: step.say, at: 0, until: endOfSpeech(step.say) } : undefined;
    this.#keys = "press" in step ? { left: step.press, nextMs: nowMs } : undefined;
  }

  /** The next 20 ms. */
  next(nowMs: number): Utterance {
    if (this.#keys) return this.#press(this.#keys, nowMs);
    return this.#speech ? this.#say(this.#speech) : { frame: SILENCE, digit: undefined, done: false };
  }

  #press(keys: { left: string; nextMs: number }, nowMs: number): Utterance {
    const digit = nowMs >= keys.nextMs ? keys.left[0] : undefined;
    if (digit !== undefined) {
      keys.left = keys.left.slice(1);
      keys.nextMs += KEY_MS;
    }
    const done = keys.left === "";
    if (done) this.#keys = undefined;
    return { frame: SILENCE, digit, done };
  }

  #say(speech: { samples: Int16Array; at: number; until: number }): Utterance {
    const frame = new Int16Array(FRAME_SAMPLES);
    frame.set(speech.samples.subarray(speech.at, speech.at + FRAME_SAMPLES));
    speech.at += FRAME_SAMPLES;
    if (speech.at >= speech.samples.length) this.#speech = undefined;
    const done = speech.at >= speech.until;
    if (done) speech.until = Infinity;
    return { frame, digit: undefined, done };
  }
}

/** The sample after which a recording holds nothing as loud as speech: there the wait for the answer begins. */
function endOfSpeech(samples: Int16Array): number {
  const frames = Math.ceil(samples.length / FRAME_SAMPLES);
  for (let index = frames - 1; index >= 0; index--) {
    const frame = samples.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES);
    const power = frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length;
    if (Math.sqrt(power) >= SPEECH_RMS) return Math.min((index + 1) * FRAME_SAMPLES, samples.length);
  }
  return samples.length;
}
