// A few events of a call, counted; prints the page. For tests that look at the process from outside.
import { systemClock } from "../../lib/clock.ts";
import { silentLog } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import { usageOf } from "../../lib/realtime/usage.ts";

const metrics = createMetrics({
  clock: systemClock,
  log: silentLog,
  known: { personas: () => ["test"], tools: () => [], models: () => ["gpt-realtime-2.1"] },
});
metrics.bind({
  calls: () => ({ live: 4, limit: undefined, draining: false }),
  dials: () => ({
    dialling: 1,
    waiting: 2,
    away: [{ model: "gpt-realtime-2.1", forMs: 5, reason: "http_503" }],
  }),
});
metrics.watch({ type: "started", uuid: "u", persona: "test" }, "u");
metrics.watch({ type: "first_audio", sinceStartMs: 700 }, "u");
metrics.watch({ type: "answered", latencyMs: 650, modelMs: 250 }, "u");
metrics.watch({ type: "answered", latencyMs: 1350, modelMs: 950 }, "u");
metrics.watch({
  type: "response",
  responseId: "r",
  status: "completed",
  model: "gpt-realtime-2.1",
  usage: usageOf({
    input_tokens: 300,
    output_tokens: 40,
    input_token_details: {
      text_tokens: 200,
      audio_tokens: 100,
      cached_tokens: 64,
      cached_tokens_details: { text_tokens: 64 },
    },
    output_token_details: { text_tokens: 10, audio_tokens: 30 },
  }),
}, "u");
metrics.refused(503);
await Deno.stdout.write(new TextEncoder().encode((await metrics.render()).text));
// With OpenTelemetry, until it has exported.
const untilMs = Number(Deno.args[0] ?? 0);
await new Promise((resolve) => setTimeout(resolve, untilMs));
