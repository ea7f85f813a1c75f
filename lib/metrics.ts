import type { CallEvent } from "./call/events.ts";
import type { PhraseBill } from "./call/phrases.ts";
import type { Clock } from "./clock.ts";
import { messageOf } from "./errors.ts";
import type { Log } from "./log.ts";
import { DIAL_RESULTS, type DialOutcome, type Gate, watchedDials } from "./metrics/dials.ts";
import { createGauges, type Readings } from "./metrics/gauges.ts";
import { createLabels, type KnownNames } from "./metrics/known.ts";
import { OTHER } from "./metrics/label.ts";
import { sampleLoopDelay } from "./metrics/loop-delay.ts";
import { createObserver, REASONS } from "./metrics/observer.ts";
import { createPrometheus, type MetricsPage, type MetricsSnapshot } from "./metrics/prometheus.ts";
import { toAll } from "./metrics/sink.ts";
import { createTelemetry } from "./metrics/telemetry.ts";
import { createWorkerCounts, type WorkerCounts } from "./metrics/workers.ts";
import type { Loss, Tally } from "./records/delivery.ts";
import type { RecordsWay } from "./records/records.ts";

export type { Readings } from "./metrics/gauges.ts";
export type { KnownNames } from "./metrics/known.ts";
export { addUp, countersOf, type LossCause, withoutStandings } from "./metrics/workers.ts";
export { type MetricsPage, type MetricsSnapshot, renderTogether } from "./metrics/prometheus.ts";

export interface MetricsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly known: KnownNames;
  /** One of several threads, whose gauges are told to OpenTelemetry by the main thread. @default {false} */
  readonly worker?: boolean;
  /** Whether counts are kept for a page, beside what OpenTelemetry may take. @default {true} */
  readonly page?: boolean;
}

/** Counts what happens, for Prometheus and, with OTEL_DENO=true, for OpenTelemetry. Nothing here ever throws. */
export interface Metrics {
  /** Takes what a call tells of itself. */
  watch(event: CallEvent, uuid: string): void;
  /** A phrase was rendered for all calls of a persona. */
  rendered(bill: PhraseBill): void;
  /** Counts what becomes of the records of calls that go there. */
  records(to: RecordsWay): Tally;
  /** A call was refused. */
  refused(status: number): void;
  /** The same gate, with its dials counted. */
  gate(gate: Gate): Gate;
  /** Where the gauges are read from now on; may come in parts. */
  bind(readings: Partial<Readings>): void;
  /** Samples the event loop's delay from now on; what it returns ends that. */
  sampleDelay(): () => void;
  render(): Promise<MetricsPage>;
  /** What the main thread counts of several workers. */
  readonly workers: WorkerCounts;
  /** For `renderTogether`. */
  snapshot(): Promise<MetricsSnapshot>;
}

const NO_PAGE: MetricsPage = { contentType: "text/plain; charset=utf-8", text: "" };
const LOSSES = Object.keys(
  { refused: 0, too_old: 0, too_many: 0, ended: 0, broken: 0 } satisfies Record<Loss, 0>,
) as readonly Loss[];
const REFUSALS: readonly string[] = ["400", "401", "403", "404", "503"];

/** Makes the metrics of a process. */
export function createMetrics({ clock, log, known, page = true, worker = false }: MetricsOptions): Metrics {
  const labels = createLabels(known);
  const readings: { -readonly [Key in keyof Readings]?: Readings[Key] } = {};
  const read = createGauges({ readings, models: known.models, labels, log });
  const prometheus = page ? createPrometheus(read) : undefined;
  const sinks = [prometheus, createTelemetry(worker ? undefined : read)].filter((sink) => sink !== undefined);
  const sink = toAll(sinks);
  const observe = createObserver({ clock, sink, labels });
  let faulty = false;

  /** What counts a call must not end it. */
  function guarded(act: () => void): void {
    if (sinks.length === 0) return;
    try {
      act();
    } catch (error) {
      if (!faulty) log.error("Could not count what happened; told once", { error: messageOf(error) });
      faulty = true;
    }
  }

  function dialled({ model: name, result, reason, durationMs }: DialOutcome): void {
    const model = labels.model(name);
    sink.count("parley.model.dials", 1, { model, result });
    if (result === "opened") sink.time("parley.model.dial.duration", durationMs / 1000, { model });
    if (result !== "failed") return;
    sink.count("parley.model.dial.failures", 1, { model, code: labels.code(reason) });
  }

  // From nought, as the first increase of a series that was not there is invisible to rate() and increase().
  guarded(() => {
    for (const status of REFUSALS) sink.count("parley.calls.refused", 0, { status });
    for (const name of known.personas()) {
      const persona = labels.persona(name);
      sink.count("parley.calls.started", 0, { persona });
      for (const reason of REASONS) sink.count("parley.calls.ended", 0, { persona, reason });
    }
    for (const name of known.models()) {
      const model = labels.model(name);
      for (const result of DIAL_RESULTS) sink.count("parley.model.dials", 0, { model, result });
    }
  });

  function recordsOf(to: RecordsWay): Tally {
    guarded(() => {
      sink.count("parley.records.taken", 0, { to });
      for (const reason of LOSSES) sink.count("parley.records.lost", 0, { to, reason });
    });
    return {
      taken: () => guarded(() => sink.count("parley.records.taken", 1, { to })),
      lost: (reason) => guarded(() => sink.count("parley.records.lost", 1, { to, reason })),
    };
  }

  return {
    watch: (event, uuid) => guarded(() => observe(event, uuid)),
    rendered: (bill) => guarded(() => observe.rendered(bill)),
    records: recordsOf,
    refused: (status) =>
      guarded(() => {
        const known = String(status);
        sink.count("parley.calls.refused", 1, { status: REFUSALS.includes(known) ? known : OTHER });
      }),
    gate: (gate) => watchedDials(gate, clock, (outcome) => guarded(() => dialled(outcome))),
    bind: (more) => void Object.assign(readings, more),
    sampleDelay() {
      if (sinks.length === 0) return () => {};
      return sampleLoopDelay(clock, (delayMs) => {
        guarded(() => sink.time("parley.event.loop.delay", delayMs / 1000, {}));
      });
    },
    workers: createWorkerCounts(sink, labels, guarded),
    render: () => prometheus?.render() ?? Promise.resolve(NO_PAGE),
    snapshot: () => prometheus?.snapshot() ?? Promise.resolve([]),
  };
}
