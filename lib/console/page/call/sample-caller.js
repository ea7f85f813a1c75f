/** @import { Speaker } from "./floor.js" */

/** The agent has finished when it has been quiet for so long; pauses between its sentences are shorter. */
const TURN_MS = 900;
/** A persona that does not greet waits for the caller. */
const FIRST_MS = 4000;

/**
 * Says a recording once, in a caller's place: after the greeting, or when there is none. Whoever sits at the page can
 * have it said again at any time, into an answer too.
 */
export class SampleCaller {
  #say;
  #now;
  #startMs;
  #hasHeard = false;
  #isDone = false;
  /** @type {number | undefined} */
  #quietSinceMs;

  /**
   * @param {() => void} say
   * @param {() => number} [now] ms
   */
  constructor(say, now = () => performance.now()) {
    this.#say = say;
    this.#now = now;
    this.#startMs = now();
  }

  /** To be told every 20 ms who speaks. @param {Speaker} speaker */
  tick(speaker) {
    if (this.#isDone) return;
    const nowMs = this.#now();
    if (speaker === "agent") this.#hasHeard = true;
    this.#quietSinceMs = speaker === "nobody" ? this.#quietSinceMs ?? nowMs : undefined;
    if (this.#quietSinceMs === undefined) return;
    const isTurn = this.#hasHeard ? nowMs - this.#quietSinceMs >= TURN_MS : nowMs - this.#startMs >= FIRST_MS;
    if (!isTurn) return;
    this.#isDone = true;
    this.#say();
  }
}
