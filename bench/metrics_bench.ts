// What counting costs a call: a call tells of itself a few times a second. With OTEL_DENO=true, for both sinks.
import type { CallEvent } from "../lib/call/events.ts";
import { systemClock } from "../lib/clock.ts";
import { silentLog } from "../lib/log.ts";
import { createMetrics } from "../lib/metrics.ts";
import { usageOf } from "../lib/realtime/usage.ts";

const names = (count: number, kind: string) => Array.from({ length: count }, (_, index) => `${kind}${index}`);
const [personas, tools] = [names(10, "persona"), names(20, "tool")];
const known = { personas: () => personas, tools: () => tools, models: () => ["gpt-realtime-2.1"] };
const metrics = createMetrics({ clock: systemClock, log: silentLog, known });
const nobody = createMetrics({ clock: systemClock, log: silentLog, known, page: false });

const usage = usageOf({
  input_tokens: 900,
  output_tokens: 200,
  input_token_details: {
    text_tokens: 500,
    audio_tokens: 400,
    cached_tokens: 448,
    cached_tokens_details: { text_tokens: 320, audio_tokens: 128 },
  },
  output_token_details: { text_tokens: 60, audio_tokens: 140 },
});
/** One exchange of a call. */
const turn: readonly CallEvent[] = [
  { type: "caller_speaking" },
  { type: "interrupted", itemId: "i", heardMs: 900, generatedMs: 4000, heardText: "" },
  { type: "caller_silent" },
  { type: "answered", latencyMs: 620, modelMs: 240 },
  { type: "transcript", role: "user", itemId: "i", text: "What are your hours?" },
  {
    type: "tool",
    name: "tool3",
    callId: "c",
    arguments: "{}",
    outcome: "output",
    text: "",
    durationMs: 80,
  },
  { type: "response", responseId: "r", status: "completed", usage, model: "gpt-realtime-2.1" },
];

for (const persona of personas) {
  for (let call = 0; call < 10; call++) {
    const uuid = `${persona}-${call}`;
    metrics.watch({ type: "started", uuid, persona }, uuid);
  }
}

Deno.bench("an exchange of a call, 7 events", () => {
  for (const event of turn) metrics.watch(event, "persona3-5");
});
Deno.bench("the same, counted for nobody", () => {
  for (const event of turn) nobody.watch(event, "persona3-5");
});
Deno.bench("a page", async () => {
  await metrics.render();
});
