import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { CallEvent } from "../../lib/call/events.ts";
import { transcriptionUsageOf, usageOf } from "../../lib/realtime/usage.ts";
import { metricsBench, MODEL } from "./support.ts";

const started = (): CallEvent => ({ type: "started", uuid: "u", persona: "test" });
const transcription = (usage: unknown, model = "gpt-transcribe"): CallEvent => ({
  type: "transcription",
  itemId: "i",
  outcome: "completed",
  usage: transcriptionUsageOf(usage),
  model,
});

Deno.test("metrics: transcription is counted by the second or by tokens, and its dollars beside those of answers", async () => {
  const known = { transcribers: () => ["gpt-transcribe", "gpt-4o-transcribe"] };
  const { metrics, read } = metricsBench({ known });
  metrics.watch(started(), "u");
  metrics.watch(transcription({ type: "duration", seconds: 60 }), "u");
  metrics.watch(transcription({ type: "duration", seconds: 60 }), "u");
  const usage = {
    type: "tokens",
    input_tokens: 100,
    input_token_details: { audio_tokens: 90, text_tokens: 10 },
    output_tokens: 20,
  };
  metrics.watch(transcription(usage, "gpt-4o-transcribe"), "u");
  const failed = { type: "transcription", itemId: "i", outcome: "failed", usage: undefined } as const;
  metrics.watch({ ...failed, model: "gpt-transcribe" }, "u");
  // One that nobody has named: compatible servers have their own.
  metrics.watch(transcription(undefined, "their-whisper"), "u");
  const { value, sum } = await read();
  const [model, kind, persona] = ["gpt-transcribe", "transcription", "test"];
  assertEquals(value("parley_transcriptions_total", { model, outcome: "completed" }), 2);
  assertEquals(value("parley_transcriptions_total", { model, outcome: "failed" }), 1);
  assertEquals(value("parley_transcription_audio_seconds_total", { model }), 120);
  assertEquals(value("parley_cost_usd_total", { persona, model, kind }), 0.009);
  const tokens = (direction: string, kind: string) =>
    value("parley_tokens_total", { model: "gpt-4o-transcribe", direction, kind, cached: "no" });
  assertEquals([tokens("input", "audio"), tokens("input", "text"), tokens("output", "text")], [90, 10, 20]);
  assertEquals(sum("parley_tokens_total"), 120);
  const dearer = value("parley_cost_usd_total", { persona, model: "gpt-4o-transcribe", kind })!;
  assertAlmostEquals(dearer, (10 * 2.5 + 90 * 6 + 20 * 10) / 1e6, 1e-12);
  assertEquals(value("parley_transcriptions_unpriced_total", { model: "other" }), 1);
  assertEquals(sum("parley_responses_total"), 0);
});

Deno.test("metrics: a bill that makes no sense takes nothing away, and 10,000 models that are made up are one", async () => {
  const { metrics, logged, read } = metricsBench();
  metrics.watch(started(), "u");
  metrics.watch(transcription({ type: "duration", seconds: -5 }), "u");
  metrics.watch(transcription({ type: "tokens", input_tokens: -1, output_tokens: NaN }), "u");
  for (let index = 0; index < 10_000; index++) {
    metrics.watch(transcription({ type: "duration", seconds: 1 }, `made_up_${index}`), "u");
  }
  const { families, sum } = await read();
  assertEquals([sum("parley_tokens_total"), sum("parley_cost_usd_total"), logged], [0, 0, []]);
  assertEquals(families.get("parley_transcriptions_total")!.samples.length, 1);
});

Deno.test("metrics: a phrase that is kept for all calls is its persona's, and no call's", async () => {
  const { metrics, read } = metricsBench();
  const usage = usageOf({
    input_tokens: 100,
    input_token_details: { text_tokens: 100 },
    output_tokens: 50,
    output_token_details: { audio_tokens: 50 },
  });
  metrics.rendered({ persona: "test", model: MODEL, status: "completed", usage });
  const { value, sum } = await read();
  const usd = value("parley_cost_usd_total", { persona: "test", model: MODEL, kind: "phrase" })!;
  assertAlmostEquals(usd, (100 * 4 + 50 * 64) / 1e6, 1e-12);
  assertEquals([sum("parley_tokens_total"), sum("parley_calls_started_total")], [150, 0]);
});

Deno.test("metrics: records that are taken and lost are counted by their way, from nought", async () => {
  const { metrics, read } = metricsBench();
  metrics.bind({ records: () => [["url", 7], ["file", 0]] });
  const tally = metrics.records("url");
  let { value } = await read();
  assertEquals(value("parley_records_lost_total", { to: "url", reason: "refused" }), 0);
  assertEquals(value("parley_records_taken_total", { to: "file" }), undefined);
  tally.taken();
  tally.lost("refused");
  tally.lost("ended");
  tally.lost("ended");
  ({ value } = await read());
  assertEquals(value("parley_records_taken_total", { to: "url" }), 1);
  assertEquals(value("parley_records_lost_total", { to: "url", reason: "refused" }), 1);
  assertEquals(value("parley_records_lost_total", { to: "url", reason: "ended" }), 2);
  assertEquals(value("parley_records_waiting", { to: "url" }), 7);
  assertEquals(value("parley_records_waiting", { to: "file" }), 0);
});
