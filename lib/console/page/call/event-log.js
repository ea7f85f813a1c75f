/** @import { AnyEvent } from "./transcript.js" */

/** @typedef {"call" | "model" | "line"} Source */

/**
 * A message of one of the sockets, or an event of the call.
 * @typedef {object} Logged
 * @property {number} id
 * @property {number} atMs
 * @property {Source} source
 * @property {"in" | "out"} direction as seen from the service
 * @property {AnyEvent} event
 * @property {boolean} audio nothing but audio, which comes all the time
 * @property {number} count messages that it stands for
 */

/**
 * What of the log is shown.
 * @typedef {object} Filter
 * @property {string} text
 * @property {Readonly<Record<Source, boolean>>} sources
 * @property {boolean} audio
 */

const KEPT_MAX = 5000;
/** Stretch of audio that is one entry. */
const RUN_MS = 1000;
const AUDIO_TYPES = ["audio", "input_audio_buffer.append", "response.output_audio.delta"];

/** All that was said on the sockets, the newest last. Audio in many small messages becomes one entry a second. */
export class EventLog {
  /** @type {Logged[]} */
  entries = [];
  /** Entries that were forgotten, as too many came. */
  forgotten = 0;
  /** Messages that the service left out. */
  dropped = 0;
  #ids = 0;
  /** The audio entries that still grow, by source and direction. @type {Map<string, Logged>} */
  #runs = new Map();

  /**
   * @param {Source} source
   * @param {"in" | "out"} direction
   * @param {AnyEvent} event
   * @param {number} atMs
   * @param {number} [count]
   * @returns {Logged} the entry that was added or grew
   */
  add(source, direction, event, atMs, count = 1) {
    const audio = AUDIO_TYPES.includes(event.type);
    const key = `${source} ${direction}`;
    const run = audio ? this.#runs.get(key) : undefined;
    if (run && atMs - run.atMs < RUN_MS) {
      run.count += count;
      return run;
    }
    /** @type {Logged} */
    const entry = { id: ++this.#ids, atMs, source, direction, event, audio, count };
    if (audio) this.#runs.set(key, entry);
    this.entries.push(entry);
    if (this.entries.length > KEPT_MAX) {
      this.entries.shift();
      this.forgotten++;
    }
    return entry;
  }

  /** As JSON lines. @param {Filter} [filter] */
  text(filter) {
    const entries = filter ? this.entries.filter((entry) => passes(entry, filter)) : this.entries;
    return entries.map(({ atMs, source, direction, count, event }) =>
      JSON.stringify({ atMs, source, direction, ...(count > 1 ? { count } : {}), event }) + "\n"
    ).join("");
  }
}

/**
 * Whether an entry is to be shown: of a kind that is, with all of the words in it.
 * @param {Logged} entry
 * @param {Filter} filter
 */
export function passes(entry, { text, sources, audio }) {
  if (!sources[entry.source] || (entry.audio && !audio)) return false;
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return true;
  const whole = `${entry.source} ${entry.direction} ${JSON.stringify(entry.event)}`.toLowerCase();
  return words.every((word) => whole.includes(word));
}

/**
 * Entries as they are read: pieces of one text that follow each other are one.
 * @param {readonly Logged[]} entries
 * @returns {Logged[][]} each with at least one entry
 */
export function grouped(entries) {
  /** @type {Logged[][]} */
  const groups = [];
  for (const entry of entries) {
    const group = groups.at(-1), first = group?.[0];
    if (group && first && continues(first, entry)) group.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

/**
 * @param {Logged} first
 * @param {Logged} next
 */
function continues(first, next) {
  return !first.audio && first.event.type.endsWith(".delta") && first.source === next.source &&
    first.event.type === next.event.type && first.event.item_id === next.event.item_id;
}
