import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { responsesIn, type SentUsage, transcriptionsIn } from "./support/usage.ts";
import { MODEL, PERSONA, TOOL_MS, wholeCall } from "./support/whole-call.ts";

/** As OpenAI publishes them for gpt-realtime-2.1, dollars a million tokens; and for gpt-transcribe, dollars a minute. */
const USD = { text: 4, textCached: 0.4, textOut: 24, audio: 32, audioCached: 0.4, audioOut: 64 };
const TRANSCRIPTION_USD = 0.0045;
/** What lies between two sockets, and a frame. */
const ASTRAY_MS = 60;

type Tally = Record<
  "text" | "textCached" | "textOut" | "audio" | "audioCached" | "audioOut" | "input" | "cached" | "output",
  number
>;

/** Tokens by kind as the model sent them, each counted once: what is cached is not among the rest. */
function tally(usages: readonly SentUsage[]): Tally {
  const sum = (of: (usage: SentUsage) => number) => usages.reduce((total, usage) => total + of(usage), 0);
  const textCached = sum(({ input_token_details: input }) => input.cached_tokens_details.text_tokens);
  const audioCached = sum(({ input_token_details: input }) => input.cached_tokens_details.audio_tokens);
  return {
    text: sum(({ input_token_details: input }) => input.text_tokens) - textCached,
    textCached,
    textOut: sum(({ output_token_details: output }) => output.text_tokens),
    audio: sum(({ input_token_details: input }) => input.audio_tokens) - audioCached,
    audioCached,
    audioOut: sum(({ output_token_details: output }) => output.audio_tokens),
    input: sum(({ input_tokens }) => input_tokens),
    cached: sum(({ input_token_details: input }) => input.cached_tokens),
    output: sum(({ output_tokens }) => output_tokens),
  };
}

const rounded = (usd: number) => Math.round(usd * 1e8) / 1e8;

Deno.test("numbers: metrics, record and cost of a real call are those that the model sent and the phone saw", async (t) => {
  const { live, page, record, health, logged, serverEvents, events, seen } = await wholeCall();
  const { value, sum } = page;
  const responses = responsesIn(serverEvents);
  const sent = tally(responses.map(({ usage }) => usage));
  const words = transcriptionsIn(serverEvents);
  const seconds = words.reduce((total, { usage }) => total + usage.seconds, 0);
  const answersUsd = (Object.keys(USD) as (keyof typeof USD)[]).reduce(
    (usd, kind) => usd + sent[kind] * USD[kind] / 1e6,
    0,
  );
  const wordsUsd = seconds * TRANSCRIPTION_USD / 60;
  const count = (type: string) => serverEvents.filter((event) => event.type === type).length;

  await t.step("the call had all that is to be shown", () => {
    for (const [kind, tokens] of Object.entries(sent)) assertGreater(tokens, 0, kind);
    assertEquals(sent.text + sent.textCached + sent.audio + sent.audioCached, sent.input);
    assertEquals(sent.textOut + sent.audioOut, sent.output);
    assertEquals([responses.length, words.length, seconds > 0], [5, 2, true]);
  });

  await t.step("tokens of each kind", () => {
    const on = (direction: string, kind: string, cached: string) =>
      value("parley_tokens_total", { model: MODEL, direction, kind, cached });
    assertEquals(on("input", "text", "no"), sent.text);
    assertEquals(on("input", "text", "yes"), sent.textCached);
    assertEquals(on("input", "audio", "no"), sent.audio);
    assertEquals(on("input", "audio", "yes"), sent.audioCached);
    assertEquals(on("output", "text", "no"), sent.textOut);
    assertEquals(on("output", "audio", "no"), sent.audioOut);
    assertEquals(sum("parley_tokens_total"), sent.input + sent.output);
    assertEquals(record.tokens, {
      input: sent.input,
      inputText: sent.text + sent.textCached,
      inputAudio: sent.audio + sent.audioCached,
      cached: sent.cached,
      cachedText: sent.textCached,
      cachedAudio: sent.audioCached,
      output: sent.output,
      outputText: sent.textOut,
      outputAudio: sent.audioOut,
    });
  });

  await t.step("transcription, by the second as its model is billed", () => {
    const model = "gpt-transcribe";
    assertEquals(value("parley_transcriptions_total", { model, outcome: "completed" }), words.length);
    assertEquals(sum("parley_transcriptions_total"), words.length);
    assertEquals(value("parley_transcription_audio_seconds_total", { model }), seconds);
    assertEquals(record.transcription, {
      [model]: { completed: words.length, failed: 0, seconds, usd: rounded(wordsUsd) },
    });
  });

  await t.step("dollars, to the millionth and below", () => {
    const cost = (model: string, kind: string) =>
      value("parley_cost_usd_total", { persona: PERSONA, model, kind })!;
    assertAlmostEquals(cost(MODEL, "response"), answersUsd, 1e-9);
    assertAlmostEquals(cost("gpt-transcribe", "transcription"), wordsUsd, 1e-9);
    assertAlmostEquals(sum("parley_cost_usd_total"), answersUsd + wordsUsd, 1e-9);
    assertEquals(record.usd, rounded(answersUsd + wordsUsd));
    assertEquals(record.models, {
      [MODEL]: { ...record.tokens, responses: responses.length, usd: rounded(answersUsd) },
    });
    assertEquals(health.budget.usd, Math.round((answersUsd + wordsUsd) * 1e4) / 1e4);
    assertEquals([sum("parley_responses_unpriced_total"), sum("parley_transcriptions_unpriced_total")], [
      0,
      0,
    ]);
  });

  await t.step("what happened, once each", () => {
    for (const status of ["completed", "cancelled", "incomplete", "failed"]) {
      const wanted = responses.filter((response) => response.status === status).length;
      assertEquals(sum("parley_responses_total", { status }), wanted, status);
    }
    assertEquals([live.value("parley_calls_live"), value("parley_calls_live")], [1, 0]);
    assertEquals(value("parley_calls_started_total", { persona: PERSONA }), 1);
    assertEquals(value("parley_calls_ended_total", { persona: PERSONA, reason: "hung_up" }), 1);
    assertEquals([sum("parley_calls_ended_total"), sum("parley_calls_refused_total")], [1, 0]);
    assertEquals(value("parley_model_dials_total", { model: MODEL, result: "opened" }), 1);
    assertEquals([sum("parley_model_dials_total"), sum("parley_model_dial_failures_total")], [1, 0]);
    const turns = count("input_audio_buffer.speech_stopped");
    assertEquals([turns, record.turns.length], [2, 2]);
    assertEquals(value("parley_answer_latency_seconds_count", { persona: PERSONA }), turns);
    const truncated = serverEvents.filter(({ type }) => type === "conversation.item.truncated");
    assertEquals(value("parley_interruptions_total", { persona: PERSONA }), 1);
    assertEquals(value("parley_truncations_total", { heard: "part" }), 1);
    assertEquals(
      record.interruptions.map(({ heardMs }) => heardMs),
      [(truncated[0] as unknown as { audio_end_ms: number }).audio_end_ms],
    );
    assertEquals(value("parley_tool_calls_total", { tool: "lookup", outcome: "output" }), 2);
    assertEquals([sum("parley_tool_calls_total"), record.tools.length], [2, 2]);
    for (const name of ["sessions_lost", "handoffs", "speech_ignored"]) {
      assertEquals(sum(`parley_${name}_total`), 0, name);
    }
    // None on a machine that keeps up.
    const faults = events.filter((event) => event.type === "audio_fault");
    assertAlmostEquals(
      sum("parley_audio_faults_seconds_total"),
      faults.reduce((total, { ms }) => total + ms / 1000, 0),
      1e-9,
    );
    assertEquals(value("parley_records_taken_total", { to: "file" }), 1);
    assertEquals([sum("parley_records_lost_total"), sum("parley_records_waiting")], [0, 0]);
    const { personas, endReason, digits, ignored, sessions } = record;
    assertEquals([personas, endReason, digits, ignored], [[PERSONA], "hung_up", 0, 0]);
    assertEquals(sessions, { lost: 0, recovered: 0, gapMs: 0, rotated: 0 });
  });

  await t.step("times are those of the phone", () => {
    // A busy machine is late by more, in either place.
    const astrayMs = ASTRAY_MS + 2 * seen.lateMs;
    const near = (actualMs: number, expectedMs: number, what: string) =>
      assertLess(Math.abs(actualMs - expectedMs), astrayMs, `${what}: ${actualMs} and not ${expectedMs}`);
    const sumMs = (name: string, labels = {}) => value(`parley_${name}_seconds_sum`, labels)! * 1000;
    const persona = { persona: PERSONA };
    near(sumMs("first_audio", persona), seen.firstAudioMs, "first audio");
    near(Date.parse(record.answeredAt!) - Date.parse(record.startedAt), seen.firstAudioMs, "answered");
    near(record.durationMs, seen.lengthMs, "length");
    near(sumMs("call_duration", persona), seen.lengthMs, "length");
    for (const [index, { latencyMs, modelMs }] of record.turns.entries()) {
      near(latencyMs, seen.waitsMs[index]!, `answer ${index}`);
      assert(modelMs >= 0 && modelMs <= latencyMs, `${modelMs} of ${latencyMs}`);
    }
    const latencyMs = record.turns.reduce((total, turn) => total + turn.latencyMs, 0);
    assertAlmostEquals(sumMs("answer_latency", persona), latencyMs, 1e-6);
    // The silence that ends a turn is a part of what the caller waits.
    for (const turn of record.turns) assertGreater(turn.latencyMs, 200 - 20);
    const [{ stopMs } = {}] = record.interruptions;
    near(stopMs!, seen.stopMs, "interruption");
    assertGreater(stopMs!, 40);
    assertEquals(value("parley_interruption_stop_seconds_count"), 1);
    assertAlmostEquals(sumMs("interruption_stop"), stopMs!, 1e-6);
    for (const { durationMs } of record.tools) near(durationMs, TOOL_MS, "tool");
  });

  await t.step("the page is what Prometheus takes, and nobody is in it", () => {
    assertEquals([live.faults, page.faults], [[], []]);
    for (const word of ["u-42", "5550100", "four two", "Hello", "cuckoo"]) {
      assert(!page.text.includes(word), word);
    }
  });

  await t.step("each line of the call's log has its uuid and persona, and its numbers are masked", () => {
    const first = logged.findIndex((line) => line.includes("Call started"));
    assertGreater(logged.length - first, 10);
    for (const line of logged.slice(first)) assert(/ uuid=u-42 persona=desk/.test(line), line);
    assertEquals(
      logged.filter((line) => line.includes("Caller said")).map((line) => line.split("text=")[1]),
      [
        '"My number is # # #."',
        '"My number is # # #."',
      ],
    );
    assert(!/four|5550100/.test(logged.join("\n")));
    assertEquals(events.filter(({ type }) => type === "ended").length, 1);
  });
});
