import { assert, assertEquals, assertLess } from "@std/assert";
import { NOTHING } from "../support/usage.ts";
import { allOf, type MadeSpan, named, type TimedEvent, traceOf, treeOf } from "./support.ts";

const MODEL = "gpt-realtime-2.1";

const started: TimedEvent = { type: "started", uuid: "u-1", persona: "test", atMs: 0 };
const dialled = (atMs: number, more: Partial<Extract<TimedEvent, { type: "dialled" }>> = {}): TimedEvent => ({
  type: "dialled",
  outcome: "ready",
  model: MODEL,
  persona: "test",
  durationMs: 40,
  waitedMs: 0,
  openMs: 20,
  atMs,
  ...more,
});
const begun: TimedEvent[] = [started, dialled(50), { type: "configured", sinceStartMs: 50, atMs: 50 }];
const response = (responseId: string, atMs: number, status = "completed"): TimedEvent => ({
  type: "response",
  responseId,
  status,
  usage: { ...NOTHING, inputTokens: 7 },
  model: MODEL,
  atMs,
});
const tool = (atMs: number, more: Partial<Extract<TimedEvent, { type: "tool" }>> = {}): TimedEvent => ({
  type: "tool",
  name: "lookup",
  callId: "c-1",
  arguments: "{}",
  outcome: "output",
  text: "Found.",
  durationMs: 10,
  atMs,
  ...more,
});
const ended = (atMs: number, more?: true): TimedEvent => ({
  type: "ended",
  reason: "hung_up",
  atMs,
  ...(more ? { more } : {}),
});
/** A turn of the caller's with its answer, up to the answer's first audio. */
const asked = (id: string, atMs: number): TimedEvent[] => [
  { type: "caller_speaking", atMs },
  { type: "caller_silent", atMs: atMs + 900 },
  { type: "response_begun", responseId: id, atMs: atMs + 920 },
  { type: "agent_speaking", inMs: 30, atMs: atMs + 1_200 },
  { type: "answered", latencyMs: 700, modelMs: 300, atMs: atMs + 1_200 },
];

const isClosed = (trace: MadeSpan) => allOf(trace).every(({ endMs }) => endMs !== undefined);

Deno.test("trace: a call that ends in the middle of anything leaves no span open", () => {
  const events: TimedEvent[] = [
    ...begun,
    { type: "response_begun", responseId: "r-0", purpose: "greeting", atMs: 60 },
    { type: "agent_speaking", inMs: 0, atMs: 300 },
    response("r-0", 400),
    { type: "agent_silent", agoMs: 300, atMs: 2_000 },
    ...asked("r-1", 3_000),
    { type: "caller_speaking", atMs: 4_500 },
    { type: "agent_silent", agoMs: 0, atMs: 4_500 },
    { type: "interrupted", itemId: "i", heardMs: 270, generatedMs: 900, heardText: "Well", atMs: 4_500 },
    response("r-1", 4_520, "cancelled"),
    { type: "caller_silent", atMs: 5_000 },
    { type: "response_begun", responseId: "r-2", atMs: 5_020 },
    response("r-2", 5_100),
    { type: "tool_begun", name: "lookup", callId: "c-1", atMs: 5_100 },
    tool(5_900),
    { type: "response_begun", responseId: "r-3", purpose: "tools", atMs: 5_920 },
    { type: "agent_speaking", inMs: 0, atMs: 6_100 },
    response("r-3", 6_400),
    { type: "model_lost", reason: "gone", atMs: 6_500 },
    dialled(6_800, { outcome: "failed", code: "http_503" }),
    dialled(7_900),
    { type: "model_back", gapMs: 1_400, atMs: 7_900 },
    dialled(8_500),
    { type: "rotated", atMs: 8_600 },
    dialled(9_000, { persona: "billing" }),
    { type: "handoff", from: "test", to: "billing", voice: "switch", atMs: 9_010 },
  ];
  for (let count = 1; count <= events.length; count++) {
    const atMs = events[count - 1]!.atMs + 10;
    for (const content of [false, true]) {
      const trace = traceOf([...events.slice(0, count), ended(atMs)], { content });
      const open = allOf(trace).filter(({ endMs }) => endMs === undefined).map(({ name }) => name);
      assertEquals(open, [], `after ${events[count - 1]!.type}`);
      assertEquals(trace.endMs, atMs);
      for (const { name, endMs } of allOf(trace)) assertLess(endMs!, atMs + 31, name);
    }
  }
});

Deno.test("trace: what the last answer used is told after the end, the call's own span ends when the call did", () => {
  const trace = traceOf([
    ...begun,
    ...asked("r-1", 1_000),
    ended(2_500, true),
    response("r-1", 2_700, "cancelled"),
    { type: "concluded", error: "No time", atMs: 2_800 },
    { type: "settled", atMs: 2_900 },
  ]);
  assert(isClosed(trace));
  assertEquals(trace.endMs, 2_500);
  assertEquals(trace.attributes["parley.tokens.input"], 7);
  const [chat] = named(trace, `chat ${MODEL}`);
  assertEquals([chat!.startMs, chat!.endMs], [1_920, 2_700]);
  const [afterwards] = named(trace, "afterwards");
  assertEquals([afterwards!.startMs, afterwards!.endMs], [2_500, 2_900]);
});

Deno.test("trace: a response whose end is never told is no open span either", () => {
  const trace = traceOf([...begun, ...asked("r-1", 1_000), ended(2_500, true), {
    type: "settled",
    atMs: 9_000,
  }]);
  assert(isClosed(trace));
  assertEquals(named(trace, `chat ${MODEL}`)[0]!.error, "call_ended");
});

Deno.test("trace: a caller who pauses and goes on has one turn, with all that they said in it", () => {
  const trace = traceOf([
    ...begun,
    { type: "caller_speaking", atMs: 1_000 },
    { type: "caller_silent", atMs: 1_800 },
    { type: "response_begun", responseId: "r-1", atMs: 1_820 },
    { type: "caller_speaking", atMs: 1_900 },
    response("r-1", 1_910, "cancelled"),
    { type: "caller_silent", atMs: 3_000 },
    { type: "response_begun", responseId: "r-2", atMs: 3_020 },
    { type: "agent_speaking", inMs: 0, atMs: 3_300 },
    { type: "answered", latencyMs: 800, modelMs: 300, atMs: 3_300 },
    response("r-2", 3_900),
    { type: "agent_silent", agoMs: 300, atMs: 5_000 },
    ended(6_000),
  ]);
  const [turn, ...others] = named(trace, "turn");
  assertEquals(others, []);
  assertEquals([turn!.startMs, turn!.endMs], [1_000, 4_700]);
  assertEquals(named(turn!, "caller_speech").map(({ startMs, endMs }) => [startMs, endMs]), [
    [1_000, 1_800],
    [1_900, 2_500],
  ]);
  assertEquals(named(turn!, "model_wait").map(({ startMs, endMs }) => [startMs, endMs]), [[2_500, 3_300]]);
  assertEquals(trace.attributes["parley.turns"], 1);
});

Deno.test("trace: who speaks into an answer has a turn of their own, and the answer ends where it was cut", () => {
  const trace = traceOf([
    ...begun,
    ...asked("r-1", 1_000),
    response("r-1", 2_500),
    { type: "caller_speaking", atMs: 3_000 },
    { type: "agent_silent", agoMs: 0, atMs: 3_000 },
    { type: "interrupted", itemId: "i-1", heardMs: 700, generatedMs: 900, heardText: "", atMs: 3_000 },
    { type: "interrupted", itemId: "i-2", heardMs: 70, generatedMs: 500, heardText: "", atMs: 3_000 },
    { type: "caller_silent", atMs: 3_900 },
    ended(4_000),
  ]);
  const [first, second] = named(trace, "turn");
  assertEquals([first!.endMs, second!.startMs], [3_000, 3_000]);
  assertEquals(first!.attributes["parley.interrupted"], true);
  assertEquals(first!.attributes["parley.cut.heard_ms"], 770);
  assertEquals(first!.attributes["parley.cut.generated_ms"], 1_400);
  assertEquals(second!.attributes["parley.interrupted"], false);
  // Two items, one interruption.
  assertEquals(trace.attributes["parley.interruptions"], 1);
});

Deno.test("trace: a sound that was no speech does not end the answer that it was heard beside", () => {
  const trace = traceOf([
    ...begun,
    ...asked("r-1", 1_000),
    { type: "caller_speaking", atMs: 2_500 },
    { type: "caller_silent", atMs: 2_700 },
    { type: "ignored", itemId: "i", atMs: 2_710 },
    response("r-1", 2_800),
    { type: "agent_silent", agoMs: 300, atMs: 5_000 },
    ended(6_000),
  ]);
  const [answered, noise] = named(trace, "turn");
  assertEquals([answered!.startMs, answered!.endMs], [1_000, 4_700]);
  assertEquals([noise!.attributes["parley.ignored"], noise!.endMs], [true, 2_710]);
});

Deno.test("trace: who hangs up while they wait for an answer is seen waiting", () => {
  const trace = traceOf([
    ...begun,
    { type: "caller_speaking", atMs: 1_000 },
    { type: "caller_silent", atMs: 2_000 },
    ended(9_000),
  ]);
  const [wait] = named(trace, "model_wait");
  assertEquals([wait!.startMs, wait!.endMs], [2_000, 9_000]);
  assertEquals(wait!.attributes["parley.answered"], false);
});

Deno.test("trace: a tool that the model makes up names no span", () => {
  const trace = traceOf([
    ...begun,
    ...asked("r-1", 1_000),
    { type: "tool_begun", name: "call_0170_5550100", callId: "c-1", atMs: 2_500 },
    tool(2_510, { name: "call_0170_5550100", outcome: "error", text: "There is no such tool" }),
    ended(4_000),
  ], { toolName: () => "other" });
  assert(!JSON.stringify(trace).includes("5550100"));
  assertEquals(named(trace, "execute_tool other")[0]!.error, "tool_failed");
});

Deno.test("trace: a transfer that did not work is told, and the answer to that belongs to the same turn", () => {
  const trace = traceOf([
    ...begun,
    ...asked("r-1", 1_000),
    response("r-1", 2_500),
    { type: "tool_begun", name: "lookup", callId: "c-1", atMs: 2_500 },
    { type: "agent_silent", agoMs: 300, atMs: 3_000 },
    tool(3_100, { outcome: "control", text: "Nobody answers there." }),
    { type: "response_begun", responseId: "r-2", purpose: "tools", atMs: 3_120 },
    { type: "agent_speaking", inMs: 0, atMs: 3_300 },
    response("r-2", 3_400),
    { type: "agent_silent", agoMs: 300, atMs: 4_000 },
    ended(9_000),
  ]);
  const [turn, ...others] = named(trace, "turn");
  assertEquals(others, []);
  assertEquals([turn!.startMs, turn!.endMs], [1_000, 3_700]);
  assertEquals(named(trace, "execute_tool lookup")[0]!.attributes["parley.tool.outcome"], "undone");
});

Deno.test("trace: a dial is a part of what it was for, and tells why it failed", () => {
  const trace = traceOf([
    started,
    dialled(50, { outcome: "failed", code: "no_answer" }),
    { type: "model_lost", reason: "No answer", atMs: 50 },
    dialled(500, { outcome: "failed", code: "http_503" }),
    dialled(1_000),
    { type: "model_back", gapMs: 950, atMs: 1_000 },
    dialled(5_000, { outcome: "failed", code: "close_1011" }),
    dialled(9_000),
    { type: "rotated", atMs: 9_500 },
    dialled(12_000, { persona: "billing" }),
    { type: "handoff", from: "test", to: "billing", voice: "switch", atMs: 12_100 },
    ended(13_000),
  ]);
  assertEquals(treeOf(trace), [
    "call test",
    "  dial",
    "  recovery",
    "    dial",
    "    dial",
    "  rotation",
    "    dial",
    "  rotation",
    "    dial",
    "  handoff",
    "    dial",
  ]);
  assertEquals(named(trace, "dial").map(({ error }) => error), [
    "no_answer",
    "http_503",
    undefined,
    "close_1011",
    undefined,
    undefined,
  ]);
  const spans = (name: string) => named(trace, name).map(({ startMs, endMs }) => [startMs, endMs]);
  assertEquals(spans("recovery"), [[50, 1_000]]);
  assertEquals(spans("rotation"), [[4_960, 5_000], [8_960, 9_500]]);
  assertEquals(spans("handoff"), [[11_960, 12_100]]);
  assertEquals(trace.events.map(({ name }) => name), ["handoff"]);
});

Deno.test("trace: a call that the model left has failed, one that was hung up has not", () => {
  const lost: TimedEvent[] = [...begun, { type: "model_lost", reason: "gone", atMs: 100 }];
  const failed = traceOf([...lost, { type: "ended", reason: "model_failed", atMs: 900 }]);
  assertEquals([failed.error, named(failed, "recovery")[0]!.error], ["model_failed", "not_recovered"]);
  assertEquals(traceOf([...begun, ended(900)]).error, undefined);
});

Deno.test("trace: a session that is lost takes its answers with it", () => {
  const trace = traceOf([
    ...begun,
    ...asked("r-1", 1_000),
    { type: "agent_silent", agoMs: -400, atMs: 2_500 },
    { type: "model_lost", reason: "gone", atMs: 2_500 },
    dialled(2_900),
    { type: "model_back", gapMs: 400, atMs: 2_900 },
    ended(8_000),
  ]);
  const [chat] = named(trace, `chat ${MODEL}`);
  assertEquals([chat!.endMs, chat!.error], [2_500, "session_lost"]);
  // What the phone held was heard on.
  assertEquals(named(trace, "agent_speech")[0]!.endMs, 2_900);
});

Deno.test("trace: an endless call makes no endless trace, and tells what was left out", () => {
  const events: TimedEvent[] = [...begun];
  for (let turn = 0; turn < 2_000; turn++) {
    const atMs = 1_000 + turn * 4_000;
    const id = `r-${turn}`;
    events.push(...asked(id, atMs), response(id, atMs + 1_300), {
      type: "agent_silent",
      agoMs: 300,
      atMs: atMs + 3_000,
    });
    events.push({ type: "hang_up", reason: "key", atMs: atMs + 3_100 });
  }
  const trace = traceOf([...events, ended(9_000_000)]);
  assert(isClosed(trace));
  assertEquals(allOf(trace).length, 1 + 5_000);
  assertEquals(trace.events.length, 120);
  // 2000 turns of 5 spans and the dial; 2000 moments.
  assertEquals(trace.attributes["parley.omitted"], 2_000 * 5 + 1 - 5_000 + 2_000 - 120);
});

Deno.test("trace: turns and answers that are never told to be over are bounded while the call lives", () => {
  const events: TimedEvent[] = [...begun];
  for (let at = 0; at < 500; at++) {
    events.push({ type: "response_begun", responseId: `r-${at}`, purpose: "greeting", atMs: 1_000 + at });
    events.push({ type: "tool_begun", name: "lookup", callId: `c-${at}`, atMs: 1_000 + at });
  }
  const trace = traceOf(events);
  const open = allOf(trace).filter(({ endMs }) => endMs === undefined);
  assertLess(open.length, 1 + 4 + 2 * 64 + 1);
});

Deno.test("trace: nothing that is told behind the end begins anything", () => {
  const trace = traceOf([...begun, ended(900), ...asked("r-1", 1_000), { type: "settled", atMs: 5_000 }]);
  assertEquals(treeOf(trace), ["call test", "  dial"]);
});
