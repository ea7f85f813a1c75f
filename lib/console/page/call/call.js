import { FRAME } from "../audio/engine.js";
import { fromBase64, toBase64 } from "./base64.js";
import { EventLog } from "./event-log.js";
import { Floor } from "./floor.js";
import { Numbers } from "./numbers.js";
import { Recording } from "./recording.js";
import { Transcript } from "./transcript.js";

/** @import { EngineMessage, Frame } from "../audio/engine.js" */
/** @import { Speaker } from "./floor.js" */
/** @import { AnyEvent } from "./transcript.js" */

/** @typedef {"dialling" | "live" | "emptying" | "over"} Phase */
/** @typedef {"phase" | "speaker" | "frame" | "transcript" | "numbers" | "log" | "marks"} Change */
/** @typedef {Pick<WebSocket, "readyState" | "send" | "close" | "onopen" | "onmessage" | "onclose" | "onerror">} CallSocket */

const OPEN = 1;
/** What the phone still holds when the service hangs up is played out, but not for longer. */
const EMPTYING_LIMIT_MS = 15_000;
const DIALLING_LIMIT_MS = 10_000;

/**
 * A call as the browser's end of the line has it: AVR's messages on the socket, and what the service tells of the call.
 * It ends once.
 */
export class Call {
  transcript = new Transcript();
  numbers = new Numbers();
  log = new EventLog();
  recording = new Recording();
  /** When the agent was interrupted. @type {number[]} */
  marks = [];
  /** @type {Phase} */
  phase = "dialling";
  /** @type {Speaker} */
  speaker = "nobody";
  /** Why it ended, as the service names it; `refused`, `unanswered`, `lost` and `closed` are the page's own. */
  ending = "";
  /** What the service told before it ended the call. */
  fault = "";
  #socket;
  #audio;
  #now;
  #onChange;
  #dialledMs;
  #startMs = 0;
  #closedMs = 0;
  /** From the service's clock to ours. */
  #offsetMs = Infinity;
  #floor = new Floor();

  /**
   * @param {object} options
   * @param {CallSocket} options.socket on its way to the service
   * @param {(message: EngineMessage) => void} options.audio
   * @param {(change: Change, what?: any) => void} options.onChange
   * @param {string} [options.uuid]
   * @param {() => number} [options.now] ms
   */
  constructor({ socket, audio, onChange, uuid, now = () => performance.now() }) {
    this.#socket = socket;
    this.#audio = audio;
    this.#onChange = onChange;
    this.#now = now;
    this.#dialledMs = now();
    socket.onopen = () => {
      this.#startMs = now();
      this.#send({ type: "init", ...(uuid === undefined ? {} : { uuid }) });
      this.#enter("live");
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onerror = () => {};
    socket.onclose = ({ wasClean }) => this.#closed(wasClean);
  }

  /** Since the line was opened, ms. */
  get atMs() {
    return this.phase === "dialling" ? 0 : this.#now() - this.#startMs;
  }

  /**
   * 20 ms have passed.
   * @param {Frame} frame
   */
  frame(frame) {
    if (this.phase === "dialling" && this.#now() - this.#dialledMs > DIALLING_LIMIT_MS) {
      this.ending = "unanswered";
      this.#end();
    }
    if (this.phase !== "live" && this.phase !== "emptying") return;
    if (this.phase === "live") {
      this.#log("in", { type: "audio", audio: `(${FRAME * 2} bytes)` });
      if (this.#socket.readyState === OPEN) {
        this.#socket.send(`{"type":"audio","audio":"${toBase64(frame.caller)}"}`);
      }
    }
    this.recording.add(frame);
    this.#floor.hear(this.recording.agentPeaks.at(-1) ?? 0);
    this.#judge();
    this.#onChange("frame", frame);
    if (this.phase !== "emptying") return;
    const waitedMs = this.#now() - this.#closedMs;
    if (frame.queuedMs === 0 || waitedMs > EMPTYING_LIMIT_MS) this.#end();
  }

  hangUp() {
    if (this.phase === "over") return;
    this.ending ||= "hung_up";
    this.#end();
  }

  /** @param {string} digit */
  press(digit) {
    this.#send({ type: "dtmf_digit", digit });
  }

  /** @param {string} text */
  write(text) {
    this.#send({ type: "text", text });
  }

  /** @param {Record<string, unknown> & { type: string }} message */
  #send(message) {
    if (this.phase === "over" || this.#socket.readyState !== OPEN) return;
    this.#log("in", message);
    this.#socket.send(JSON.stringify(message));
  }

  /** @param {unknown} data */
  #receive(data) {
    if (this.phase === "over" || typeof data !== "string") return;
    const message = parse(data);
    if (!message) return;
    switch (message.type) {
      case "event":
        return this.#event(/** @type {AnyEvent} */ (message));
      case "audio": {
        const samples = typeof message.audio === "string" ? fromBase64(message.audio) : undefined;
        if (!samples) return this.#log("out", { type: "audio", audio: "(not base64 of samples)" });
        this.#audio({ type: "agent", samples });
        return this.#log("out", { type: "audio", audio: `(${samples.length * 2} bytes)` });
      }
      case "interruption":
        this.#audio({ type: "interruption" });
        this.marks.push(this.atMs);
        this.#floor.interrupted();
        this.#onChange("marks");
        break;
      case "error":
        this.fault = String(message.message);
        this.transcript.note(this.fault, this.atMs, true);
        this.#onChange("transcript");
    }
    this.#log("out", message);
  }

  /** The service tells of the call. @param {AnyEvent} message */
  #event({ atMs, source, direction, count, dropped, event }) {
    // The message that was least under way tells it best.
    this.#offsetMs = Math.min(this.#offsetMs, this.atMs - atMs);
    const hereMs = Math.max(0, atMs + this.#offsetMs);
    if (dropped) {
      this.log.dropped += dropped;
      this.#onChange("log");
    }
    this.#onChange("log", this.log.add(source, direction, event, hereMs, count));
    if (source === "call") this.#follow(event, hereMs);
    const entry = this.transcript.take(source, event, hereMs);
    if (entry) this.#onChange("transcript", entry);
  }

  /**
   * @param {AnyEvent} event of the call
   * @param {number} atMs
   */
  #follow(event, atMs) {
    if (this.numbers.take(event, atMs)) this.#onChange("numbers");
    this.#floor.follow(event);
    if (event.type === "hang_up") this.#release(event.reason);
    if (event.type === "ended") this.ending ||= event.reason;
    this.#judge();
  }

  #judge() {
    if (this.#floor.speaker === this.speaker) return;
    this.speaker = this.#floor.speaker;
    this.#onChange("speaker");
  }

  /** The agent's side has hung up, and a telephone's line is closed then. @param {string} reason */
  #release(reason) {
    this.ending = reason;
    if (this.phase !== "live") return;
    this.#closedMs = this.#now();
    this.#enter("emptying");
    this.#socket.close();
  }

  /** @param {boolean} wasClean */
  #closed(wasClean) {
    if (this.phase === "over" || this.phase === "emptying") return;
    if (this.phase === "dialling") this.ending = "refused";
    else if (!wasClean) this.ending = "lost";
    this.ending ||= "closed";
    this.#closedMs = this.#now();
    if (this.phase === "live" && wasClean) return this.#enter("emptying");
    this.#end();
  }

  #end() {
    this.#enter("over");
    this.#audio({ type: "interruption" });
    this.#audio({ type: "hush" });
    try {
      this.#socket.close();
    } catch {
      // Not open yet, or closed already.
    }
    for (const entry of this.transcript.end()) this.#onChange("transcript", entry);
  }

  /** @param {Phase} phase */
  #enter(phase) {
    this.phase = phase;
    this.#onChange("phase");
  }

  /**
   * @param {"in" | "out"} direction
   * @param {AnyEvent} event
   */
  #log(direction, event) {
    this.#onChange("log", this.log.add("line", direction, event, this.atMs));
  }
}

/**
 * @param {string} text
 * @returns {AnyEvent | undefined}
 */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value?.type === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
