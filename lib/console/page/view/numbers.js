import { barPath, latencyChart } from "../call/latency-chart.js";
import { median } from "../call/numbers.js";
import { countText, spanText, usdText } from "../call/words.js";
import { toolElement } from "./conversation.js";
import { make, makeSvg, part } from "./dom.js";

/** @import { Numbers } from "../call/numbers.js" */
/** @import { ToolCall } from "../call/transcript.js" */

const AREA = { width: 360, height: 132, left: 36, top: 10, bottom: 18 };

/** How fast the call is and what it costs. */
export class NumbersView {
  #tools = part("tools");
  /** @type {Map<ToolCall, HTMLElement>} */
  #shown = new Map();

  /**
   * @param {Numbers} numbers
   * @param {{ simulator: boolean, asOf: string, minutes: number }} about
   */
  update(numbers, about) {
    showLatency(numbers);
    showCost(numbers, about);
  }

  clear() {
    this.#shown.clear();
    this.#tools.replaceChildren(make("li", { class: "none" }, "None called"));
  }

  /** @param {ToolCall} entry */
  tool(entry) {
    const element = toolElement(entry);
    if (this.#shown.size === 0) this.#tools.replaceChildren();
    const before = this.#shown.get(entry);
    if (before) before.replaceWith(element);
    else this.#tools.append(element);
    this.#shown.set(entry, element);
  }
}

/** @param {Numbers} numbers */
function showLatency({ answers, greetingMs, interruptions }) {
  const middle = median(answers.map(({ latencyMs }) => latencyMs));
  figure("latency", middle === undefined ? undefined : spanText(middle));
  const greeting = greetingMs === undefined ? undefined : `first word after ${spanText(greetingMs)}`;
  const cuts = interruptions > 0 ? `${interruptions} interrupted` : undefined;
  const count = answers.length === 1 ? "one answer" : `median of ${answers.length} answers`;
  part("latency-words").textContent = answers.length === 0
    ? greeting ?? "from the end of your words to the first of the answer"
    : [count, greeting, cuts].filter(Boolean).join(", ");
  part("chart").replaceChildren(chart(answers));
}

/**
 * @param {string} id
 * @param {string | undefined} text
 */
function figure(id, text) {
  const element = part(id);
  element.textContent = text ?? "No answer yet";
  element.classList.toggle("none", text === undefined);
}

/** @param {Numbers["answers"]} answers */
function chart(answers) {
  const { bars, grid, base } = latencyChart(answers, AREA);
  const lines = grid.flatMap(({ y, label }) => [
    makeSvg("line", { class: "grid", x1: AREA.left, x2: AREA.width, y1: y, y2: y }),
    makeSvg("text", { x: AREA.left - 6, y: y + 4, "text-anchor": "end" }, label),
  ]);
  const drawn = bars.map(({ x, width, top, split, latencyMs, modelMs, turn }) =>
    makeSvg(
      "g",
      { class: "answer" },
      makeSvg(
        "title",
        {},
        `Answer ${turn}: ${spanText(latencyMs)}, of it ${spanText(modelMs)} by model and line`,
      ),
      makeSvg("path", { class: "model", d: barPath({ x, width, top, bottom: split, round: 3 }) }),
      makeSvg("path", { class: "wait", d: barPath({ x, width, top: split, bottom: base, round: 0 }) }),
      makeSvg("text", { x: x + width / 2, y: AREA.height - 4, "text-anchor": "middle" }, String(turn)),
    )
  );
  const words = answers.map(({ latencyMs }) => spanText(latencyMs)).join(", ");
  const label = words ? `Response times: ${words}` : "No answer yet";
  return makeSvg(
    "svg",
    { viewBox: `0 0 ${AREA.width} ${AREA.height}`, role: "img", "aria-label": label },
    ...lines,
    ...drawn,
  );
}

/**
 * @param {Numbers} numbers
 * @param {{ simulator: boolean, asOf: string, minutes: number }} about
 */
function showCost(numbers, { simulator, asOf, minutes }) {
  const { responses, costUsd, isCostPartial, model, tokens } = numbers;
  const isKnown = responses > 0 && !(isCostPartial && costUsd === 0);
  figure("cost", isKnown ? usdText(costUsd) : undefined);
  const rate = isKnown && minutes > 0.25 ? `${usdText(costUsd / minutes)} a minute` : undefined;
  part("cost-words").textContent = [
    responses === 0 ? undefined : isKnown ? rate : `The prices of ${model} are not known`,
    isKnown && simulator ? "simulated: what OpenAI would bill" : undefined,
  ].filter(Boolean).join(", ");
  const input = tokens.inText + tokens.inAudio;
  /** @type {[string, string][]} */
  const rows = [
    ["Audio in", countText(tokens.inAudio)],
    ["Text in", countText(tokens.inText)],
    [
      "of both cached",
      input === 0 ? "0" : `${countText(tokens.cached)} (${Math.round(100 * tokens.cached / input)} %)`,
    ],
    ["Audio out", countText(tokens.outAudio)],
    ["Text out", countText(tokens.outText)],
  ];
  const shown = responses === 0 ? [] : rows;
  part("tokens").replaceChildren(
    ...shown.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
  );
  part("prices").textContent = responses === 0 ? "" : `${model}, prices of ${asOf}, without transcription`;
}
