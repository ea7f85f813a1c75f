import type { Machine } from "./machine.ts";
import type { Spread } from "../quantiles.ts";
import { ADDED_LIMIT_MS, type Capacity } from "./capacity.ts";
import type { Result } from "./run.ts";
import type { SetUpCost } from "./set-up-cost.ts";

const digits = (value: number) => Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
const shown = (value: number | undefined) =>
  value === undefined || !Number.isFinite(value) ? "-" : value.toFixed(digits(value));
const spreadOf = ({ p50, p99, max }: Spread) => [p50, p99, max].map(shown).join(" / ");

/** A table in Markdown, its columns as wide as what is in them. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  return [line(heads), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join(
    "\n",
  );
}

const RUN_HEADS = [
  "bridge",
  "calls",
  "CPU ms per call-s",
  "core",
  "to model ms: p50 / p99 / max",
  "to caller ms: p50 / p99 / max",
  "first frame p99",
  "interruption p99",
  "gaps a minute, longest ms",
  "KB per call",
  "bench late p99, other load",
];

/** One row for each run. */
export function runTable(results: readonly Result[]): string {
  return table(RUN_HEADS, results.map(runRow));
}

function runRow(result: Result): string[] {
  const { harness } = result;
  return [
    result.faults.length > 0 ? `${result.bridge} (!)` : result.bridge,
    String(result.calls),
    shown(result.cpuMsPerCallSecond),
    `${(result.coreShare * 100).toFixed(0)} %`,
    spreadOf(result.toModelMs),
    spreadOf(result.toCallerMs),
    shown(result.firstFrameMs.p99),
    shown(result.interruptionMs.p99),
    `${shown(result.gapsPerMinute)}, ${result.longestGapMs}`,
    result.kbPerCall.toFixed(0),
    `${shown(Math.max(harness.callersLagMs.p99, harness.modelLagMs.p99))} ms, ${
      (harness.othersShare * 100).toFixed(0)
    } %`,
  ];
}

/** What each bridge comes to: calls per core, and what beginning a call costs. */
export function summaryTable(
  results: readonly Result[],
  setUps: readonly SetUpCost[],
  capacities: readonly Capacity[],
): string {
  const names = [...new Set(results.map(({ bridge }) => bridge))];
  return table(
    [
      "bridge",
      `calls per core (p99 under ${ADDED_LIMIT_MS} ms)`,
      "calls per core by CPU",
      "CPU ms per call set up",
      "set-up ms: p50 / p99 / max",
      "KB per further call",
    ],
    names.map((name) => {
      const own = results.filter(({ bridge }) => bridge === name);
      const setUp = setUps.find(({ bridge }) => bridge === name);
      const capacity = capacities.find(({ bridge }) => bridge === name);
      return [
        name,
        capacity ? capacityOf(capacity) : "-",
        shown(callsByCpu(own)),
        shown(setUp?.cpuMsPerCall),
        setUp ? spreadOf(setUp.setUpMs) : "-",
        shown(kbPerFurtherCall(own)),
      ];
    }),
  );
}

function capacityOf({ calls, below, invalid }: Capacity): string {
  if (below === undefined) return `${calls} or more`;
  return `${calls} (${invalid ? "the bench could not do" : "not"} ${below})`;
}

/** Calls that would fill a core, by the cost of one at 100 calls or as near to it as was measured. */
function callsByCpu(results: readonly Result[]): number | undefined {
  const [nearest] = results.toSorted((a, b) => Math.abs(a.calls - 100) - Math.abs(b.calls - 100));
  return nearest && 1000 / nearest.cpuMsPerCallSecond;
}

/** From the fewest to the most calls, so that what the bridge needs for itself is left out. */
export function kbPerFurtherCall(
  results: readonly Pick<Result, "calls" | "residentMb">[],
): number | undefined {
  const sorted = results.toSorted((a, b) => a.calls - b.calls);
  const few = sorted.at(0), many = sorted.at(-1);
  if (!few || !many || many.calls === few.calls) return undefined;
  return (many.residentMb - few.residentMb) * 1024 / (many.calls - few.calls);
}

/** Other programs that use more than this share of a core spoil the tails. */
const OTHERS_LIMIT = 0.15;

/** What to know about some runs before believing them. */
export function notes(results: readonly Result[], setUps: readonly SetUpCost[]): string[] {
  return [
    ...results.flatMap(({ bridge, calls, faults }) =>
      faults.map((fault) => `${bridge}, ${calls} calls: ${fault}`)
    ),
    ...results.filter(({ harness }) => harness.othersShare > OTHERS_LIMIT).map(({ bridge, calls, harness }) =>
      `${bridge}, ${calls} calls: other programs used ${(harness.othersShare * 100).toFixed(0)} % of a core`
    ),
    ...setUps.flatMap(({ bridge, faults }) => faults.map((fault) => `${bridge}, set-up: ${fault}`)),
  ];
}

export function machineLine({ cpu, cores, system, versions, bridgeCores, loadAverage }: Machine): string {
  const pinned = bridgeCores === undefined ? "not pinned" : "the bridge pinned to one";
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
  return `${cpu}, ${cores} cores (${pinned}), ${system}, ${names}; load before: ${loadAverage.toFixed(2)}`;
}
