/** @import { Answer } from "./numbers.js" */

/**
 * One answer's bar; all numbers are units of the drawing.
 * @typedef {object} Bar
 * @property {number} x
 * @property {number} width
 * @property {number} top
 * @property {number} split below it the wait for the end of the turn, above it the model
 * @property {number} latencyMs
 * @property {number} modelMs
 * @property {number} turn counted from 1
 */

/**
 * @typedef {object} Chart
 * @property {readonly Bar[]} bars
 * @property {readonly { y: number, label: string }[]} grid
 * @property {number} base y of nothing
 */

/** Bars that fit; of a longer call the last ones are shown. */
const BARS_MAX = 20;
const STEPS_MS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000];
/** The scale goes at least so far, so that a single fast answer does not look slow. */
const LEAST_MS = 1000;
const LINES_MAX = 4;
const BAR_MAX = 28;

/**
 * Lays out a bar for each answer.
 * @param {readonly Answer[]} answers
 * @param {{ width: number, height: number, left: number, top: number, bottom: number }} area
 * @returns {Chart}
 */
export function latencyChart(answers, { width, height, left, top, bottom }) {
  const shown = answers.slice(-BARS_MAX);
  const highest = Math.max(LEAST_MS, ...shown.map(({ latencyMs }) => latencyMs));
  const step = STEPS_MS.find((each) => highest / each <= LINES_MAX) ?? highest / LINES_MAX;
  const scaleMs = Math.ceil(highest / step) * step;
  const base = height - bottom;
  const y = (/** @type {number} */ ms) => base - (base - top) * ms / scaleMs;
  const slot = (width - left) / Math.max(shown.length, 8);
  const bar = Math.min(BAR_MAX, slot * 0.66);
  return {
    base,
    bars: shown.map(({ latencyMs, modelMs }, index) => ({
      x: left + slot * index + (slot - bar) / 2,
      width: bar,
      top: y(latencyMs),
      split: y(Math.max(0, latencyMs - modelMs)),
      latencyMs,
      modelMs,
      turn: answers.length - shown.length + index + 1,
    })),
    grid: Array.from({ length: Math.round(scaleMs / step) + 1 }, (_, index) => ({
      y: y(index * step),
      label: seconds(index * step),
    })),
  };
}

/** @param {number} ms */
const seconds = (ms) => ms === 0 ? "0" : `${Number((ms / 1000).toFixed(2))} s`;

/**
 * A bar's outline, rounded at its top.
 * @param {{ x: number, width: number, top: number, bottom: number, round: number }} bar
 */
export function barPath({ x, width, top, bottom, round }) {
  const r = Math.max(0, Math.min(round, width / 2, bottom - top));
  const n = (/** @type {number} */ value) => Number(value.toFixed(2));
  return `M${n(x)} ${n(bottom)}V${n(top + r)}Q${n(x)} ${n(top)} ${n(x + r)} ${n(top)}` +
    `H${n(x + width - r)}Q${n(x + width)} ${n(top)} ${n(x + width)} ${n(top + r)}V${n(bottom)}Z`;
}
