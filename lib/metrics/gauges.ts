import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { CircuitState } from "../realtime/circuit.ts";
import type { GaugeName } from "./instruments.ts";
import type { KnownNames, Labels } from "./known.ts";
import type { ReadGauge, Reading } from "./sink.ts";

/** What is read when somebody looks. */
export interface Readings {
  readonly calls: () => {
    readonly live: number;
    /** MAX_CALLS. */
    readonly limit: number | undefined;
    /** No new calls are taken, as the service ends. */
    readonly draining: boolean;
  };
  readonly dials: () => CircuitState;
  /** Threads that answer calls, where there are several. */
  readonly workers: () => number;
  /** Dollars of the day; undefined without a budget. */
  readonly budget: () => { readonly usdPerDay: number; readonly usd: number } | undefined;
  /** How many records wait, by where they are to go. */
  readonly records: () => Iterable<readonly [to: string, waiting: number]>;
}

export interface GaugesOptions {
  readonly readings: Partial<Readings>;
  readonly models: KnownNames["models"];
  readonly labels: Labels;
  readonly log: Log;
}

/** Makes gauges of how the service is; a part of it that is not there yet, or fails, tells nothing. */
export function createGauges({ readings, models, labels, log }: GaugesOptions): ReadGauge {
  function read(name: GaugeName): readonly Reading[] {
    const [calls, dials] = [readings.calls?.(), readings.dials?.()];
    switch (name) {
      case "parley.calls.live":
        return calls ? one(calls.live) : [];
      case "parley.calls.limit":
        return calls?.limit === undefined ? [] : one(calls.limit);
      case "parley.draining":
        return calls ? one(Number(calls.draining)) : [];
      case "parley.workers":
        return readings.workers ? one(readings.workers()) : [];
      case "parley.records.waiting":
        return Array.from(readings.records?.() ?? [], ([to, value]) => ({ value, labels: { to } }));
      case "parley.budget.usd": {
        const budget = readings.budget?.();
        if (!budget) return [];
        return [
          { value: budget.usdPerDay, labels: { state: "limit" } },
          { value: budget.usd, labels: { state: "spent" } },
        ];
      }
      case "parley.model.away": {
        if (!dials) return [];
        // Those that are well are told as well: a series that vanishes says nothing.
        const standing = new Map(Array.from(models(), (model) => [labels.model(model), 0]));
        for (const { model } of dials.away) standing.set(labels.model(model), 1);
        return Array.from(standing, ([model, value]) => ({ value, labels: { model } }));
      }
      case "parley.model.dials.pending":
        return dials
          ? [
            { value: dials.dialling, labels: { state: "dialling" } },
            { value: dials.waiting, labels: { state: "waiting" } },
          ]
          : [];
    }
  }

  return (name) => {
    try {
      return read(name);
    } catch (error) {
      log.error("Could not read a metric", { metric: name, error: messageOf(error) });
      return [];
    }
  };
}

function one(value: number): readonly Reading[] {
  return [{ value, labels: {} }];
}
