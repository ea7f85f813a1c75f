/// <reference types="./worklet.d.ts" />
import { Engine } from "./engine.js";

/** @import { Frame } from "./engine.js" */

/** Runs the engine in the browser's audio thread. */
class Telephone extends AudioWorkletProcessor {
  constructor() {
    super();
    /** @param {Frame} frame */
    const send = (frame) => this.port.postMessage(frame, [frame.caller.buffer, frame.agent.buffer]);
    this.engine = new Engine(sampleRate, send);
    this.port.onmessage = ({ data }) => this.engine.take(data);
  }

  /**
   * @param {Float32Array[][]} inputs
   * @param {Float32Array[][]} outputs
   * @returns {boolean}
   */
  process(inputs, outputs) {
    const output = outputs[0]?.[0];
    if (output) this.engine.process(inputs[0]?.[0], output);
    return true;
  }
}

registerProcessor("telephone", Telephone);
