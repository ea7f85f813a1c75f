import { assert, assertEquals } from "@std/assert";
import { silentLog } from "../../lib/log.ts";
import { createMetrics, renderTogether } from "../../lib/metrics.ts";
import { COUNTERS, GAUGES, HISTOGRAMS } from "../../lib/metrics/instruments.ts";
import { VirtualClock } from "../support/clock.ts";
import { readExposition } from "../support/exposition.ts";
import { circuitBench } from "../support/circuit.ts";
import { metricsBench, MODEL } from "./support.ts";

Deno.test("metrics: the page is what Prometheus takes, from the first moment on", async () => {
  const { read } = metricsBench();
  const { families, value } = await read();
  const instruments = [COUNTERS, HISTOGRAMS, GAUGES].flatMap((table) => Object.keys(table));
  assertEquals(families.size, instruments.length);
  for (const name of families.keys()) assert(name.startsWith("parley_"), name);
  // From nought: the first of its kind would else be invisible to rate() and increase().
  assertEquals(value("parley_calls_ended_total", { persona: "billing", reason: "internal_error" }), 0);
  assertEquals(value("parley_calls_refused_total", { status: "503" }), 0);
  assertEquals(value("parley_model_dials_total", { model: MODEL, result: "failed" }), 0);
});

Deno.test("metrics: names of personas, models and tools that need escaping are escaped", async () => {
  const name = 'a "b" \\ c\nd';
  const { metrics, read } = metricsBench({ known: { personas: () => [name] } });
  metrics.watch({ type: "started", uuid: "u", persona: name }, "u");
  const { value } = await read();
  assertEquals(value("parley_calls_started_total", { persona: name }), 1);
});

Deno.test("metrics: gauges are read when somebody looks, and tell nothing of what there is not", async () => {
  const { metrics, read, logged } = metricsBench();
  assertEquals((await read()).value("parley_calls_live"), undefined);
  let live = 3;
  metrics.bind({ calls: () => ({ live, limit: undefined, draining: false }) });
  let page = await read();
  assertEquals(page.value("parley_calls_live"), 3);
  assertEquals(page.value("parley_calls_limit"), undefined);
  assertEquals(page.value("parley_draining"), 0);
  assertEquals(page.value("parley_model_away", { model: MODEL }), undefined);
  live = 5;
  metrics.bind({ calls: () => ({ live, limit: 5, draining: true }) });
  page = await read();
  assertEquals(page.value("parley_calls_live"), 5);
  assertEquals(page.value("parley_calls_limit"), 5);
  assertEquals(page.value("parley_draining"), 1);
  metrics.bind({
    calls() {
      throw new Error("Broken");
    },
  });
  page = await read();
  assertEquals(page.value("parley_calls_live"), undefined);
  assert(logged.length > 0);
});

Deno.test("metrics: the day's budget is there to be seen with one alone, and once for all threads that share it", async () => {
  const { metrics, read } = metricsBench();
  metrics.bind({ budget: () => undefined });
  assertEquals((await read()).value("parley_budget_usd", { state: "limit" }), undefined);
  metrics.bind({ budget: () => ({ usdPerDay: 20, usd: 7.25 }) });
  const page = await read();
  assertEquals(page.value("parley_budget_usd", { state: "limit" }), 20);
  assertEquals(page.value("parley_budget_usd", { state: "spent" }), 7.25);
  const snapshots = [await metrics.snapshot(), await metrics.snapshot()];
  const { value } = readExposition((await renderTogether(structuredClone(snapshots))).text);
  assertEquals(value("parley_budget_usd", { state: "limit" }), 20);
  assertEquals(value("parley_budget_usd", { state: "spent" }), 7.25);
});

Deno.test("metrics: the circuit's state shows which model is away and how many dials wait", async () => {
  const { circuit, enter } = circuitBench({ parallel: 2 });
  const { metrics, read } = metricsBench({ known: { models: () => ["m", "n"] } });
  metrics.bind({ dials: () => circuit.state });
  for (let dial = 0; dial < 5; dial++) enter("n");
  let page = await read();
  assertEquals(page.value("parley_model_dials_pending", { state: "dialling" }), 2);
  assertEquals(page.value("parley_model_dials_pending", { state: "waiting" }), 3);
  assertEquals(page.value("parley_model_away", { model: "m" }), 0);
  circuit.stop();

  const other = circuitBench();
  metrics.bind({ dials: () => other.circuit.state });
  other.fail(5, "m");
  page = await read();
  assertEquals(page.value("parley_model_away", { model: "m" }), 1);
  assertEquals(page.value("parley_model_away", { model: "n" }), 0);
  other.circuit.stop();
});

Deno.test("metrics: several processes at one address are added up, but not whether they drain", async () => {
  const pages = await Promise.all([1, 2].map((calls) => {
    const { metrics, clock } = metricsBench();
    for (let call = 0; call < calls; call++) {
      metrics.watch({ type: "started", uuid: `u${call}`, persona: "test" }, `u${call}`);
      metrics.watch({ type: "answered", latencyMs: 450, modelMs: 200 }, `u${call}`);
    }
    clock.advance(1);
    metrics.bind({ calls: () => ({ live: calls, limit: 10, draining: true }) });
    return metrics.snapshot();
  }));
  // As it comes out of another thread.
  const { text, contentType } = await renderTogether(structuredClone(pages));
  const { faults, value } = readExposition(text);
  assertEquals(faults, []);
  assertEquals(contentType, "text/plain; version=0.0.4; charset=utf-8");
  assertEquals(value("parley_calls_started_total", { persona: "test" }), 3);
  assertEquals(value("parley_answer_latency_seconds_bucket", { persona: "test", le: "0.4" }), 0);
  assertEquals(value("parley_answer_latency_seconds_bucket", { persona: "test", le: "0.5" }), 3);
  assertEquals(value("parley_calls_live"), 3);
  assertEquals(value("parley_calls_limit"), 20);
  assertEquals(value("parley_draining"), 1);
});

Deno.test("metrics: where nobody wants them nothing is counted", async () => {
  const clock = new VirtualClock();
  const known = { personas: () => ["test"], tools: () => [], models: () => [] };
  const metrics = createMetrics({ clock, log: silentLog, known, page: false });
  metrics.watch({ type: "started", uuid: "u", persona: "test" }, "u");
  metrics.refused(503);
  assertEquals((await metrics.render()).text, "");
  assertEquals(await metrics.snapshot(), []);
});

Deno.test("metrics: the event loop's delay is how much later a timer fires than it was due", async () => {
  const { clock, metrics, read } = metricsBench();
  const stop = metrics.sampleDelay();
  clock.advance(500);
  clock.jump(540);
  clock.advance(0);
  stop();
  assertEquals(clock.pending, 0);
  const { value } = await read();
  assertEquals(value("parley_event_loop_delay_seconds_count"), 2);
  assertEquals(value("parley_event_loop_delay_seconds_sum"), 0.04);
});
