import { assertAlmostEquals, assertEquals } from "@std/assert";
import { CallCost } from "../../lib/call/cost.ts";
import type { CallEvent } from "../../lib/call/events.ts";
import type { Usage } from "../../lib/realtime/events.ts";
import { NOTHING } from "../support/usage.ts";

const response = (usage: Partial<Usage>, model = "gpt-realtime-2.1"): CallEvent => ({
  type: "response",
  responseId: "r",
  status: "completed",
  model,
  usage: { ...NOTHING, ...usage },
});

const transcription = (seconds: number, outcome: "completed" | "failed" = "completed"): CallEvent => ({
  type: "transcription",
  itemId: "i",
  outcome,
  usage: outcome === "completed" ? { by: "duration", seconds } : undefined,
  model: "gpt-transcribe",
});

const FIRST = {
  inputTokens: 1000,
  inputTextTokens: 1000,
  outputTokens: 110,
  outputTextTokens: 10,
  outputAudioTokens: 100,
};
const SECOND = {
  inputTokens: 1300,
  inputTextTokens: 1000,
  inputAudioTokens: 300,
  cachedTokens: 1088,
  cachedTextTokens: 960,
  cachedAudioTokens: 128,
  outputTokens: 200,
  outputAudioTokens: 200,
};

Deno.test("cost: every response counts, those beside the conversation and those of other models too", () => {
  const cost = new CallCost();
  cost.note(response(FIRST));
  assertAlmostEquals(cost.usd, (1000 * 4 + 10 * 24 + 100 * 64) / 1e6, 1e-12);
  cost.note(response(SECOND, "gpt-realtime-2.1-mini"));
  const second = (40 * 0.6 + 960 * 0.06 + 172 * 10 + 128 * 0.3 + 200 * 20) / 1e6;
  assertAlmostEquals(cost.usd, (1000 * 4 + 10 * 24 + 100 * 64) / 1e6 + second, 1e-12);
  cost.note({ type: "digit", digit: "1" });
  cost.note(response({ inputTokens: 5, inputTextTokens: 5 }, "llama"));
  assertEquals(cost.unpriced, ["llama"]);
});

Deno.test("cost: the conversation is read again with what was said since, cached as far as it has been", () => {
  const cost = new CallCost();
  assertEquals(cost.reading, { usd: 0, againUsd: 0, uncachedUsd: 0 });
  cost.note(response(FIRST));
  // Nothing was cached so far: no more is counted upon.
  assertAlmostEquals(cost.reading.againUsd, 1000 * 4 / 1e6, 1e-12);
  cost.note(response(SECOND));
  const read = (40 * 4 + 960 * 0.4 + 172 * 32 + 128 * 0.4) / 1e6;
  const said = 200 * 32 / 1e6;
  assertAlmostEquals(cost.reading.usd, read + said, 1e-12);
  assertAlmostEquals(cost.reading.againUsd, (1000 * 0.4 + 300 * 0.4) / 1e6, 1e-12);
  assertAlmostEquals(cost.reading.uncachedUsd, (1000 * 4 + 300 * 32) / 1e6 + said, 1e-12);
  // One that failed tells nothing of the next.
  cost.note(response({}));
  assertAlmostEquals(cost.reading.usd, read + said, 1e-12);
});

Deno.test("cost: whoever watches is told after each response, until they have had enough", () => {
  const cost = new CallCost();
  const seen: number[] = [];
  const stop = cost.watch(() => seen.push(cost.usd));
  cost.note(response(FIRST));
  cost.note({ type: "first_audio", sinceStartMs: 1 });
  stop();
  cost.note(response(SECOND));
  assertEquals(seen.length, 1);
  assertAlmostEquals(seen[0]!, (1000 * 4 + 10 * 24 + 100 * 64) / 1e6, 1e-12);
});

Deno.test("cost: what writes the caller's words down counts, wakes nobody, and changes no reading", () => {
  const cost = new CallCost();
  let told = 0;
  cost.watch(() => told++);
  cost.note(response(FIRST));
  const { reading, usd } = cost;
  cost.note(transcription(8));
  cost.note(transcription(0, "failed"));
  assertAlmostEquals(cost.usd - usd, 8 * 0.0045 / 60, 1e-12);
  assertEquals([cost.reading, told, cost.unpriced], [reading, 1, []]);
  cost.note({ ...transcription(8), model: "my-whisper" } as CallEvent);
  assertEquals(cost.unpriced, ["my-whisper"]);
});
