import { part, soon, wantsStillness } from "./dom.js";

/** @import { Recording } from "../call/recording.js" */

const FRAME_MS = 20;
/** What is seen of a call under way. */
const WINDOW_MS = 20_000;
const STILL_MS = 1000;
/** Quiet speech is still seen: the square root stretches what is small. */
const shape = (/** @type {number} */ peak) => Math.sqrt(Math.min(1, peak));

/** Both sides over time: the caller above the middle, the agent below it, and where one interrupted the other. */
export class Timeline {
  #canvas = /** @type {HTMLCanvasElement} */ (part("lanes"));
  /** @type {{ recording: Recording, marks: readonly number[] } | undefined} */
  #call;
  #isOver = false;
  #positionMs = 0;
  #drawnAtMs = -Infinity;
  /** @type {ReturnType<typeof coloursOf> | undefined} */
  #colours;
  #draw = soon(() => this.#paint());

  constructor() {
    new ResizeObserver(() => this.redraw()).observe(this.#canvas);
  }

  /** @param {{ recording: Recording, marks: readonly number[] }} call */
  show(call) {
    this.#call = call;
    this.#isOver = false;
    this.redraw();
  }

  /** 20 ms more. */
  tick() {
    const nowMs = performance.now();
    if (nowMs - this.#drawnAtMs < (wantsStillness() ? STILL_MS : 30)) return;
    this.#drawnAtMs = nowMs;
    this.#draw();
  }

  /** The call is over: all of it is seen. */
  end() {
    this.#isOver = true;
    this.#positionMs = 0;
    this.redraw();
  }

  /** Where the recording is being played. @param {number} ms */
  at(ms) {
    this.#positionMs = ms;
    this.#draw();
  }

  /** Its size or its colours have changed. */
  redraw() {
    this.#colours = undefined;
    this.#draw();
  }

  #paint() {
    const canvas = this.#canvas;
    const scale = devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    const context = canvas.getContext("2d");
    if (!context || width === 0) return;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    context.scale(scale, scale);
    const colours = this.#colours ??= coloursOf(canvas);
    const durationMs = this.#call?.recording.durationMs ?? 0;
    const [fromMs, toMs] = this.#isOver
      ? [0, Math.max(durationMs, 1000)]
      : [durationMs - WINDOW_MS, durationMs];
    const x = (/** @type {number} */ ms) => width * (ms - fromMs) / (toMs - fromMs);
    const middle = height / 2;

    context.fillStyle = colours.edge;
    context.fillRect(0, middle - 0.5, width, 1);
    if (!this.#call) return;
    const { recording: { callerPeaks, agentPeaks }, marks } = this.#call;
    const columns = Math.floor(width / 3);
    for (let column = 0; column < columns; column++) {
      const startMs = fromMs + (toMs - fromMs) * column / columns;
      const endMs = fromMs + (toMs - fromMs) * (column + 1) / columns;
      const [from, to] = [Math.floor(startMs / FRAME_MS), Math.ceil(endMs / FRAME_MS)];
      if (to <= 0) continue;
      const isAhead = this.#isOver && this.#positionMs > 0 && startMs > this.#positionMs;
      context.globalAlpha = isAhead ? 0.4 : 1;
      const up = highest(callerPeaks, from, to), down = highest(agentPeaks, from, to);
      const reach = middle - 4;
      context.fillStyle = colours.caller;
      context.fillRect(column * 3, middle - 1 - shape(up) * reach, 2, Math.max(1, shape(up) * reach));
      context.fillStyle = colours.agent;
      context.fillRect(column * 3, middle + 1, 2, Math.max(1, shape(down) * reach));
    }
    context.globalAlpha = 1;
    context.fillStyle = colours.bad;
    for (const atMs of marks) if (atMs >= fromMs) context.fillRect(Math.round(x(atMs)) - 1, 0, 2, height);
    if (this.#isOver && this.#positionMs > 0) {
      context.fillStyle = colours.ink;
      context.fillRect(Math.round(x(this.#positionMs)) - 1, 0, 2, height);
    }
  }
}

/**
 * @param {readonly number[]} peaks
 * @param {number} from
 * @param {number} to
 */
function highest(peaks, from, to) {
  let most = 0;
  for (let at = Math.max(0, from); at < Math.min(to, peaks.length); at++) {
    most = Math.max(most, peaks[at] ?? 0);
  }
  return most;
}

/**
 * The colours as a canvas takes them: what `light-dark()` gives, styled elements alone know.
 * @param {HTMLElement} element
 */
function coloursOf(element) {
  const take = (/** @type {string} */ name) => {
    element.style.color = `var(${name})`;
    return getComputedStyle(element).color;
  };
  const colours = {
    edge: take("--edge"),
    caller: take("--caller"),
    agent: take("--agent"),
    bad: take("--bad"),
    ink: take("--ink"),
  };
  element.style.color = "";
  return colours;
}
