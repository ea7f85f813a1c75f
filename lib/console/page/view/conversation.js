import { heardOf } from "../call/transcript-text.js";
import { spanText, timeText } from "../call/words.js";
import { glyph, make, part } from "./dom.js";

/** @import { Entry, ToolCall, Utterance } from "../call/transcript.js" */

/** What a screen reader is told of; older lines are in the list. */
const ANNOUNCED_MAX = 20;
/** Nearer to the end than this, the view stays at the end. */
const NEAR_PX = 60;

/** The transcript as a list that grows and follows the conversation, unless its reader has gone back in it. */
export class ConversationView {
  #list = part("entries");
  #scroll = part("scroll");
  #empty = part("empty");
  #announced = part("announced");
  /** @type {WeakSet<Entry>} */
  #told = new WeakSet();
  /** @type {Map<Entry, HTMLElement>} */
  #shown = new Map();
  #isOver = false;

  /** @param {(ms: number) => void} onSeek told of a moment that is to be heard again */
  constructor(onSeek) {
    this.#list.addEventListener("click", ({ target }) => {
      const moment = target instanceof Element ? target.closest("[data-at]") : undefined;
      if (moment instanceof HTMLElement) onSeek(Number(moment.dataset.at));
    });
  }

  /** Shows nothing of the last call any more. */
  clear() {
    this.#isOver = false;
    this.#shown.clear();
    this.#list.replaceChildren();
    this.#empty.hidden = true;
  }

  /** The call is over: its moments can be heard again. */
  end() {
    this.#isOver = true;
    for (const entry of this.#shown.keys()) this.update(entry);
  }

  /** @param {Entry} entry that is new, or has changed */
  update(entry) {
    const isNearEnd =
      this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < NEAR_PX;
    const element = entryElement(entry, this.#isOver);
    const before = this.#shown.get(entry);
    if (before) {
      if (before.querySelector("details")?.open) element.querySelector("details")?.setAttribute("open", "");
      before.replaceWith(element);
    } else this.#list.append(element);
    this.#shown.set(entry, element);
    this.#announce(entry);
    if (isNearEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  /** Words that grow would be read out again and again: only what is complete is. @param {Entry} entry */
  #announce(entry) {
    const text = spoken(entry);
    if (text === "" || this.#told.has(entry)) return;
    this.#told.add(entry);
    this.#announced.append(make("p", {}, text));
    while (this.#announced.childElementCount > ANNOUNCED_MAX) this.#announced.firstElementChild?.remove();
  }
}

/** An entry as it is read out, once it is complete. @param {Entry} entry */
function spoken(entry) {
  if (entry.kind === "note") return entry.text;
  if (entry.kind === "tool") return entry.state === "running" ? "" : `Tool ${entry.name}`;
  if (entry.state === "speaking" || entry.state === "ignored") return "";
  const who = entry.kind === "agent" ? "Agent" : "Caller";
  if (entry.state !== "interrupted") return `${who}: ${entry.text}`;
  return `${who}: ${heardOf(entry).heard}, interrupted`;
}

/**
 * @param {Entry} entry
 * @param {boolean} isOver
 */
function entryElement(entry, isOver) {
  if (entry.kind === "note") return make("li", { class: entry.bad ? "note bad" : "note" }, entry.text);
  return entry.kind === "tool" ? toolElement(entry) : utteranceElement(entry, isOver);
}

/**
 * @param {Utterance} entry
 * @param {boolean} isOver
 */
function utteranceElement(entry, isOver) {
  const { kind, atMs, state, latencyMs, written } = entry;
  const who = kind === "agent" ? "Agent" : written ? "You, in writing" : "Caller";
  return make(
    "li",
    { class: `entry ${kind} is-${state}` },
    make(
      "p",
      { class: "who" },
      make("b", {}, who),
      moment(atMs, isOver),
      latencyMs === undefined ? undefined : make(
        "span",
        { class: "took", title: "From the end of the caller's speech" },
        `after ${spanText(latencyMs)}`,
      ),
    ),
    make("p", { class: "bubble" }, ...words(entry)),
  );
}

/**
 * @param {number} atMs
 * @param {boolean} isOver
 */
function moment(atMs, isOver) {
  const text = timeText(atMs);
  if (!isOver) return make("time", {}, text);
  const label = `Play from ${text}`;
  return make("button", {
    type: "button",
    class: "moment",
    "data-at": String(atMs),
    "aria-label": label,
    title: label,
  }, text);
}

/**
 * @param {Utterance} entry
 * @returns {(Node | string)[]}
 */
function words(entry) {
  const { state, text, kind } = entry;
  if (state === "ignored") return ["A sound that was not taken for words"];
  if (state === "interrupted") {
    const { heard, unheard } = heardOf(entry);
    return [
      heard ? `${heard} ` : "",
      make("mark", { class: "cut" }, cutWords(entry, heard)),
      ...(unheard
        ? [make("span", { class: "unheard" }, make("span", { class: "hidden" }, "Not heard: "), unheard)]
        : []),
    ];
  }
  if (state === "speaking") {
    return [make("span", { class: "pending" }, text || (kind === "caller" ? "Speaking" : ""))];
  }
  return [text || "Speech without a transcript"];
}

/**
 * @param {Utterance} entry
 * @param {string} heard
 */
function cutWords({ atEnd }, heard) {
  if (atEnd) return heard ? "the call ended here" : "the call ended before it was heard";
  return heard ? "interrupted here" : "interrupted before it was heard";
}

/** @param {ToolCall} entry */
export function toolElement({ name, state, durationMs, arguments: args, text }) {
  const outcome =
    { running: "running", output: "done", error: "failed", control: "done", left: "the call ended" }[state];
  const took = durationMs === undefined ? outcome : `${outcome}, ${spanText(durationMs)}`;
  return make(
    "li",
    { class: `entry tool is-${state}` },
    make(
      "details",
      {},
      make("summary", {}, glyph("tool"), make("code", {}, name), make("span", { class: "soft" }, took)),
      make(
        "dl",
        {},
        make("div", {}, make("dt", {}, "Arguments"), make("dd", {}, make("pre", {}, pretty(args) || "none"))),
        text === undefined ? undefined : make(
          "div",
          {},
          make("dt", {}, "What the model was told"),
          make("dd", {}, make("pre", {}, pretty(text))),
        ),
      ),
    ),
  );
}

/** JSON in lines; any other text as it is. @param {string} text */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
