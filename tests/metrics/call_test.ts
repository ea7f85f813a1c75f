import { assert, assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { z } from "zod";
import type { CallEvent } from "../../lib/call/events.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import type { Tool } from "../../lib/tools/tool.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall } from "../support/virtual-call.ts";
import { metricsOf, MODEL } from "./support.ts";

const persona = definePersona({ instructions: "You are patient. ".repeat(40), greeting: "Hello." });

const slowTool: Tool = {
  name: "lookup",
  description: "Looks something up",
  parameters: z.toJSONSchema(z.object({})),
  timeoutMs: 5000,
  effect: "read",
  confirm: false,
  run: () => Promise.resolve({ kind: "output", text: "Found." }),
};

/** A greeting; an answer that is interrupted; an answer with a tool; a session that is lost; the end. */
async function wholeCall() {
  const framesMs: number[] = [];
  const speechStartsMs: number[] = [];
  const speechEndsMs: number[] = [];
  const it = virtualCall({
    persona,
    tools: [slowTool],
    simulator: {
      agent: script([
        say("Hello."),
        say("A long answer."),
        say("Yes?"),
        { outputs: [{ call: { name: "lookup", arguments: "{}" } }] },
        say("It was found."),
      ]),
      speech: fixedSpeech(sine(400, 4_000, 24_000)),
    },
    onFrame: () => framesMs.push(it.clock.now()),
  });
  const speak = async () => {
    speechStartsMs.push(it.clock.now());
    await it.hear(voice(800));
    speechEndsMs.push(it.clock.now());
  };
  await it.silence(6000);
  await speak();
  // The answer is cut off 1.5 s after it has begun, or so.
  await it.silence(2500);
  await speak();
  await it.silence(7000);
  await speak();
  await it.silence(7000);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(3000);
  it.call.end("hung_up");
  return { it, framesMs, speechStartsMs, speechEndsMs };
}

interface Usage {
  input_tokens: number;
  output_tokens: number;
  input_token_details: {
    text_tokens: number;
    audio_tokens: number;
    cached_tokens_details: { text_tokens: number; audio_tokens: number };
  };
  output_token_details: { text_tokens: number; audio_tokens: number };
}

const ofType = <Type extends CallEvent["type"]>(
  events: readonly (CallEvent & { atMs: number })[],
  type: Type,
) =>
  events.filter((event): event is Extract<CallEvent, { type: Type }> & { atMs: number } =>
    event.type === type
  );

Deno.test("metrics: tokens and dollars of a whole call are those of the usage that the model sent", async () => {
  const { it } = await wholeCall();
  await using _ = it;
  const usages = it.serverEvents.filter(({ type }) => type === "response.done")
    .map((event) => (event as unknown as { response: { usage: Usage } }).response.usage);
  assertGreater(usages.length, 4);
  const sum = (of: (usage: Usage) => number) => usages.reduce((total, usage) => total + of(usage), 0);
  const text = sum(({ input_token_details: { text_tokens } }) => text_tokens);
  const audio = sum(({ input_token_details: { audio_tokens } }) => audio_tokens);
  const cachedText = sum(({ input_token_details }) => input_token_details.cached_tokens_details.text_tokens);
  const cachedAudio = sum(({ input_token_details }) =>
    input_token_details.cached_tokens_details.audio_tokens
  );
  const textOut = sum(({ output_token_details: { text_tokens } }) => text_tokens);
  const audioOut = sum(({ output_token_details: { audio_tokens } }) => audio_tokens);
  // Otherwise this test would show little.
  for (const tokens of [text, audio, cachedText, textOut, audioOut]) assertGreater(tokens, 0);

  const page = await metricsOf(it.events);
  const tokens = (direction: string, kind: string, cached = "no") =>
    page.value("parley_tokens_total", { model: MODEL, direction, kind, cached }) ?? 0;
  assertEquals(tokens("input", "text"), text - cachedText);
  assertEquals(tokens("input", "text", "yes"), cachedText);
  assertEquals(tokens("input", "audio"), audio - cachedAudio);
  assertEquals(tokens("input", "audio", "yes"), cachedAudio);
  assertEquals(tokens("output", "text"), textOut);
  assertEquals(tokens("output", "audio"), audioOut);
  const all = sum(({ input_tokens, output_tokens }) => input_tokens + output_tokens);
  assertEquals(page.sum("parley_tokens_total"), all);

  // The prices of gpt-realtime-2.1, in dollars a million: text 4, cached 0.40, out 24; audio 32, cached 0.40, out 64.
  const millionths = (text - cachedText) * 4 + cachedText * 0.4 + textOut * 24 +
    (audio - cachedAudio) * 32 + cachedAudio * 0.4 + audioOut * 64;
  const usd = page.value("parley_cost_usd_total", { persona: "test", model: MODEL, kind: "response" });
  assertAlmostEquals(usd!, millionths / 1e6, 1e-12);
  assertEquals(page.sum("parley_responses_unpriced_total"), 0);
  for (const status of ["completed", "cancelled"]) {
    const sent = it.serverEvents.filter((event) =>
      event.type === "response.done" &&
      (event as unknown as { response: { status: string } }).response.status === status
    );
    assertEquals(page.sum("parley_responses_total", { model: MODEL, status }), sent.length, status);
  }
});

Deno.test("metrics: waits are those that the phone saw", async () => {
  const { it, framesMs, speechEndsMs } = await wholeCall();
  await using _ = it;
  const page = await metricsOf(it.events);
  const [first] = framesMs;
  const persona = "test";
  assertAlmostEquals(page.value("parley_first_audio_seconds_sum", { persona })!, first! / 1000, 0.0006);
  assertEquals(page.value("parley_first_audio_seconds_count", { persona }), 1);

  const waits = speechEndsMs.map((endMs) => (framesMs.find((atMs) => atMs > endMs)! - endMs) / 1000);
  const answers = ofType(it.events, "answered");
  assertEquals(answers.length, 3);
  const sum = page.value("parley_answer_latency_seconds_sum", { persona })!;
  assertAlmostEquals(sum, answers.reduce((total, { latencyMs }) => total + latencyMs, 0) / 1000, 1e-9);
  // The model hears 20 ms at a time and takes the end of a syllable for silence: half a syllable's difference each.
  assertAlmostEquals(sum, waits.reduce((total, each) => total + each, 0), 0.3);
  assertEquals(page.value("parley_answer_latency_seconds_count", { persona }), 3);
  assertEquals(page.value("parley_answer_latency_seconds_bucket", { persona, le: "20" }), 3);
  const model = page.value("parley_answer_model_seconds_sum", { persona })!;
  assertAlmostEquals(model, answers.reduce((total, { modelMs }) => total + modelMs, 0) / 1000, 1e-9);
  assert(model > 0 && model < sum);
});

Deno.test("metrics: what happened in a whole call is counted once each", async () => {
  const { it, speechStartsMs } = await wholeCall();
  await using _ = it;
  const page = await metricsOf(it.events);
  const persona = "test";
  assertEquals(page.value("parley_calls_started_total", { persona }), 1);
  assertEquals(page.value("parley_calls_ended_total", { persona, reason: "hung_up" }), 1);
  assertEquals(page.sum("parley_calls_ended_total"), 1);
  const lengthMs = ofType(it.events, "ended")[0]!.atMs - ofType(it.events, "started")[0]!.atMs;
  assertEquals(page.value("parley_call_duration_seconds_sum", { persona }), lengthMs / 1000);

  assertEquals(it.told.filter(({ type }) => type === "interruption").length, 1);
  assertEquals(page.value("parley_interruptions_total", { persona }), 1);
  assertEquals(page.value("parley_truncations_total", { heard: "part" }), 1);
  // From the caller's first sound; the model needs 60 ms of it to be sure.
  assertEquals(page.value("parley_interruption_stop_seconds_count"), 1);
  const stoppedMs = it.told.find(({ type }) => type === "interruption")!.atMs;
  assertAlmostEquals(
    page.value("parley_interruption_stop_seconds_sum")!,
    (stoppedMs - speechStartsMs[1]!) / 1000,
    0.021,
  );
  assertGreater(page.value("parley_interruption_stop_seconds_sum")!, 0.059);

  const [tool] = ofType(it.events, "tool");
  assertEquals(page.value("parley_tool_calls_total", { tool: "lookup", outcome: "output" }), 1);
  assertEquals(page.value("parley_tool_duration_seconds_sum", { tool: "lookup" }), tool!.durationMs / 1000);

  assertEquals(page.value("parley_sessions_lost_total"), 1);
  assertEquals(page.value("parley_sessions_recovered_total"), 1);
  const [lost, back] = [ofType(it.events, "model_lost")[0]!, ofType(it.events, "model_back")[0]!];
  assertAlmostEquals(page.value("parley_session_gap_seconds_sum")!, (back.atMs - lost.atMs) / 1000, 1e-9);
  assertEquals(page.value("parley_session_gap_seconds_count"), 1);
});
