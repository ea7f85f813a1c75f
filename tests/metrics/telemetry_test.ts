import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type CounterName, COUNTERS, GAUGES, HISTOGRAMS } from "../../lib/metrics/instruments.ts";
import { prometheusName } from "../../lib/metrics/prometheus.ts";
import { readExposition } from "../support/exposition.ts";
import { runDeno } from "../support/run.ts";

/** The part of OTLP's JSON that is looked at. */
interface Metric {
  name: string;
  unit?: string;
  sum?: { isMonotonic: boolean; dataPoints: NumberPoint[] };
  gauge?: { dataPoints: NumberPoint[] };
  histogram?: {
    dataPoints:
      (Point & { count: string | number; sum: number; explicitBounds: number[]; bucketCounts: unknown[] })[];
  };
}
interface Point {
  attributes?: { key: string; value: { stringValue: string } }[];
}
type NumberPoint = Point & { asDouble?: number; asInt?: string | number };

const labelsOf = ({ attributes = [] }: Point) =>
  Object.fromEntries(attributes.map(({ key, value: { stringValue } }) => [key, stringValue]));
const script = new URL("../support/run-metrics.ts", import.meta.url).pathname;

/** What a collector of OpenTelemetry's is sent, and the page of the same process. */
async function exported(): Promise<{ metrics: Metric[]; page: string }> {
  const bodies: { resourceMetrics: { scopeMetrics: { scope?: { name: string }; metrics: Metric[] }[] }[] }[] =
    [];
  const collector = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = await request.json();
    if (new URL(request.url).pathname === "/v1/metrics") bodies.push(body);
    return Response.json({});
  });
  try {
    // Deno itself exports: the program has no right to the network.
    const { code, out, error } = await runDeno(["--no-prompt", script, "1500"], {
      env: {
        OTEL_DENO: "true",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
        OTEL_METRIC_EXPORT_INTERVAL: "400",
        OTEL_DENO_CONSOLE: "ignore",
      },
    });
    assertEquals([code, error], [0, ""]);
    // What is sent at the end of the process has no gauges.
    const exports = bodies.map(({ resourceMetrics }) =>
      resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)
        .filter(({ scope }) => scope?.name === "parley").flatMap(({ metrics }) => metrics)
    );
    const metrics = exports.reduce((most, each) => each.length >= most.length ? each : most, []);
    return { metrics, page: out };
  } finally {
    await collector.shutdown();
  }
}

Deno.test("metrics: OpenTelemetry is told the same numbers as the page, under names that become the same", async () => {
  const { metrics, page: text } = await exported();
  const page = readExposition(text);
  assertEquals(page.faults, []);
  const tables = { ...COUNTERS, ...HISTOGRAMS, ...GAUGES };
  let points = 0;
  for (const { name, unit, sum, gauge, histogram } of metrics) {
    assert(name in tables, name);
    const instrument = tables[name as CounterName];
    assertEquals(unit, instrument.unit, name);
    assertEquals(sum?.isMonotonic ?? false, name in COUNTERS, name);
    const shown = prometheusName(name, instrument, name in COUNTERS);
    for (const point of sum?.dataPoints ?? gauge?.dataPoints ?? []) {
      const value = point.asDouble ?? Number(point.asInt);
      assertAlmostEquals(
        page.value(shown, labelsOf(point)) ?? NaN,
        value,
        1e-9,
        `${shown} ${JSON.stringify(labelsOf(point))}`,
      );
      points++;
    }
    for (const point of histogram?.dataPoints ?? []) {
      const labels = labelsOf(point);
      assertEquals(page.value(`${shown}_count`, labels), Number(point.count), shown);
      assertAlmostEquals(page.value(`${shown}_sum`, labels)!, point.sum, 1e-9);
      assertEquals(point.explicitBounds, [...HISTOGRAMS[name as keyof typeof HISTOGRAMS].buckets]);
      points++;
    }
  }
  // Series that the page shows with nothing in them yet are all that may be missing.
  const full = [...page.families.values()].flatMap(({ samples }) => samples)
    .filter(({ name, value }) => value !== 0 && !/_(bucket|sum)$/.test(name));
  for (const { name } of full) {
    const base = name.replace(/_count$/, "");
    assert(
      metrics.some((metric) => {
        const instrument = tables[metric.name as CounterName];
        return prometheusName(metric.name, instrument, metric.name in COUNTERS) === base;
      }),
      `Not exported: ${name}`,
    );
  }
  assert(points >= full.length, `${points} of ${full.length}`);
});
