import { createNoopMeter, metrics } from "@opentelemetry/api";
import { COUNTERS, type GaugeName, GAUGES, HISTOGRAMS } from "./instruments.ts";
import type { ReadGauge, Sink } from "./sink.ts";

const METER = "parley";

/**
 * Hands the same instruments to OpenTelemetry, which Deno exports by itself with OTEL_DENO=true; undefined without. All
 * threads of a process count into the same ones.
 * @param read undefined where another thread tells the gauges of all
 */
export function createTelemetry(read: ReadGauge | undefined): Sink | undefined {
  const meter = metrics.getMeter(METER);
  // All instruments of a meter that does nothing are one and the same.
  if (meter.createCounter("off") === createNoopMeter().createCounter("off")) return undefined;

  const counters = mapped(COUNTERS, (name, { unit, help }) => {
    return meter.createCounter(name, { unit, description: help });
  });
  const histograms = mapped(HISTOGRAMS, (name, { unit, help, buckets }) => {
    const advice = { explicitBucketBoundaries: [...buckets] };
    return meter.createHistogram(name, { unit, description: help, advice });
  });
  for (const name of read ? Object.keys(GAUGES) as GaugeName[] : []) {
    const { unit, help } = GAUGES[name];
    meter.createObservableGauge(name, { unit, description: help }).addCallback((result) => {
      for (const { value, labels } of read?.(name) ?? []) result.observe(value, labels);
    });
  }
  return {
    count: (name, value, labels) => counters[name].add(value, labels),
    time: (name, seconds, labels) => histograms[name].record(seconds, labels),
  };
}

function mapped<Table extends object, Made>(
  table: Table,
  make: (name: string, instrument: Table[keyof Table]) => Made,
): Readonly<Record<keyof Table, Made>> {
  return Object.fromEntries(
    Object.entries(table).map(([name, instrument]) => [name, make(name, instrument)]),
  ) as Record<keyof Table, Made>;
}
