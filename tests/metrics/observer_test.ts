import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import type { CallEvent } from "../../lib/call/events.ts";
import { usageOf } from "../../lib/realtime/usage.ts";
import { metricsBench, MODEL, page } from "./support.ts";

const started = (uuid = "u", persona = "test"): CallEvent => ({ type: "started", uuid, persona });
const cut = (heardMs: number, sinceSpeechMs?: number): CallEvent => ({
  type: "interrupted",
  itemId: "i",
  heardMs,
  generatedMs: 9000,
  heardText: "",
  ...(sinceSpeechMs === undefined ? {} : { sinceSpeechMs }),
});
const response = (usage: unknown, model = MODEL, status = "completed"): CallEvent => ({
  type: "response",
  responseId: "r",
  status,
  usage: usageOf(usage),
  model,
});
const tool = (name: string, outcome: "output" | "error" | "control" = "output"): CallEvent => ({
  type: "tool",
  name,
  callId: "c",
  arguments: "{}",
  outcome,
  text: "",
  durationMs: 40,
});

Deno.test("metrics: items that one interruption cuts are one interruption, the next one is another", async () => {
  const { clock, metrics, read } = metricsBench();
  metrics.watch(started(), "u");
  metrics.watch(cut(1200, 310), "u");
  clock.advance(1);
  metrics.watch(cut(0, 310), "u");
  clock.advance(5000);
  metrics.watch(cut(700, 90), "u");
  const { value } = await read();
  assertEquals(value("parley_interruptions_total", { persona: "test" }), 2);
  assertEquals(value("parley_truncations_total", { heard: "part" }), 2);
  assertEquals(value("parley_truncations_total", { heard: "nothing" }), 1);
  assertEquals(value("parley_interruption_stop_seconds_count"), 2);
  assertEquals(value("parley_interruption_stop_seconds_sum"), 0.4);
});

Deno.test("metrics: an answer cut by a key or a text is an interruption without a time to it", async () => {
  const { metrics, read } = metricsBench();
  metrics.watch(started(), "u");
  metrics.watch(cut(700), "u");
  const { value } = await read();
  assertEquals(value("parley_interruptions_total", { persona: "test" }), 1);
  assertEquals(value("parley_interruption_stop_seconds_count"), 0);
});

Deno.test("metrics: what follows a handoff is counted for the persona that has the call", async () => {
  const { clock, metrics, read } = metricsBench();
  const usage = { input_tokens: 1_000_000, input_token_details: { text_tokens: 1_000_000 } };
  metrics.watch(started(), "u");
  metrics.watch(response(usage), "u");
  metrics.watch({ type: "handoff", from: "test", to: "billing", voice: "switch" }, "u");
  metrics.watch(response(usage), "u");
  metrics.watch(response(usage), "u");
  clock.advance(60_000);
  metrics.watch({ type: "ended", reason: "transferred" }, "u");
  const { value, sum } = await read();
  assertEquals(value("parley_cost_usd_total", { persona: "test", model: MODEL, kind: "response" }), 4);
  assertEquals(value("parley_cost_usd_total", { persona: "billing", model: MODEL, kind: "response" }), 8);
  assertEquals(value("parley_handoffs_total", { persona: "billing", voice: "switch" }), 1);
  assertEquals(value("parley_calls_started_total", { persona: "test" }), 1);
  assertEquals(value("parley_calls_ended_total", { persona: "billing", reason: "transferred" }), 1);
  assertEquals(sum("parley_calls_ended_total"), 1);
  assertEquals(value("parley_call_duration_seconds_sum", { persona: "billing" }), 60);
});

Deno.test("metrics: what is still asked of the model when a call is over is its persona's", async () => {
  const { metrics, read } = metricsBench();
  const usage = { input_tokens: 1_000_000, input_token_details: { text_tokens: 1_000_000 } };
  metrics.watch(started(), "u");
  metrics.watch({ type: "ended", reason: "hung_up", more: true }, "u");
  metrics.watch(response(usage), "u");
  metrics.watch({ type: "concluded", summary: "Fine.", extracted: {} }, "u");
  metrics.watch({ type: "settled" }, "u");
  metrics.watch(response(usage), "u");
  const { value, sum } = await read();
  assertEquals(value("parley_cost_usd_total", { persona: "test", model: MODEL, kind: "response" }), 4);
  assertEquals(sum("parley_calls_ended_total"), 1);
  // Of a call that nobody knows any more.
  assertEquals(value("parley_cost_usd_total", { persona: "other", model: MODEL, kind: "response" }), 4);
});

Deno.test("metrics: two calls at once are not mixed up", async () => {
  const { clock, metrics, read } = metricsBench();
  metrics.watch(started("a"), "a");
  clock.advance(1000);
  metrics.watch(started("b", "billing"), "b");
  clock.advance(1000);
  metrics.watch(cut(100), "b");
  metrics.watch({ type: "ended", reason: "idle" }, "a");
  clock.advance(1000);
  metrics.watch({ type: "ended", reason: "hung_up" }, "b");
  const { value } = await read();
  assertEquals(value("parley_call_duration_seconds_sum", { persona: "test" }), 2);
  assertEquals(value("parley_call_duration_seconds_sum", { persona: "billing" }), 2);
  assertEquals(value("parley_interruption_stop_seconds_count"), 0);
  assertEquals(value("parley_interruptions_total", { persona: "billing" }), 1);
});

Deno.test("metrics: a model without a price costs nothing that we know of, and that is told", async () => {
  const { metrics, read } = metricsBench({ known: { models: () => [MODEL, "llama"] } });
  metrics.watch(started(), "u");
  metrics.watch(response({ input_tokens: 10, output_tokens: 5 }, "llama", "failed"), "u");
  const { value, sum } = await read();
  assertEquals(value("parley_responses_unpriced_total", { model: "llama" }), 1);
  assertEquals(sum("parley_cost_usd_total"), 0);
  assertEquals(value("parley_responses_total", { model: "llama", status: "failed" }), 1);
  const kind = { model: "llama", kind: "other", cached: "no" };
  assertEquals(value("parley_tokens_total", { ...kind, direction: "input" }), 10);
  assertEquals(value("parley_tokens_total", { ...kind, direction: "output" }), 5);
});

Deno.test("metrics: usage that makes no sense is counted as far as it does, and nothing is thrown", async () => {
  const { metrics, logged, read } = metricsBench();
  metrics.watch(started(), "u");
  const details = { text_tokens: 10, cached_tokens: 500, cached_tokens_details: { text_tokens: 500 } };
  metrics.watch(response({ input_tokens: 10, input_token_details: details, output_tokens: -7 }), "u");
  metrics.watch(response({ input_tokens: -1, output_token_details: { audio_tokens: -40 } }), "u");
  metrics.watch({ type: "answered", latencyMs: -3, modelMs: NaN }, "u");
  const { sum } = await read();
  assertEquals(sum("parley_tokens_total"), 10);
  assertEquals(sum("parley_responses_total"), 2);
  // NaN is no time: told once, and the call goes on.
  assertEquals(logged.length, 1);
  assertMatch(logged[0]!, /Could not count/);
});

Deno.test("metrics: 10,000 tools, personas, models, states and codes that are made up become one series each", async () => {
  const { metrics, read } = metricsBench();
  const gate = metrics.gate({
    state: { dialling: 0, waiting: 0, away: [] },
    enter(_model, dial) {
      dial.go();
      return { cancel() {}, outcome() {} };
    },
  });
  for (let index = 0; index < 10_000; index++) {
    const name = `made_up_${index}`;
    metrics.watch(started(name, name), name);
    metrics.watch(tool(name), name);
    metrics.watch(response({ input_tokens: 1 }, name, name), name);
    metrics.watch({ type: "handoff", from: "test", to: name, voice: "keep" }, name);
    metrics.watch({ type: "ended", reason: "hung_up" }, name);
    metrics.refused(index);
    gate.enter(name, { go() {} }).outcome("failed", name);
  }
  const { families, value } = await read();
  assertEquals(value("parley_tool_calls_total", { tool: "other", outcome: "output" }), 10_000);
  assertEquals(value("parley_calls_started_total", { persona: "other" }), 10_000);
  assertEquals(
    value("parley_tokens_total", { model: "other", direction: "input", kind: "other", cached: "no" }),
    10_000,
  );
  assertEquals(value("parley_responses_total", { model: "other", status: "other" }), 10_000);
  // Codes are the API's and of one kind; still there are 50 at most, and what is left.
  const codes = families.get("parley_model_dial_failures_total")!.samples;
  assertEquals(codes.length, 51);
  assertEquals(codes.reduce((sum, sample) => sum + sample.value, 0), 10_000);
  const series = [...families.values()].reduce((sum, { samples }) => sum + samples.length, 0);
  assertEquals(series < 300, true, `${series} series`);
});

Deno.test("metrics: even of names that are known there is an end", async () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `tool_${index}`);
  const { metrics, read } = metricsBench({ known: { tools: () => names } });
  metrics.watch(started(), "u");
  for (const name of names) metrics.watch(tool(name), "u");
  const { families, value } = await read();
  assertEquals(families.get("parley_tool_calls_total")!.samples.length, 51);
  assertEquals(value("parley_tool_calls_total", { tool: "other", outcome: "output" }), 9950);
  assertEquals(value("parley_tool_calls_total", { tool: "tool_49", outcome: "output" }), 1);
});

Deno.test("metrics: tools and personas that are loaded while the service runs are known from then on", async () => {
  const tools = ["lookup"];
  const { metrics, read } = metricsBench({ known: { tools: () => tools } });
  metrics.watch(started(), "u");
  metrics.watch(tool("later"), "u");
  tools.push("later");
  metrics.watch(tool("later"), "u");
  const { value } = await read();
  assertEquals(value("parley_tool_calls_total", { tool: "other", outcome: "output" }), 1);
  assertEquals(value("parley_tool_calls_total", { tool: "later", outcome: "output" }), 1);
});

Deno.test("metrics: nothing that is said, dialled, written or who it is comes out", async () => {
  const { metrics } = metricsBench();
  const uuid = "secret-0f9c";
  const events: CallEvent[] = [
    started(uuid),
    { type: "transcript", role: "user", itemId: "secret-item", text: "My secret number is 555 0199." },
    { ...cut(40), heardText: "secret words" } as CallEvent,
    { type: "digit", digit: "7" },
    { ...tool("secret_tool"), arguments: '{"number":"+15550199"}', text: "secret" } as CallEvent,
    { type: "summarized", text: "secret summary", itemIds: ["secret"], callIds: [] },
    { type: "model_lost", reason: "secret reason 10.1.2.3" },
    response({}, "secret-model", "secret-status"),
    { type: "handoff", from: "secret", to: "secret-persona", voice: "keep" },
    { type: "hang_up", reason: "idle" },
    { type: "ended", reason: "idle" },
  ];
  for (const event of events) metrics.watch(event, uuid);
  const { text } = await metrics.render();
  assertNotMatch(text, /secret|555|0199|10\.1\.2/i);
});

Deno.test("metrics: a call whose end is never told is forgotten in the end", async () => {
  const { clock, metrics, read } = metricsBench();
  for (let index = 0; index < 20_001; index++) metrics.watch(started(`u-${index}`), `u-${index}`);
  clock.advance(1000);
  for (const uuid of ["u-0", "u-20000"]) metrics.watch({ type: "ended", reason: "hung_up" }, uuid);
  const { value } = await read();
  assertEquals(value("parley_call_duration_seconds_count", { persona: "test" }), 1);
  assertEquals(value("parley_calls_ended_total", { persona: "other", reason: "hung_up" }), 1);
});

Deno.test("metrics: a call that has ended is forgotten, and the next of its uuid begins anew", async () => {
  const { clock, metrics, read } = metricsBench();
  metrics.watch(started(), "u");
  clock.advance(1000);
  metrics.watch({ type: "ended", reason: "hung_up" }, "u");
  metrics.watch({ type: "first_audio", sinceStartMs: 500 }, "u");
  metrics.watch(started("u", "billing"), "u");
  clock.advance(3000);
  metrics.watch({ type: "ended", reason: "idle" }, "u");
  const { value } = await read();
  assertEquals(value("parley_first_audio_seconds_count", { persona: "other" }), 1);
  assertEquals(value("parley_first_audio_seconds_count", { persona: "test" }), undefined);
  assertEquals(value("parley_call_duration_seconds_sum", { persona: "billing" }), 3);
});

Deno.test("metrics: audio that did not get through is told by side, in seconds", async () => {
  const { metrics, read } = metricsBench();
  metrics.watch({ type: "audio_fault", kind: "agent_dropped", ms: 1500 }, "u");
  metrics.watch({ type: "audio_fault", kind: "agent_dropped", ms: 500 }, "u");
  metrics.watch({ type: "audio_fault", kind: "caller_dropped", ms: 20 }, "u");
  const { value } = await read();
  assertEquals(value("parley_audio_faults_seconds_total", { kind: "agent_dropped" }), 2);
  assertEquals(value("parley_audio_faults_seconds_total", { kind: "caller_dropped" }), 0.02);
});

Deno.test("metrics: a fault of our own in counting ends no call, and is told once", async () => {
  const { metrics, logged } = metricsBench({
    known: {
      tools() {
        throw new Error("Broken");
      },
    },
  });
  metrics.watch(started(), "u");
  metrics.watch(tool("x"), "u");
  metrics.watch(tool("y"), "u");
  assertEquals(logged.length, 1);
  assertMatch(logged[0]!, /Could not count.*Broken/);
  await page(metrics);
});

Deno.test("metrics: a transfer that was not carried out is told from one that was", async () => {
  const { metrics, read } = metricsBench({ known: { tools: () => ["transfer"] } });
  metrics.watch(started(), "u");
  metrics.watch(tool("transfer", "control"), "u");
  metrics.watch({ ...tool("transfer", "control"), text: "The extension is not known." } as CallEvent, "u");
  const { value } = await read();
  assertEquals(value("parley_tool_calls_total", { tool: "transfer", outcome: "control" }), 1);
  assertEquals(value("parley_tool_calls_total", { tool: "transfer", outcome: "undone" }), 1);
});
