import { grouped, passes } from "../call/event-log.js";
import { countText, timeText } from "../call/words.js";
import { button, input, make, part, soon } from "./dom.js";

/** @import { EventLog, Filter, Logged, Source } from "../call/event-log.js" */

/** Rows that are drawn; the rest is in the download. */
const ROWS_MAX = 400;
const NEAR_PX = 40;
const COPIED_MS = 1500;
const HINT_MAX = 200;

/** What each row stands for. @type {WeakMap<HTMLElement, Logged[]>} */
const groups = new WeakMap();

/** The event log: filtered, paused, copied. */
export class EventsView {
  #list = part("log");
  #count = part("count");
  #filter = input("filter");
  #hold = button("hold");
  #copy = button("copy");
  /** @type {EventLog | undefined} */
  #log;
  /** By the id of the row's first entry. @type {Map<number, HTMLElement>} */
  #rows = new Map();
  #isShown = false;
  #draw = soon(() => this.#redraw());

  constructor() {
    this.#filter.addEventListener("input", () => this.#refilter());
    for (const id of ["show-call", "show-model", "show-line", "show-audio"]) {
      const chip = button(id);
      chip.addEventListener("click", () => {
        chip.setAttribute("aria-pressed", String(!isPressed(chip)));
        this.#refilter();
      });
    }
    this.#hold.addEventListener("click", () => {
      this.#hold.setAttribute("aria-pressed", String(!isPressed(this.#hold)));
      const words = this.#hold.querySelector("span");
      if (words) words.textContent = isPressed(this.#hold) ? "Go on" : "Pause";
      this.#draw();
    });
    this.#copy.addEventListener("click", () => void this.#toClipboard());
  }

  /** @param {EventLog} log of a new call */
  show(log) {
    this.#log = log;
    this.#refilter();
  }

  /** Something was added. */
  update() {
    if (this.#isShown) this.#draw();
  }

  /** @param {boolean} isShown whether its tab is */
  visible(isShown) {
    this.#isShown = isShown;
    if (isShown) this.#draw();
  }

  /** @returns {Filter} */
  get #filters() {
    const shows = (/** @type {Source | "audio"} */ kind) => isPressed(button(`show-${kind}`));
    return {
      text: this.#filter.value,
      sources: { call: shows("call"), model: shows("model"), line: shows("line") },
      audio: shows("audio"),
    };
  }

  #refilter() {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#draw();
  }

  #redraw() {
    const log = this.#log;
    if (!log || (isPressed(this.#hold) && this.#rows.size > 0)) return;
    const filter = this.#filters;
    const found = log.entries.filter((entry) => passes(entry, filter));
    const isNearEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < NEAR_PX;
    const shown = grouped(found.slice(-ROWS_MAX));
    const first = shown[0]?.[0]?.id ?? Infinity;
    for (const [id, element] of this.#rows) {
      if (id >= first) break;
      element.remove();
      this.#rows.delete(id);
    }
    shown.forEach((group, index) => {
      const id = group[0]?.id ?? 0;
      const element = this.#rows.get(id) ?? row(group);
      this.#rows.set(id, element);
      const there = this.#list.children[index];
      if (there !== element) this.#list.insertBefore(element, there ?? null);
      fill(element, group);
    });
    this.#count.textContent = countWords(log, found.length);
    if (isNearEnd) this.#list.scrollTop = this.#list.scrollHeight;
  }

  async #toClipboard() {
    const words = this.#copy.querySelector("span");
    const text = this.#log?.text(this.#filters) ?? "";
    const done = await copyText(text);
    if (!words) return;
    words.textContent = done ? "Copied" : "Not allowed";
    setTimeout(() => words.textContent = "Copy", COPIED_MS);
  }
}

/** @param {HTMLElement} element */
const isPressed = (element) => element.getAttribute("aria-pressed") === "true";

/** Browsers give pages without https no clipboard. @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** @param {Logged[]} group that may still grow */
function row(group) {
  const { source, direction, event, atMs } = /** @type {Logged} */ (group[0]);
  const way = source === "call" ? "•" : direction === "in" ? "↓" : "↑";
  const words = source === "call"
    ? "of the call"
    : `${source}, ${direction === "in" ? "to" : "from"} the service`;
  const details = make(
    "details",
    { class: `of-${source}` },
    make(
      "summary",
      {},
      make("time", {}, timeText(atMs, true)),
      make("span", { class: "way", title: words, "aria-label": words, role: "img" }, way),
      make("span", { class: "type" }, event.type, " ", make("span", { class: "soft" })),
      make("span", { class: "times" }),
    ),
  );
  details.addEventListener("toggle", () => {
    details.querySelector("pre")?.remove();
    if (!details.open) return;
    const group = groups.get(item) ?? [];
    details.append(make("pre", {}, group.map(({ event }) => JSON.stringify(event, null, 2)).join("\n")));
  });
  const item = make("li", {}, details);
  return item;
}

/**
 * Writes what changes while a row grows.
 * @param {HTMLElement} element
 * @param {Logged[]} group
 */
function fill(element, group) {
  groups.set(element, group);
  const count = group.reduce((sum, entry) => sum + entry.count, 0);
  const text = String(count);
  if (element.dataset.count === text) return;
  element.dataset.count = text;
  const hint = element.querySelector(".type .soft"), times = element.querySelector(".times");
  if (hint) hint.textContent = group.map(({ event }) => hintOf(event)).join("").slice(0, HINT_MAX);
  if (times) times.textContent = count > 1 ? `${countText(count)} ×` : "";
}

/** What an event is about, where that is short. @param {Record<string, any>} event */
function hintOf(event) {
  const hint = event.text ?? event.transcript ?? event.delta ?? event.digit ?? event.name ?? event.reason ??
    event.error?.message ?? event.status ?? event.response?.status ?? event.audio;
  return typeof hint === "string" ? hint : "";
}

/**
 * @param {EventLog} log
 * @param {number} found
 */
function countWords(log, found) {
  if (log.entries.length === 0) return "What goes over both sockets appears here.";
  const words = [`${countText(found)} of ${countText(log.entries.length)} events`];
  if (found > ROWS_MAX) words.push(`the last ${ROWS_MAX} are shown`);
  if (log.forgotten > 0) words.push(`${countText(log.forgotten)} older ones forgotten`);
  if (log.dropped > 0) words.push(`${countText(log.dropped)} left out by the service, as the page was slow`);
  return words.join(", ");
}
