import { assertEquals } from "@std/assert";
import type { CallEvent } from "../../lib/call/events.ts";
import { Recorder } from "../../lib/records/recorder.ts";
import { type CallRecord, lineFacts } from "../../lib/records/record.ts";
import { VirtualClock } from "../support/clock.ts";
import { NOTHING } from "../support/usage.ts";

const START = new Date("2027-03-14T23:59:59.900Z");
const LINE = { from: "+15550100", to: "5001", uniqueid: "1710460799.7", channel: "PJSIP/2000-0001" };

function collect(content = true) {
  const clock = new VirtualClock(5_000);
  const records: CallRecord[] = [];
  const recorder = new Recorder({
    uuid: "u-1",
    line: LINE,
    content,
    clock,
    now: () => START,
    done: (record) => records.push(record),
  });
  return {
    clock,
    records,
    recorder,
    at(ms: number, ...events: CallEvent[]) {
      clock.advance(5_000 + ms - clock.now());
      for (const event of events) recorder.watch(event);
    },
    /** As JSON, which is what anybody gets. */
    record: () => JSON.parse(JSON.stringify(records[0])) as CallRecord,
  };
}

const response = (model: string, inputAudioTokens: number, cachedAudioTokens = 0): CallEvent => ({
  type: "response",
  responseId: "r",
  status: "completed",
  model,
  usage: {
    ...NOTHING,
    inputTokens: inputAudioTokens,
    inputAudioTokens,
    cachedTokens: cachedAudioTokens,
    cachedAudioTokens,
  },
});
const said = (role: "user" | "agent", itemId: string, text: string): CallEvent => ({
  type: "transcript",
  role,
  itemId,
  text,
});

function wholeCall(it: ReturnType<typeof collect>) {
  it.at(0, { type: "started", uuid: "u-1", persona: "reception", generation: 3 });
  it.at(400, { type: "configured", sinceStartMs: 400 }, { type: "first_audio", sinceStartMs: 400 });
  it.at(900, said("agent", "a1", "Hello, how can I help?"));
  it.at(4_000, { type: "caller_speaking" }, {
    type: "interrupted",
    itemId: "a1",
    heardMs: 900,
    generatedMs: 2_000.5,
    heardText: "Hello, how",
  });
  it.at(
    5_000,
    { type: "caller_silent" },
    said("user", "c1", "I want to pay 99 euros."),
    response("gpt-realtime-2.1", 1000, 640),
  );
  it.at(5_800, { type: "answered", latencyMs: 780.4, modelMs: 310.2 });
  it.at(6_000, {
    type: "tool",
    name: "lookup",
    callId: "x",
    arguments: '{"of":"99"}',
    outcome: "output",
    text: "Paid.",
    durationMs: 120,
  });
  it.at(6_500, { type: "digit", digit: "4" }, { type: "digit", digit: "2" }, {
    type: "ignored",
    itemId: "c9",
  });
  it.at(7_000, { type: "model_lost", reason: "dropped" });
  it.at(8_500, { type: "model_back", gapMs: 1_500.2 }, { type: "rotated" });
  it.at(9_000, { type: "handoff", from: "reception", to: "billing", voice: "keep" });
  it.at(
    9_500,
    said("agent", "a2", "Thank you for your payment. Goodbye."),
    response("gpt-realtime-2.1-mini", 100),
  );
}

Deno.test("record: a call is told from its start to its end, times by its own clock", () => {
  const it = collect();
  wholeCall(it);
  it.at(10_000, { type: "unheard", itemId: "a2", heardMs: 400, generatedMs: 2_000, heardText: "Thank you" }, {
    type: "ended",
    reason: "hung_up",
  });
  assertEquals(it.record(), {
    version: 1,
    uuid: "u-1",
    personas: ["reception", "billing"],
    generation: 3,
    line: LINE,
    startedAt: "2027-03-14T23:59:59.900Z",
    answeredAt: "2027-03-15T00:00:00.300Z",
    endedAt: "2027-03-15T00:00:09.900Z",
    durationMs: 10_000,
    endReason: "hung_up",
    turns: [{ atMs: 5_800, latencyMs: 780, modelMs: 310 }],
    interruptions: [{ atMs: 4_000, heardMs: 900, generatedMs: 2_001 }],
    ignored: 1,
    tools: [{
      atMs: 6_000,
      name: "lookup",
      outcome: "output",
      durationMs: 120,
      arguments: '{"of":"99"}',
      result: "Paid.",
    }],
    digits: 2,
    sessions: { lost: 1, recovered: 1, gapMs: 1_500, rotated: 1 },
    tokens: { ...TOKENS, input: 1_100, inputAudio: 1_100, cached: 640, cachedAudio: 640 },
    models: {
      "gpt-realtime-2.1": {
        ...TOKENS,
        input: 1_000,
        inputAudio: 1_000,
        cached: 640,
        cachedAudio: 640,
        responses: 1,
        usd: (360 * 32 + 640 * 0.4) / 1e6,
      },
      "gpt-realtime-2.1-mini": { ...TOKENS, input: 100, inputAudio: 100, responses: 1, usd: 0.001 },
    },
    transcription: {},
    usd: (360 * 32 + 640 * 0.4 + 1000) / 1e6,
    transcript: [
      { atMs: 900, role: "agent", text: "Hello, how", cut: true },
      { atMs: 5_000, role: "caller", text: "I want to pay 99 euros." },
      { atMs: 9_500, role: "agent", text: "Thank you", cut: true },
    ],
  });
});

const TOKENS = {
  input: 0,
  inputText: 0,
  inputAudio: 0,
  cached: 0,
  cachedText: 0,
  cachedAudio: 0,
  output: 0,
  outputText: 0,
  outputAudio: 0,
};

Deno.test("record: how soon the agent was silenced is told where it is known", () => {
  const it = collect();
  it.at(0, { type: "started", uuid: "u-1", persona: "reception" });
  const cut = { type: "interrupted", itemId: "a1", heardMs: 900, generatedMs: 2_000, heardText: "" } as const;
  it.at(1_000, { ...cut, sinceSpeechMs: 160 }, cut, { type: "ended", reason: "hung_up" });
  assertEquals(it.record().interruptions.map(({ stopMs }) => stopMs), [160, undefined]);
});

Deno.test("record: a model that transcribes without a price makes the dollars unknown, what it took is told", () => {
  const it = collect();
  const common = { type: "transcription", itemId: "i", outcome: "completed" } as const;
  const tokens = {
    by: "tokens",
    inputTokens: 50,
    inputTextTokens: 5,
    inputAudioTokens: 45,
    outputTokens: 9,
  } as const;
  it.at(
    0,
    { type: "started", uuid: "u-1", persona: "reception" },
    response("gpt-realtime-2.1", 100),
    { ...common, model: "gpt-4o-transcribe", usage: tokens },
    { ...common, model: "their-whisper", usage: { by: "duration", seconds: 4 } },
    { ...common, model: "their-whisper", outcome: "failed", usage: undefined },
    { type: "ended", reason: "hung_up" },
  );
  const { usd, transcription } = it.record();
  assertEquals(usd, undefined);
  assertEquals(transcription, {
    "gpt-4o-transcribe": {
      completed: 1,
      failed: 0,
      input: 50,
      inputText: 5,
      inputAudio: 45,
      output: 9,
      usd: (5 * 2.5 + 45 * 6 + 9 * 10) / 1e6,
    },
    "their-whisper": { completed: 1, failed: 1, seconds: 4 },
  });
});

Deno.test("record: without content there is no number, no word and no argument in it", () => {
  const it = collect(false);
  wholeCall(it);
  it.at(9_900, { type: "concluded", summary: "Ann paid.", extracted: { name: "Ann" } });
  it.at(10_000, { type: "ended", reason: "hung_up" });
  const text = JSON.stringify(it.records[0]);
  for (const secret of ["5550100", "5001", "PJSIP", "euros", "of", "Paid", "Hello", "Ann", "Thank"]) {
    assertEquals(text.includes(secret), false, secret);
  }
  const { line, transcript, tools, digits, turns } = it.record();
  assertEquals([line, transcript, tools.length, digits, turns.length], [
    { uniqueid: LINE.uniqueid },
    undefined,
    1,
    2,
    1,
  ]);
});

Deno.test("record: what is told after the end is waited for, where the end says so, and no longer", () => {
  const it = collect();
  it.at(0, { type: "started", uuid: "u-1", persona: "reception" });
  it.at(1_000, { type: "ended", reason: "hung_up", more: true });
  assertEquals(it.records, []);
  it.at(1_500, said("user", "c1", "Goodbye."), response("gpt-realtime-2.1", 10));
  it.at(2_000, { type: "concluded", summary: "Short.", extracted: { topic: "none" } }, { type: "settled" });
  const { durationMs, endedAt, summary, extracted, transcript, tokens, answeredAt } = it.record();
  assertEquals([durationMs, endedAt], [1_000, "2027-03-15T00:00:00.900Z"]);
  assertEquals([summary, extracted], ["Short.", { topic: "none" }]);
  assertEquals(transcript?.map(({ text }) => text), ["Goodbye."]);
  assertEquals([tokens.input, answeredAt], [10, undefined]);
  it.at(3_000, { type: "settled" }, { type: "ended", reason: "hung_up" });
  assertEquals(it.records.length, 1);
});

Deno.test("record: why there is no summary is told", () => {
  const it = collect();
  it.at(0, { type: "started", uuid: "u-1", persona: "reception" });
  it.at(1, { type: "concluded", error: "The model's session was gone" }, {
    type: "ended",
    reason: "model_failed",
  });
  assertEquals(it.record().summaryError, "The model's session was gone");
  assertEquals("summary" in it.record(), false);
});

Deno.test("record: a model without a price makes the dollars unknown, the tokens are told", () => {
  const it = collect();
  it.at(
    0,
    { type: "started", uuid: "u-1", persona: "reception" },
    response("llama", 500),
    response("gpt-realtime-2.1", 10),
  );
  it.at(1, { type: "ended", reason: "hung_up" });
  assertEquals("usd" in it.record(), false);
  assertEquals(it.record().models["llama"], { ...TOKENS, input: 500, inputAudio: 500, responses: 1 });
  assertEquals(it.record().tokens.input, 510);
});

Deno.test("record: words that were cut before they were known count as far as heard, or not at all", () => {
  const it = collect();
  it.at(0, { type: "started", uuid: "u-1", persona: "reception" });
  const cut = (itemId: string, heardText: string): CallEvent => ({
    type: "interrupted",
    itemId,
    heardMs: 1,
    generatedMs: 2,
    heardText,
  });
  it.at(1, cut("a1", "It is"), said("agent", "a1", "It is half past nine."));
  it.at(2, cut("a2", ""), said("agent", "a2", "Nobody heard this."));
  it.at(3, said("agent", "a3", "Nor this."), cut("a3", ""));
  it.at(4, { type: "ended", reason: "hung_up" });
  assertEquals(it.record().transcript, [{ atMs: 1, role: "agent", text: "It is", cut: true }]);
  assertEquals(it.record().interruptions.length, 3);
});

Deno.test("record: an endless call makes no endless record", () => {
  const it = collect();
  it.at(0, { type: "started", uuid: "u-1", persona: "reception" });
  for (let turn = 0; turn < 3_000; turn++) {
    it.at(turn, said("user", `c${turn}`, "word"), { type: "answered", latencyMs: 1, modelMs: 1 }, {
      type: "tool",
      name: "t",
      callId: `${turn}`,
      arguments: "x".repeat(100_000),
      outcome: "output",
      text: "y".repeat(100_000),
      durationMs: 1,
    });
  }
  it.at(3_001, { type: "ended", reason: "hung_up" });
  const { transcript, turns, tools, omitted } = it.record();
  assertEquals([transcript?.length, turns.length, tools.length, omitted], [1_000, 1_000, 1_000, 6_000]);
  assertEquals([tools[0]?.arguments?.length, tools[0]?.result?.length], [4_000, 4_000]);
});

Deno.test("record: of the line's URL only what AVR's core puts there is kept, as plain text", () => {
  const query = new URLSearchParams(
    "from=%2B1555%0A0100&to=&uniqueid=17.1&token=secret&persona=x&name=Ann&channel=" + "P".repeat(900),
  );
  assertEquals(lineFacts(query), { from: "+15550100", uniqueid: "17.1", channel: "P".repeat(200) });
});
