import { noteOf } from "./notes.js";

/**
 * What one side said.
 * @typedef {object} Utterance
 * @property {"caller" | "agent"} kind
 * @property {string} id of the item
 * @property {number} atMs
 * @property {string} text
 * @property {"speaking" | "said" | "interrupted" | "ignored"} state
 * @property {string} [heardText] the part that was heard before it was interrupted
 * @property {number} [heardMs]
 * @property {number} [generatedMs]
 * @property {number} [latencyMs] from the end of the caller's speech to the first audio
 * @property {boolean} [atEnd] what cut it off was the end of the call
 * @property {boolean} [written] typed, not said
 */

/**
 * A tool that the model called.
 * @typedef {object} ToolCall
 * @property {"tool"} kind
 * @property {string} id
 * @property {number} atMs
 * @property {string} name
 * @property {string} arguments
 * @property {"running" | "output" | "error" | "control" | "left"} state `left`: the call ended before it was done
 * @property {string} [text] what the model was told
 * @property {number} [durationMs]
 */

/**
 * Anything else worth a line.
 * @typedef {object} Note
 * @property {"note"} kind
 * @property {string} id
 * @property {number} atMs
 * @property {string} text
 * @property {boolean} bad
 */

/** @typedef {Utterance | ToolCall | Note} Entry */
/** @typedef {{ type: string, [key: string]: any }} AnyEvent */

/** The conversation as it is read: both sides in order, with what was cut off, and what was done in between. */
export class Transcript {
  /** @type {Entry[]} */
  entries = [];
  /** Of an answer whose words have not come yet. @type {number | undefined} */
  #latencyMs;
  /** Entries before this one belong to earlier turns. */
  #turnStart = 0;
  #notes = 0;

  /**
   * Takes an event; returns the entry that it changed or began.
   * @param {"call" | "model" | "line"} source
   * @param {AnyEvent} event
   * @param {number} atMs
   * @returns {Entry | undefined}
   */
  take(source, event, atMs) {
    if (source === "call") return this.#call(event, atMs);
    if (source === "model") return this.#model(event, atMs);
    return undefined;
  }

  /**
   * @param {AnyEvent} event
   * @param {number} atMs
   * @returns {Entry | undefined}
   */
  #call(event, atMs) {
    switch (event.type) {
      case "transcript": {
        const entry = this.#utterance(event.role === "user" ? "caller" : "agent", event.itemId, atMs);
        entry.text = event.text;
        if (entry.state === "speaking") entry.state = "said";
        if (/^text_/.test(event.itemId)) entry.written = true;
        return entry;
      }
      case "interrupted":
      case "unheard": {
        const entry = this.#utterance("agent", event.itemId, atMs);
        entry.state = "interrupted";
        entry.heardText = event.heardText;
        entry.heardMs = event.heardMs;
        entry.generatedMs = event.generatedMs;
        if (event.type === "unheard") entry.atEnd = true;
        return entry;
      }
      case "ignored": {
        const entry = this.#find(event.itemId);
        if (entry?.kind !== "caller") return undefined;
        entry.state = "ignored";
        return entry;
      }
      case "answered":
        return this.#answered(event.latencyMs);
      case "tool": {
        const entry = this.#tool(event.callId, event.name, event.arguments, atMs);
        entry.state = event.outcome;
        entry.text = event.text;
        entry.durationMs = event.durationMs;
        return entry;
      }
      default: {
        const note = noteOf(event);
        return note && this.note(note.text, atMs, note.bad);
      }
    }
  }

  /**
   * @param {AnyEvent} event
   * @param {number} atMs
   * @returns {Entry | undefined}
   */
  #model(event, atMs) {
    switch (event.type) {
      case "input_audio_buffer.speech_started":
        this.#turnStart = this.entries.length;
        this.#latencyMs = undefined;
        return this.#utterance("caller", event.item_id, atMs);
      case "conversation.item.input_audio_transcription.delta": {
        const entry = this.#find(event.item_id);
        if (entry?.kind !== "caller" || entry.state !== "speaking") return undefined;
        entry.text += event.delta;
        return entry;
      }
      case "conversation.item.input_audio_transcription.failed": {
        const entry = this.#find(event.item_id);
        if (entry?.kind !== "caller") return undefined;
        entry.state = "said";
        return entry;
      }
      case "response.output_audio_transcript.delta": {
        const entry = this.#utterance("agent", event.item_id, atMs);
        if (entry.state === "speaking") entry.text += event.delta;
        return entry;
      }
      case "response.output_item.done":
        if (event.item?.type !== "function_call") return undefined;
        return this.#tool(event.item.call_id, event.item.name, event.item.arguments, atMs);
      default:
        return undefined;
    }
  }

  /**
   * A line of our own.
   * @param {string} text
   * @param {number} atMs
   * @param {boolean} [bad]
   * @returns {Note}
   */
  note(text, atMs, bad = false) {
    /** @type {Note} */
    const entry = { kind: "note", id: `note ${++this.#notes}`, atMs, text, bad };
    this.entries.push(entry);
    return entry;
  }

  /**
   * The call is over: nobody speaks any more, and no tool is waited for. Returns what that changed.
   * @returns {Entry[]}
   */
  end() {
    return this.entries.filter((entry) => {
      if (entry.kind === "tool" && entry.state === "running") entry.state = "left";
      else if (entry.kind !== "note" && entry.kind !== "tool" && entry.state === "speaking") {
        entry.state = "said";
      } else return false;
      return true;
    });
  }

  /**
   * The first audio of an answer, which may come before or after its first words.
   * @param {number} latencyMs
   */
  #answered(latencyMs) {
    const entry = this.entries.slice(this.#turnStart).find((each) =>
      each.kind === "agent" && each.latencyMs === undefined
    );
    if (entry?.kind === "agent") {
      entry.latencyMs = latencyMs;
      return entry;
    }
    this.#latencyMs = latencyMs;
    return undefined;
  }

  /**
   * @param {"caller" | "agent"} kind
   * @param {string} id
   * @param {number} atMs
   * @returns {Utterance}
   */
  #utterance(kind, id, atMs) {
    const known = this.#find(id);
    if (known && known.kind === kind) return known;
    /** @type {Utterance} */
    const entry = { kind, id, atMs, text: "", state: "speaking" };
    if (kind === "agent" && this.#latencyMs !== undefined) {
      entry.latencyMs = this.#latencyMs;
      this.#latencyMs = undefined;
    }
    this.entries.push(entry);
    return entry;
  }

  /**
   * @param {string} id
   * @param {string} name
   * @param {string} args
   * @param {number} atMs
   * @returns {ToolCall}
   */
  #tool(id, name, args, atMs) {
    const known = this.#find(id);
    if (known?.kind === "tool") return known;
    /** @type {ToolCall} */
    const entry = { kind: "tool", id, atMs, name, arguments: args, state: "running" };
    this.entries.push(entry);
    return entry;
  }

  /** @param {string} id */
  #find(id) {
    return this.entries.findLast((entry) => entry.id === id);
  }
}
