import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { CallEvent } from "../../lib/call/events.ts";
import { Recorder } from "../../lib/records/recorder.ts";
import type { CallRecord } from "../../lib/records/record.ts";
import { VirtualClock } from "../support/clock.ts";
import { priceOf, responsesIn, transcriptionsIn, usdOfAll } from "../support/usage.ts";
import { virtualWholeCall } from "../support/virtual-whole-call.ts";

const MODEL = "gpt-realtime-2.1";

/** The record that the events make, each at its time. */
function recordOf(events: readonly (CallEvent & { atMs: number })[], content = true): CallRecord {
  const clock = new VirtualClock();
  const records: CallRecord[] = [];
  const recorder = new Recorder({
    uuid: "u-1",
    line: { from: "+15550100" },
    content,
    clock,
    now: () => new Date("2027-03-14T15:00:00Z"),
    done: (record) => records.push(record),
  });
  for (const { atMs, ...event } of events) {
    clock.advance(atMs - clock.now());
    recorder.watch(event as CallEvent);
  }
  assertEquals(records.length, 1);
  return JSON.parse(JSON.stringify(records[0]));
}

Deno.test("record: tokens and dollars are those of the usage that the model sent, the summary's included", async () => {
  const { it } = await virtualWholeCall();
  await using _ = it;
  const record = recordOf(it.events);
  const responses = responsesIn(it.serverEvents);
  assertGreater(responses.length, 6);
  const sum = (of: (usage: (typeof responses)[number]["usage"]) => number) =>
    responses.reduce((total, { usage }) => total + of(usage), 0);
  const expected = {
    input: sum(({ input_tokens }) => input_tokens),
    inputText: sum(({ input_token_details: { text_tokens } }) => text_tokens),
    inputAudio: sum(({ input_token_details: { audio_tokens } }) => audio_tokens),
    cached: sum(({ input_token_details: { cached_tokens } }) => cached_tokens),
    cachedText: sum(({ input_token_details: { cached_tokens_details: { text_tokens } } }) => text_tokens),
    cachedAudio: sum(({ input_token_details: { cached_tokens_details: { audio_tokens } } }) => audio_tokens),
    output: sum(({ output_tokens }) => output_tokens),
    outputText: sum(({ output_token_details: { text_tokens } }) => text_tokens),
    outputAudio: sum(({ output_token_details: { audio_tokens } }) => audio_tokens),
  };
  for (const [kind, tokens] of Object.entries(expected)) assertGreater(tokens, 0, kind);
  assertEquals(record.tokens, expected);
  assertAlmostEquals(record.usd!, usdOfAll(it.serverEvents), 1e-8);
  const answersUsd = responses.reduce((sum, { usage }) => sum + priceOf(usage), 0);
  const usd = Math.round(answersUsd * 1e8) / 1e8;
  assertEquals(record.models, { [MODEL]: { ...expected, responses: responses.length, usd } });
  const words = transcriptionsIn(it.serverEvents);
  const seconds = words.reduce((sum, { usage }) => sum + usage.seconds, 0);
  assertGreater(seconds, 2);
  assertEquals(record.transcription, {
    "gpt-transcribe": {
      completed: words.length,
      failed: 0,
      seconds,
      usd: Math.round(seconds * 0.0045 / 60 * 1e8) / 1e8,
    },
  });
  // The last is the summary's, asked for when the line was closed.
  assertGreater(priceOf(responses.at(-1)!.usage), 0);
  assertEquals(record.extracted, { topic: "simulator" });
  assert(record.summary);
});

Deno.test("record: times are those that the phone saw", async () => {
  const { it, framesMs } = await virtualWholeCall();
  await using _ = it;
  const record = recordOf(it.events);
  const startMs = Date.parse(record.startedAt);
  const closedMs = it.told.find(({ type }) => type === "closed")!.atMs;
  assertAlmostEquals(Date.parse(record.answeredAt!) - startMs, framesMs[0]!, 1);
  assertAlmostEquals(Date.parse(record.endedAt) - startMs, closedMs, 1);
  assertEquals(record.durationMs, Math.round(closedMs));
  assertEquals(record.endReason, "hung_up");
  assertEquals(record.turns.length, 3);
  for (const { atMs, latencyMs, modelMs } of record.turns) {
    const first = framesMs.find((frameMs) => frameMs >= atMs - 1)!;
    assertLess(Math.abs(first - atMs), 2);
    assert(modelMs > 0 && modelMs < latencyMs && latencyMs < 2_000, `${modelMs} of ${latencyMs}`);
  }
});

Deno.test("record: what happened is told once each, and of the agent's words what was heard", async () => {
  const { it } = await virtualWholeCall();
  await using _ = it;
  const record = recordOf(it.events);
  assertEquals([record.personas, record.digits], [["test"], 1]);
  assertEquals(record.interruptions.length, it.told.filter(({ type }) => type === "interruption").length);
  const [{ heardMs, generatedMs } = { heardMs: 0, generatedMs: 0 }] = record.interruptions;
  assertEquals(it.ofType("conversation.item.truncate")[0]!.audio_end_ms, heardMs);
  assert(heardMs > 500 && heardMs < generatedMs && generatedMs <= 4_010, `${heardMs} of ${generatedMs}`);
  assertEquals(record.tools.map(({ atMs: _, ...tool }) => tool), [
    { name: "lookup", outcome: "output", durationMs: 0, arguments: '{"of":"clocks"}', result: "Found." },
  ]);
  const { lost, recovered, rotated, gapMs } = record.sessions;
  assertEquals([lost, recovered, rotated], [1, 1, 0]);
  assert(gapMs > 100 && gapMs < 2_000, String(gapMs));

  const words = record.transcript!.map(({ role, text, cut }) => `${role}${cut ? " (cut)" : ""}: ${text}`);
  assertEquals(words.slice(0, 2), ["agent: Hello.", "caller: A question."]);
  assert(/^agent \(cut\): A long( \w+)*$/.test(words[2]!), words[2]);
  // The caller hung up into the last answer.
  const last = words.at(-1)!;
  assert(/^agent \(cut\): The last( \w+)*$/.test(last) && !last.endsWith("heard."), last);
  assertEquals(words.filter((line) => line === "caller: A question.").length, 3);
});

Deno.test("record: without content nothing of a whole call's words is in it", async () => {
  const { it } = await virtualWholeCall();
  await using _ = it;
  const text = JSON.stringify(recordOf(it.events, false));
  for (const word of ["Hello", "question", "goes on", "clocks", "Found", "5550100", "simulator"]) {
    assert(!text.includes(word), word);
  }
});
