import type { CallResult, Outcome } from "./result.ts";
import { count } from "./log-tally.ts";
import {
  type InnerFigures,
  LIMITS,
  type ProcessFigures,
  quantile,
  rssGrowth,
  type Sample,
} from "./verdict.ts";

const MB = 2 ** 20;

export const SAMPLE_HEADER = "   s  calls  live  RSS MB  heap MB   fds  sockets  threads  timers  cpu s";

export function sampleRow(sample: Sample): string {
  const { atMs, placed, live, rssBytes, heapBytes, fds, sockets, threads, timers, cpuS } = sample;
  const cells: [string | number, number][] = [
    [(atMs / 1000).toFixed(0), 4],
    [placed, 7],
    [live, 6],
    [(rssBytes / MB).toFixed(1), 8],
    [(heapBytes / MB).toFixed(1), 9],
    [fds, 6],
    [sockets, 9],
    [threads, 9],
    [timers, 8],
    [cpuS.toFixed(1), 7],
  ];
  return cells.map(([cell, width]) => String(cell).padStart(width)).join("");
}

/** Calls that ended as they are meant to; the others are worth a look, each with `--only`. */
const USUAL: readonly Outcome[] = ["hung_up", "vanished", "agent_ended", "limited"];

/** For `--json`: of the results all counts, and each that is not usual. */
export function inJson<Figures extends { readonly results: readonly CallResult[] }>(
  figures: Figures | undefined,
): unknown {
  if (!figures) return undefined;
  const outcomes: Record<string, Record<string, number>> = {};
  for (const { plan, outcome } of figures.results) {
    count(outcomes[plan.behaviour] ??= {}, outcome);
    count(outcomes[plan.fault ?? plan.persona] ??= {}, outcome);
  }
  const unusual = figures.results.filter(({ outcome }) => !USUAL.includes(outcome));
  return { ...figures, results: unusual, outcomes, firstAudio: firstAudio(figures.results) };
}

/** What became of the calls: outcomes by what the callers did, and by what went wrong with the model. */
export function callTables(results: readonly CallResult[]): string[] {
  return [
    ...table("caller", results, ({ plan }) => plan.behaviour),
    "",
    ...table("model", results, ({ plan }) => plan.fault ?? plan.persona),
  ];
}

function table(
  title: string,
  results: readonly CallResult[],
  keyOf: (result: CallResult) => string,
): string[] {
  const outcomes = [...new Set(results.map(({ outcome }) => outcome))].sort();
  const rows = new Map<string, Record<string, number>>();
  for (const result of results) {
    const key = keyOf(result);
    rows.set(key, rows.get(key) ?? {});
    count(rows.get(key)!, result.outcome);
  }
  return [
    title.padEnd(18) + outcomes.map((outcome) => outcome.padStart(13)).join(""),
    ...[...rows].sort(([a], [b]) => a < b ? -1 : 1).map(([key, counts]) =>
      key.padEnd(18) + outcomes.map((outcome) => String(counts[outcome] ?? "").padStart(13)).join("")
    ),
  ];
}

/** From `init` to the first agent audio in calls whose model is sound. */
export function firstAudio(
  results: readonly CallResult[],
): { readonly calls: number; readonly p50Ms: number; readonly p99Ms: number } {
  const waits = results.flatMap(({ plan, firstAudioMs }) =>
    plan.persona === "steady" && firstAudioMs !== undefined ? [firstAudioMs] : []
  );
  return { calls: waits.length, p50Ms: quantile(waits, 0.5), p99Ms: quantile(waits, 0.99) };
}

export function processSummary(figures: ProcessFigures): string[] {
  const { before, samples, after, results, reasons, messages, lateMs } = figures;
  const mb = (bytes: number) => (bytes / MB).toFixed(1);
  const peak = (of: (sample: Sample) => number) => Math.max(...samples.map(of), 0);
  const { calls, p50Ms, p99Ms } = firstAudio(results);
  const growth = rssGrowth(samples);
  return [
    `calls         ${results.length}, started ${figures.started}, ended ${shown(reasons)}`,
    `first audio   p50 ${p50Ms.toFixed(0)} ms, p99 ${
      p99Ms.toFixed(0)
    } ms, of ${calls} calls with a sound model`,
    `RSS           start ${mb(before.rssBytes)}, peak ${mb(peak(({ rssBytes }) => rssBytes))}, end ${
      mb(after.rssBytes)
    } MB; ` +
    (growth
      ? `after the warm-up ${mb(growth.middleBytes)} in the middle third, ${mb(growth.lastBytes)} in the last`
      : "too few calls to tell whether it is flat"),
    `descriptors   start ${before.fds}, peak ${peak(({ fds }) => fds)}, end ${after.fds}`,
    `timers        start ${before.timers}, peak ${peak(({ timers }) => timers)}, end ${after.timers}`,
    `callers       late by p50 ${lateMs.p50} ms, p99 ${lateMs.p99} ms`,
    `CPU           ${((after.cpuS - before.cpuS) / Math.max(1, results.length) * 1000).toFixed(0)} ms a call`,
    `log           ${shown(messages)}`,
  ];
}

export function innerSummary(figures: InnerFigures): string[] {
  const { results, started, ended, timers, lingering, heapBytesPerCall, heapCalls } = figures;
  return [
    `calls         ${results.length}, started ${started}, ended ${ended}`,
    `timers left   ${shown(timers) || "none"}; a second after the last call ${shown(lingering) || "none"}`,
    heapCalls < LIMITS.heapCallsMin
      ? "heap          too few calls to tell whether it is flat"
      : `heap          ${(heapBytesPerCall / 1024).toFixed(2)} KB a call, over ${heapCalls} calls`,
  ];
}

function shown(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).map(([key, value]) => `${key} ${value}`).join(", ");
}
