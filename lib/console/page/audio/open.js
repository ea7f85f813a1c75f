import { Engine } from "./engine.js";

/** @import { EngineMessage, Frame } from "./engine.js" */

/**
 * The browser's audio, running.
 * @typedef {object} Audio
 * @property {(message: EngineMessage) => void} tell
 * @property {() => Promise<void>} useMicrophone rejects with a {@link MicrophoneFault}
 * @property {(bytes: ArrayBuffer) => Promise<Float32Array>} decode a recording, at `rateHz`
 * @property {number} rateHz
 * @property {() => void} close
 */

/** Why there is no microphone. */
export class MicrophoneFault extends Error {
  /** @param {"insecure" | "denied" | "none" | "busy"} why */
  constructor(why) {
    super(`Could not use the microphone: ${why}`);
    this.why = why;
  }
}

/** Samples at a time where the page itself has to be in time for them. */
const PAGE_BLOCK = 1024;

/**
 * Opens the loudspeaker and runs the telephone between it and the microphone. To be called from a click: browsers
 * let no page make sounds by itself.
 * @param {(frame: Frame) => void} onFrame
 * @returns {Promise<Audio>}
 */
export async function openAudio(onFrame) {
  const context = new AudioContext({ latencyHint: "interactive" });
  const { node, tell } = context.audioWorklet ? await inWorklet(context, onFrame) : onPage(context, onFrame);
  node.connect(context.destination);
  await context.resume();
  /** @type {MediaStream | undefined} */
  let stream;
  return {
    tell,
    rateHz: context.sampleRate,
    async useMicrophone() {
      stream = await microphone();
      context.createMediaStreamSource(stream).connect(node);
    },
    async decode(bytes) {
      return (await context.decodeAudioData(bytes)).getChannelData(0);
    },
    close() {
      for (const track of stream?.getTracks() ?? []) track.stop();
      void context.close();
    },
  };
}

/**
 * @param {AudioContext} context
 * @param {(frame: Frame) => void} onFrame
 */
async function inWorklet(context, onFrame) {
  await context.audioWorklet.addModule(new URL("./worklet.js", import.meta.url).href);
  const node = new AudioWorkletNode(context, "telephone", {
    numberOfInputs: 1,
    numberOfOutputs: 1,
    outputChannelCount: [1],
    channelCount: 1,
    channelCountMode: "explicit",
  });
  node.port.onmessage = ({ data }) => onFrame(data);
  return { node, tell: (/** @type {EngineMessage} */ message) => node.port.postMessage(message) };
}

/**
 * Browsers have worklets on https and localhost alone. Elsewhere the engine runs in the page itself, where a busy page
 * can be heard; there is no microphone there either.
 * @param {AudioContext} context
 * @param {(frame: Frame) => void} onFrame
 */
function onPage(context, onFrame) {
  const engine = new Engine(context.sampleRate, onFrame);
  const node = context.createScriptProcessor(PAGE_BLOCK, 1, 1);
  node.onaudioprocess = ({ inputBuffer, outputBuffer }) =>
    engine.process(inputBuffer.getChannelData(0), outputBuffer.getChannelData(0));
  return { node, tell: (/** @type {EngineMessage} */ message) => engine.take(message) };
}

async function microphone() {
  if (!navigator.mediaDevices?.getUserMedia) throw new MicrophoneFault("insecure");
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    if (name === "NotFoundError" || name === "OverconstrainedError") throw new MicrophoneFault("none");
    throw new MicrophoneFault(name === "NotReadableError" || name === "AbortError" ? "busy" : "denied");
  }
}
