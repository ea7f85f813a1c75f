import { MicrophoneFault, openAudio } from "./audio/open.js";
import { toLine } from "./audio/to-line.js";
import { Call } from "./call/call.js";
import { SampleCaller } from "./call/sample-caller.js";

/** @import { Audio } from "./audio/open.js" */
/** @import { Change } from "./call/call.js" */
/** @import { Service } from "./service.js" */
/** @import { PhoneState } from "./view/phone.js" */

/**
 * A call as it is wanted.
 * @typedef {object} Wanted
 * @property {string} persona
 * @property {Readonly<Record<string, string>>} variables
 * @property {{ telephone: boolean, echo: boolean, loss: number }} line
 * @property {string | undefined} sample name of the recording that can stand in for a voice
 * @property {boolean} withSample whether it does
 */

/** @type {Readonly<Record<MicrophoneFault["why"], string>>} */
const MICROPHONE = {
  denied:
    "The browser does not let this page use the microphone. Allow it beside the page's address, then call again.",
  none: "No microphone was found.",
  busy: "The microphone can't be opened; another program may have it.",
  insecure: "Browsers give a microphone to pages on https or localhost alone.",
};

/** Places calls, one at a time: the browser's audio, the line, and the call between them. */
export class Desk {
  /** The call under way. @type {Call | undefined} */
  call;
  /** @type {Audio | undefined} */
  audio;
  /** A recording of the user's own. @type {File | undefined} */
  file;
  /** The call under way, or else the one before. @type {{ call: Call, persona: string, startedAt: Date } | undefined} */
  last;
  #options;
  #isBusy = false;
  #isGivenUp = false;
  /** @type {string | undefined} */
  #sample;
  #saying = false;

  /**
   * @param {object} options
   * @param {Service} options.service
   * @param {(words: string) => void} options.onFault
   * @param {(state: PhoneState) => void} options.onState
   * @param {(call: Call, persona: string, withSample: boolean) => { change(change: Change, what?: any): void }} options.begin
   */
  constructor(options) {
    this.#options = options;
  }

  /** @param {Wanted} wanted */
  async place(wanted) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#isGivenUp = false;
    this.#sample = wanted.sample;
    const { onFault, onState } = this.#options;
    onState("asking");
    try {
      await this.#open(wanted);
    } catch (error) {
      this.#close();
      const why = error instanceof MicrophoneFault
        ? MICROPHONE[error.why]
        : `The call failed: ${messageOf(error)}`;
      onFault(why);
    }
  }

  hangUp() {
    if (this.call) return this.call.hangUp();
    this.#isGivenUp = true;
    this.#close();
  }

  /** Says the recording, or stops it. */
  async say() {
    const { audio } = this;
    if (!audio) return;
    if (this.#saying) return audio.tell({ type: "hush" });
    try {
      const bytes = this.file
        ? await this.file.arrayBuffer()
        : await this.#options.service.sample(this.#sample ?? "");
      const samples = toLine(await audio.decode(bytes), audio.rateHz);
      audio.tell({ type: "say", samples });
    } catch (error) {
      this.#options.onFault(`The recording can't be played: ${messageOf(error)}`);
    }
  }

  /** @param {Wanted} wanted */
  async #open({ persona, variables, line, withSample }) {
    const { service, begin, onState } = this.#options;
    const audio = await openAudio((frame) => {
      this.#saying = frame.saying;
      this.call?.frame(frame);
    });
    this.audio = audio;
    if (!withSample) await audio.useMicrophone();
    if (this.#isGivenUp) return this.#close();
    audio.tell({ type: "line", ...line });

    const sampleCaller = withSample ? new SampleCaller(() => void this.say()) : undefined;
    const call = new Call({
      socket: service.line(persona, variables),
      audio: audio.tell,
      // Only pages on https or localhost can make one; else the service does.
      ...(crypto.randomUUID ? { uuid: crypto.randomUUID() } : {}),
      onChange: (change, what) => {
        if (change === "phase") this.#phase(call);
        if (change === "frame") sampleCaller?.tick(call.speaker);
        views.change(change, what);
      },
    });
    this.call = call;
    this.last = { call, persona, startedAt: new Date() };
    onState("dialling");
    const views = begin(call, persona, withSample);
  }

  /** @param {Call} call */
  #phase(call) {
    if (call.phase === "over") this.#close();
    else this.#options.onState(call.phase);
  }

  #close() {
    this.audio?.close();
    this.audio = undefined;
    this.call = undefined;
    this.#isBusy = false;
    this.#saying = false;
    this.#options.onState("idle");
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
