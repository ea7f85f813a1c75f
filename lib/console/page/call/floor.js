/** @import { AnyEvent } from "./transcript.js" */

/** @typedef {"agent" | "caller" | "thinking" | "nobody"} Speaker `thinking`: the caller waits for an answer */

/** Above the noise of a line. */
const AUDIBLE = 0.004;
/** Frames of 20 ms: pauses between words are not the end of an answer. */
const PAUSE_FRAMES = 30;

/** Who speaks: the caller as the model takes it, the agent as it is heard. */
export class Floor {
  #quietFrames = PAUSE_FRAMES;
  #callerSpeaks = false;
  #awaitsAnswer = false;

  /** @returns {Speaker} */
  get speaker() {
    if (this.#callerSpeaks) return "caller";
    if (this.#quietFrames < PAUSE_FRAMES) return "agent";
    return this.#awaitsAnswer ? "thinking" : "nobody";
  }

  /** 20 ms of the agent have been heard. @param {number} peak 0 to 1 */
  hear(peak) {
    const isLoud = peak > AUDIBLE;
    this.#quietFrames = isLoud ? 0 : this.#quietFrames + 1;
    if (isLoud) this.#awaitsAnswer = false;
  }

  /** What the agent still had to say is dropped. */
  interrupted() {
    this.#quietFrames = PAUSE_FRAMES;
  }

  /** @param {AnyEvent} event of the call */
  follow(event) {
    if (event.type === "caller_speaking") this.#callerSpeaks = true;
    if (event.type !== "caller_silent") return;
    this.#callerSpeaks = false;
    this.#awaitsAnswer = true;
  }
}
