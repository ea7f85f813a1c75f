import { stereoWav } from "./wav.js";

/** @import { Frame } from "../audio/engine.js" */

const RATE_HZ = 8000;
const FRAME_MS = 20;
/** Both sides take 32 KB a second: an hour is what a page can be asked to hold. */
const LIMIT_MS = 60 * 60 * 1000;

/** Both sides of a call as they sounded, from its first moment on, and how loud each 20 ms were. */
export class Recording {
  /** @type {Int16Array[]} */
  #caller = [];
  /** @type {Int16Array[]} */
  #agent = [];
  /** Peaks of each frame, 0 to 1. @type {number[]} */
  callerPeaks = [];
  /** @type {number[]} */
  agentPeaks = [];

  /** @param {Pick<Frame, "caller" | "agent">} frame */
  add({ caller, agent }) {
    this.callerPeaks.push(peak(caller));
    this.agentPeaks.push(peak(agent));
    if (this.isFull) return;
    this.#caller.push(caller);
    this.#agent.push(agent);
  }

  /** Whether what follows is not kept any more. */
  get isFull() {
    return this.#caller.length * FRAME_MS >= LIMIT_MS;
  }

  get durationMs() {
    return this.callerPeaks.length * FRAME_MS;
  }

  /** A stereo WAV file: the caller on the left, the agent on the right. */
  wav() {
    return stereoWav(RATE_HZ, this.#caller, this.#agent);
  }
}

/** @param {Int16Array} samples */
export function peak(samples) {
  let highest = 0;
  for (const sample of samples) highest = Math.max(highest, Math.abs(sample));
  return highest / 32768;
}
