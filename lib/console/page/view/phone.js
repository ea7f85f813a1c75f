import { timeText } from "../call/words.js";
import { button, dress, input, make, part, wantsStillness } from "./dom.js";

/** @import { Frame } from "../audio/engine.js" */
/** @import { Speaker } from "../call/floor.js" */

/** @typedef {"idle" | "asking" | "dialling" | "live" | "emptying"} PhoneState */

/** How quiet the left end of a meter is, dB. */
const FLOOR_DB = -50;
const STILL_MS = 250;
/** What a meter loses in 20 ms after a peak. */
const FALL = 0.03;

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** @type {Readonly<Record<Speaker, string>>} */
const SPEAKERS = {
  agent: "The agent speaks",
  caller: "You are speaking",
  thinking: "The agent is about to answer",
  nobody: "Listening",
};

/**
 * What can be done with the telephone.
 * @typedef {object} PhoneActions
 * @property {() => void} call
 * @property {() => void} callWithSample
 * @property {() => void} hangUp
 * @property {(muted: boolean) => void} mute
 * @property {(digit: string) => void} press
 * @property {() => void} say a recording, or stop it
 * @property {(line: { telephone: boolean, echo: boolean, loss: number }) => void} line
 */

/** The telephone: its button, its keys, its meters, and the line it hangs on. */
export class PhoneView {
  #actions;
  #call = button("call");
  #mute = button("mute");
  #keys = button("keys");
  #say = button("say");
  #hint = part("hint");
  /** @type {PhoneState} */
  #state = "idle";
  #levels = { caller: 0, agent: 0 };
  #drawnAtMs = 0;
  #says = false;
  #canSay = false;
  #canCall = false;
  #verb = "Call";

  /** @param {PhoneActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#call.addEventListener("click", () => {
      if (this.#state === "idle") actions.call();
      else actions.hangUp();
    });
    button("call-with-sample").addEventListener("click", () => actions.callWithSample());
    this.#mute.addEventListener("click", () => {
      const muted = this.#mute.getAttribute("aria-pressed") !== "true";
      this.#showMute(muted);
      actions.mute(muted);
    });
    this.#say.addEventListener("click", () => actions.say());
    this.#mountKeypad();
    for (const id of ["telephone", "echo", "loss"]) {
      part(id).addEventListener("change", () => this.#tellLine());
    }
    this.#tellLine();
  }

  /** How the line is to sound. */
  get line() {
    const loss = /** @type {HTMLSelectElement} */ (part("loss"));
    return { telephone: input("telephone").checked, echo: input("echo").checked, loss: Number(loss.value) };
  }

  /**
   * Whether a call can be made, by what name, and why not.
   * @param {{ can: boolean, why?: string, persona: string, hasSample: boolean }} ready
   */
  ready({ can, why, persona, hasSample }) {
    this.#canCall = can;
    this.#canSay = hasSample;
    this.#verb = persona ? `Call ${persona}` : "Call";
    this.#dress();
    if (this.#state !== "idle" || this.#hint.classList.contains("bad")) return;
    this.#hint.textContent = why ?? "Your microphone goes to this service alone, as a telephone's would.";
  }

  /** @param {PhoneState} state */
  show(state) {
    const was = this.#state;
    this.#state = state;
    const isCall = state !== "idle" && state !== "asking";
    part("before").hidden = isCall;
    part("during").hidden = !isCall;
    if (was === "idle" && state !== "idle") {
      this.#showMute(false);
      this.#showKeypad(false);
      this.#levels = { caller: 0, agent: 0 };
      this.fault("");
    }
    if (state === "asking") this.#hint.textContent = "Your browser may ask whether this page can hear you.";
    else if (state !== "idle") this.#hint.textContent = "";
    if (state === "dialling") part("speaking").textContent = "Calling";
    if (state === "emptying") part("speaking").textContent = "The line is closed; the last words are played";
    this.#dress();
  }

  /**
   * What the call is about.
   * @param {string} persona
   * @param {boolean} withSample whether a recording is the caller
   */
  about(persona, withSample) {
    part("with").textContent = persona;
    part("caller-name").textContent = withSample ? "Recording" : "You";
    this.#mute.hidden = withSample;
  }

  /** Something stood in the way of a call. @param {string} words */
  fault(words) {
    this.#hint.classList.toggle("bad", words !== "");
    this.#hint.textContent = words;
  }

  /** @param {Speaker} speaker */
  speaks(speaker) {
    const element = part("speaking");
    element.dataset.who = speaker;
    element.textContent = SPEAKERS[speaker];
  }

  /** @param {number} ms */
  clock(ms) {
    const text = timeText(ms);
    if (part("clock").textContent !== text) part("clock").textContent = text;
  }

  /**
   * @param {Pick<Frame, "saying">} frame
   * @param {number} caller peak, 0 to 1
   * @param {number} agent
   */
  meters({ saying }, caller, agent) {
    const levels = this.#levels;
    levels.caller = Math.max(levelOf(caller), levels.caller - FALL);
    levels.agent = Math.max(levelOf(agent), levels.agent - FALL);
    if (saying !== this.#says) {
      this.#says = saying;
      dress(this.#say, saying ? "pause" : "recording", saying ? "Stop" : "Play a sample");
    }
    const nowMs = performance.now();
    if (nowMs - this.#drawnAtMs < (wantsStillness() ? STILL_MS : 30)) return;
    this.#drawnAtMs = nowMs;
    part("caller-level").style.setProperty("--level", levels.caller.toFixed(3));
    part("agent-level").style.setProperty("--level", levels.agent.toFixed(3));
  }

  #dress() {
    const isIdle = this.#state === "idle";
    this.#call.classList.toggle("end", !isIdle);
    this.#call.disabled = isIdle && !this.#canCall;
    const words = isIdle ? this.#verb : this.#state === "asking" ? "Waiting for the microphone" : "Hang up";
    dress(this.#call, isIdle ? "phone-up" : "phone-down", words);
    part("instead").hidden = !isIdle || !this.#canSay || !this.#canCall;
    this.#say.hidden = !this.#canSay;
  }

  #tellLine() {
    const { line } = this;
    const words = [
      line.telephone ? "telephone sound" : undefined,
      line.echo ? "echo" : undefined,
      line.loss > 0 ? `${line.loss * 100} % lost` : undefined,
    ].filter(Boolean);
    part("line-summary").textContent = words.length > 0 ? `· ${words.join(", ")}` : "· as it comes";
    this.#actions.line(line);
  }

  /** @param {boolean} muted */
  #showMute(muted) {
    this.#mute.setAttribute("aria-pressed", String(muted));
    dress(this.#mute, muted ? "microphone-off" : "microphone", muted ? "Muted" : "Mute");
  }

  /** @param {boolean} open */
  #showKeypad(open) {
    this.#keys.setAttribute("aria-expanded", String(open));
    part("keypad").hidden = !open;
  }

  /** Its keys are also those of the keyboard, while the focus is in it. */
  #mountKeypad() {
    const pad = part("keypad");
    pad.append(...KEYS.map((key) => make("button", { type: "button", "data-key": key }, key)));
    const pressed = (/** @type {EventTarget | null} */ target) =>
      target instanceof HTMLElement ? target.dataset.key : undefined;
    pad.addEventListener("click", ({ target }) => {
      const key = pressed(target);
      if (key) this.#actions.press(key);
    });
    this.#keys.addEventListener("click", () => {
      this.#showKeypad(pad.hidden !== false);
      if (!pad.hidden) pad.querySelector("button")?.focus();
    });
    pad.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.#showKeypad(false);
        this.#keys.focus();
      }
      const key = [...pad.children].find((each) => pressed(each) === event.key);
      if (!(key instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
      key.classList.add("down");
      setTimeout(() => key.classList.remove("down"), 120);
      this.#actions.press(event.key);
    });
  }
}

/** @param {number} peak 0 to 1 */
function levelOf(peak) {
  const db = 20 * Math.log10(Math.max(peak, 1e-6));
  return Math.max(0, Math.min(1, 1 - db / FLOOR_DB));
}
