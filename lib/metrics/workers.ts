import { AggregatorRegistry } from "prom-client";
import type { Labels } from "./known.ts";
import type { MetricsSnapshot } from "./prometheus.ts";
import type { Sink } from "./sink.ts";

/** Why a worker may be lost. */
export const LOSS_CAUSES = ["crashed", "hung", "ended", "not_started"] as const;
export type LossCause = typeof LOSS_CAUSES[number];

/** The reason of a call that ended with its worker, without a word. */
export const WORKER_LOST = "worker_lost";

/** What is counted of workers. None of it ever throws. */
export interface WorkerCounts {
  /** Begins the counts of lost calls of these personas, at nought. */
  known(personas: Iterable<string>): void;
  lost(cause: LossCause): void;
  /** A call was lost with its worker. */
  callLost(persona: string): void;
  /** A worker did not tell its counts in time. */
  late(): void;
}

export function createWorkerCounts(
  sink: Sink,
  labels: Labels,
  guarded: (act: () => void) => void,
): WorkerCounts {
  const callsLost = (name: string, count: number) =>
    sink.count("parley.calls.ended", count, { persona: labels.persona(name), reason: WORKER_LOST });
  return {
    known: (personas) =>
      guarded(() => {
        for (const cause of LOSS_CAUSES) sink.count("parley.workers.lost", 0, { cause });
        for (const name of personas) callsLost(name, 0);
      }),
    lost: (cause) => guarded(() => sink.count("parley.workers.lost", 1, { cause })),
    callLost: (persona) => guarded(() => callsLost(persona, 1)),
    late: () => guarded(() => sink.count("parley.workers.late", 1, {})),
  };
}

/** A metric as data. */
interface Told {
  readonly name: string;
  readonly type: string;
}

/** What only grows: it must not go back when the worker is gone that counted it. */
export function countersOf(snapshot: MetricsSnapshot): MetricsSnapshot {
  return (snapshot as readonly Told[]).filter(({ type }) => type !== "gauge");
}

/** Of the main thread's own: how the workers' calls stand is told by the workers. */
export function withoutStandings(snapshot: MetricsSnapshot): MetricsSnapshot {
  const own = ["parley_workers", "parley_calls_limit"];
  return (snapshot as readonly Told[]).filter(({ name, type }) => type !== "gauge" || own.includes(name));
}

/** Several as one. */
export function addUp(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  return AggregatorRegistry.aggregate(snapshots.map((each) => [...each])).getMetricsAsJSON();
}
