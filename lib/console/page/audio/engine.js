import { Echo, PacketLoss } from "./impairments.js";
import { SampleQueue } from "./queue.js";
import { Resampler } from "./resampler.js";
import { TelephoneSound } from "./telephone.js";

/** 20 ms at 8 kHz: what goes over the line at a time. */
export const FRAME = 160;
export const LINE_HZ = 8000;
/** A frame is there to be played once its last sample has come in, and both filters have seen what follows. */
const LEAD = FRAME + 40;

/**
 * What 20 ms of a call are: the caller's side as it goes to the service, and the agent's as the caller hears it.
 * @typedef {object} Frame
 * @property {Int16Array<ArrayBuffer>} caller
 * @property {Int16Array<ArrayBuffer>} agent
 * @property {number} queuedMs agent audio that still waits to be played
 * @property {boolean} saying whether a recording is being said
 * @property {boolean} lost whether the agent's frame was lost on the line
 */

/**
 * What the page asks of the engine.
 * @typedef {{ type: "agent", samples: Int16Array }
 *   | { type: "interruption" }
 *   | { type: "say", samples: Int16Array }
 *   | { type: "hush" }
 *   | { type: "muted", muted: boolean }
 *   | { type: "line", telephone: boolean, echo: boolean, loss: number }} EngineMessage
 */

/**
 * The telephone itself, at whatever rate the browser runs: 20 ms of the microphone go out, 20 ms of the agent come in,
 * in step, so that a recording of both is aligned to the sample.
 */
export class Engine {
  #down;
  #up;
  #onFrame;
  #loss;
  #callerLoss;
  #echo = new Echo();
  #telephone = new TelephoneSound();
  #isTelephone = true;
  #isMuted = false;
  #agent = new SampleQueue();
  #saying = new SampleQueue();
  #caller = new Int16Array(FRAME);
  #filled = 0;
  /** @type {Float32Array[]} */
  #ready = [];
  #readyOffset = 0;
  #silence = new Float32Array(0);
  #floats = new Float32Array(FRAME);

  /**
   * @param {number} rateHz the browser's
   * @param {(frame: Frame) => void} onFrame
   * @param {() => number} [random]
   */
  constructor(rateHz, onFrame, random = Math.random) {
    this.#down = new Resampler(rateHz, LINE_HZ);
    this.#up = new Resampler(LINE_HZ, rateHz);
    this.#onFrame = onFrame;
    this.#loss = new PacketLoss(random);
    this.#callerLoss = new PacketLoss(random);
    this.#ready.push(new Float32Array(Math.ceil(rateHz * LEAD / LINE_HZ)));
  }

  /** @param {EngineMessage} message */
  take(message) {
    switch (message.type) {
      case "agent":
        return this.#agent.push(message.samples);
      case "interruption":
        return void this.#agent.clear();
      case "say":
        this.#saying.clear();
        return this.#saying.push(message.samples);
      case "hush":
        return void this.#saying.clear();
      case "muted":
        this.#isMuted = message.muted;
        return;
      case "line":
        this.#isTelephone = message.telephone;
        this.#echo.on = message.echo;
        this.#loss.share = this.#callerLoss.share = message.loss;
    }
  }

  /**
   * @param {Float32Array | undefined} input of the microphone; undefined where there is none
   * @param {Float32Array} output for the loudspeaker
   */
  process(input, output) {
    if (this.#silence.length !== output.length) this.#silence = new Float32Array(output.length);
    for (const sample of this.#down.push(input ?? this.#silence)) {
      this.#caller[this.#filled++] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
      if (this.#filled < FRAME) continue;
      this.#filled = 0;
      this.#exchange();
    }
    this.#play(output);
  }

  /** 20 ms have passed. */
  #exchange() {
    const saying = this.#saying.length > 0;
    const voice = saying
      ? this.#saying.take(FRAME)
      : this.#isMuted
      ? new Int16Array(FRAME)
      : this.#caller.slice();
    const passed = this.#loss.pass(this.#agent.take(FRAME));
    const agent = passed.frame.slice();
    if (this.#isTelephone) this.#telephone.apply(agent);
    this.#echo.add(voice, agent);
    const caller = this.#callerLoss.pass(voice).frame.slice();
    for (let at = 0; at < FRAME; at++) this.#floats[at] = (agent[at] ?? 0) / 32768;
    this.#ready.push(this.#up.push(this.#floats).slice());
    this.#onFrame({ caller, agent, queuedMs: this.#agent.length / 8, saying, lost: passed.lost });
  }

  /** @param {Float32Array} output */
  #play(output) {
    for (let filled = 0; filled < output.length;) {
      const first = this.#ready[0];
      if (!first) return void output.fill(0, filled);
      const part = first.subarray(this.#readyOffset, this.#readyOffset + output.length - filled);
      output.set(part, filled);
      filled += part.length;
      this.#readyOffset += part.length;
      if (this.#readyOffset < first.length) continue;
      this.#ready.shift();
      this.#readyOffset = 0;
    }
  }
}
