import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from "prom-client";
import {
  type CounterName,
  COUNTERS,
  type GaugeName,
  GAUGES,
  type HistogramName,
  HISTOGRAMS,
  type Instrument,
} from "./instruments.ts";
import type { ReadGauge, Sink } from "./sink.ts";

/** A page of metrics in Prometheus's text format. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/** All that a process has counted, as data that can be sent to another. */
export type MetricsSnapshot = readonly object[];

export interface PrometheusSink extends Sink {
  render(): Promise<MetricsPage>;
  snapshot(): Promise<MetricsSnapshot>;
}

const SUFFIXES: Readonly<Record<string, string>> = { s: "_seconds", By: "_bytes" };

/** The name of an instrument by Prometheus's rules; collectors of OpenTelemetry make the same of it. */
export function prometheusName(name: string, { unit }: Instrument, isCounter: boolean): string {
  return `${name.replaceAll(".", "_")}${SUFFIXES[unit] ?? ""}${isCounter ? "_total" : ""}`;
}

/** Keeps the counts for whoever comes to read them. A registry of its own: no default metrics, which need more rights. */
export function createPrometheus(read: ReadGauge): PrometheusSink {
  const registry = new Registry();
  const common = (name: string, instrument: Instrument, isCounter = false) => ({
    name: prometheusName(name, instrument, isCounter),
    help: instrument.help,
    labelNames: instrument.labels,
    registers: [registry],
  });
  const counters = new Map(
    Object.entries(COUNTERS).map(([name, counter]) => [name, new Counter(common(name, counter, true))]),
  ) as ReadonlyMap<CounterName, Counter>;
  const histograms = new Map(
    Object.entries(HISTOGRAMS).map((
      [name, histogram],
    ) => [name, new Histogram({ ...common(name, histogram), buckets: [...histogram.buckets] })]),
  ) as ReadonlyMap<HistogramName, Histogram>;
  for (const name of Object.keys(GAUGES) as GaugeName[]) {
    const { labels: { length: labels }, unit } = GAUGES[name];
    new Gauge({
      ...common(name, GAUGES[name]),
      // Of several threads: calls add up, a state holds where it holds anywhere, and the budget is one for all.
      aggregator: unit === "{state}" || unit === "{USD}" ? "max" : "sum",
      collect() {
        this.reset();
        // One without labels stands at 0 then, though it may have nothing to tell.
        if (labels === 0) this.remove();
        for (const { value, labels } of read(name)) this.set(labels, value);
      },
    });
  }

  return {
    count: (name, value, labels) => counters.get(name)!.inc(labels, value),
    time: (name, seconds, labels) => histograms.get(name)!.observe(labels, seconds),
    render: () => page(registry),
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

/** The page of several processes that answer at one address. */
export function renderTogether(snapshots: readonly MetricsSnapshot[]): Promise<MetricsPage> {
  return page(AggregatorRegistry.aggregate(snapshots.map((each) => [...each])));
}

async function page(registry: Registry): Promise<MetricsPage> {
  return { contentType: registry.contentType, text: await registry.metrics() };
}
