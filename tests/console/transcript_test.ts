import { assertEquals } from "@std/assert";
import { Transcript } from "../../lib/console/page/call/transcript.js";
import { heardOf, transcriptText } from "../../lib/console/page/call/transcript-text.js";

type Event = { type: string; [key: string]: unknown };

function transcriptOf(events: ["call" | "model" | "line", Event][]): Transcript {
  const transcript = new Transcript();
  events.forEach(([source, event], index) => transcript.take(source, event, index * 1000));
  return transcript;
}

const speech = (
  item_id: string,
): ["model", Event] => ["model", { type: "input_audio_buffer.speech_started", item_id }];
const words = (item_id: string, delta: string): ["model", Event] => [
  "model",
  { type: "response.output_audio_transcript.delta", item_id, delta },
];
const said = (role: string, itemId: string, text: string): ["call", Event] => [
  "call",
  { type: "transcript", role, itemId, text },
];

Deno.test("transcript: the caller has a place from the first sound on, though the words come after the answer's", () => {
  const { entries } = transcriptOf([
    speech("c1"),
    words("a1", "Good "),
    words("a1", "morning."),
    said("user", "c1", "Hello?"),
    said("agent", "a1", "Good morning."),
  ]);
  assertEquals(entries.map((entry) => "text" in entry && [entry.kind, entry.text, entry.atMs]), [
    ["caller", "Hello?", 0],
    ["agent", "Good morning.", 1000],
  ]);
  assertEquals(entries.map((entry) => "state" in entry && entry.state), ["said", "said"]);
});

Deno.test("transcript: an interrupted answer stays so, whatever comes of it later", () => {
  const { entries: [answer] } = transcriptOf([
    words("a1", "The opening hours "),
    speech("c1"),
    ["call", {
      type: "interrupted",
      itemId: "a1",
      heardMs: 700,
      generatedMs: 3000,
      heardText: "The opening",
    }],
    words("a1", "are from nine"),
    said("agent", "a1", "The opening hours are from nine to five."),
  ]);
  assertEquals(answer, {
    kind: "agent",
    id: "a1",
    atMs: 0,
    text: "The opening hours are from nine to five.",
    state: "interrupted",
    heardText: "The opening",
    heardMs: 700,
    generatedMs: 3000,
  });
});

Deno.test("transcript: the time that an answer took is on that answer, whether its words or its audio come first", () => {
  const answered: ["call", Event] = ["call", { type: "answered", latencyMs: 640, modelMs: 140 }];
  const greeting = words("a0", "Hello.");
  for (const order of [[answered, words("a1", "Yes.")], [words("a1", "Yes."), answered]]) {
    const { entries } = transcriptOf([greeting, speech("c1"), ...order, speech("c2"), words("a2", "No.")]);
    const took = entries.flatMap((entry) => entry.kind === "agent" ? [[entry.id, entry.latencyMs]] : []);
    assertEquals(took, [["a0", undefined], ["a1", 640], ["a2", undefined]]);
  }
});

Deno.test("transcript: the time of an answer that was cut off before its first word is not that of the next", () => {
  const answered: ["call", Event] = ["call", { type: "answered", latencyMs: 640, modelMs: 140 }];
  const { entries } = transcriptOf([speech("c1"), answered, speech("c2"), words("a2", "No.")]);
  assertEquals(entries.map((entry) => entry.kind === "agent" && entry.latencyMs), [false, false, undefined]);
});

Deno.test("transcript: noise is shown as noise, writing as writing, speech without words as speech", () => {
  const transcript = transcriptOf([
    speech("c1"),
    ["call", { type: "ignored", itemId: "c1" }],
    ["call", { type: "ignored", itemId: "never heard of" }],
    said("user", "text_1", "Typed"),
    speech("c2"),
    ["model", { type: "conversation.item.input_audio_transcription.failed", item_id: "c2" }],
    speech("c3"),
  ]);
  transcript.end();
  const states = transcript.entries.map((entry) =>
    entry.kind === "caller" && [entry.state, entry.written ?? false]
  );
  assertEquals(states, [["ignored", false], ["said", true], ["said", false], ["said", false]]);
});

Deno.test("transcript: a tool is there while it runs, and then with what came of it", () => {
  const item = { type: "function_call", call_id: "t1", name: "find", arguments: '{"id":7}' };
  const transcript = transcriptOf([["model", { type: "response.output_item.done", item }]]);
  assertEquals(transcript.entries.map((entry) => entry.kind === "tool" && entry.state), ["running"]);
  transcript.take("call", {
    type: "tool",
    name: "find",
    callId: "t1",
    arguments: '{"id":7}',
    outcome: "output",
    text: "found",
    durationMs: 120,
  }, 1000);
  assertEquals(transcript.entries, [{
    kind: "tool",
    id: "t1",
    atMs: 0,
    name: "find",
    arguments: '{"id":7}',
    state: "output",
    text: "found",
    durationMs: 120,
  }]);
});

Deno.test("transcript: the end of the call cuts off an answer as an interruption does, and is told from one", () => {
  const { entries } = transcriptOf([
    words("a1", "Goodbye and thanks."),
    ["call", { type: "unheard", itemId: "a1", heardMs: 300, generatedMs: 900, heardText: "Goodbye" }],
  ]);
  assertEquals(
    transcriptText(entries, "").split("\n")[2],
    "0:00.0  Agent: Goodbye [the call ended here] (not heard: and thanks.)",
  );
});

Deno.test("transcript: a tool that ends the call, or is still under way then, does not run for ever", () => {
  const item = { type: "function_call", call_id: "t1", name: "hang_up", arguments: "{}" };
  const transcript = transcriptOf([["model", { type: "response.output_item.done", item }]]);
  assertEquals(transcript.end().map((entry) => entry.kind === "tool" && entry.state), ["left"]);
  assertEquals(transcript.end(), []);
  assertEquals(
    transcriptText(transcript.entries, "").split("\n")[2],
    "0:00.0  [hang_up({}) -> the call ended]",
  );
});

Deno.test("transcript: what happens to the call is noted, what is of no use to a reader is not", () => {
  const { entries } = transcriptOf([
    ["call", { type: "digit", digit: "#" }],
    ["call", { type: "model_lost", reason: "1006" }],
    ["call", { type: "model_back", gapMs: 812 }],
    ["call", { type: "handoff", from: "a", to: "b" }],
    ["call", { type: "noted", role: "user", text: "The caller pressed 12" }],
    ["call", { type: "audio_fault", kind: "caller_dropped", ms: 1240 }],
    ["call", { type: "audio_fault", kind: "of another kind", ms: 1 }],
    ["call", { type: "caller_speaking" }],
    ["model", { type: "rate_limits.updated" }],
    ["line", { type: "transcript", role: "user", text: "told on the line as well" }],
  ]);
  assertEquals(entries.map((entry) => entry.kind === "note" && [entry.text, entry.bad]), [
    ["Key #", false],
    ["The model is lost and dialled again (1006)", true],
    ["The model is back after 0.81 s", false],
    ["a hands the call to b", false],
    ["The model is told: The caller pressed 12", false],
    ["1.24 s of the caller's audio was lost, as no session could take it", true],
  ]);
});

Deno.test("transcript: as text it says who, when, and what was cut off", () => {
  const { entries } = transcriptOf([
    words("a1", "We open at nine."),
    speech("c1"),
    ["call", { type: "interrupted", itemId: "a1", heardMs: 500, generatedMs: 900, heardText: "We open" }],
    said("user", "c1", "Thanks"),
    ["call", {
      type: "tool",
      name: "hang_up",
      callId: "t",
      arguments: "{}",
      outcome: "control",
      text: "ok",
      durationMs: 7,
    }],
  ]);
  assertEquals(transcriptText(entries, "A call").split("\n"), [
    "A call",
    "",
    "0:00.0  Agent: We open [interrupted here] (not heard: at nine.)",
    "0:01.0  Caller: Thanks",
    "0:04.0  [hang_up({}) -> ok, 7 ms]",
    "",
  ]);
});

Deno.test("transcript: what was heard is cut out of the answer, also where the estimate does not fit its words", () => {
  assertEquals(heardOf({ text: "One two three", heardText: "One two" }), {
    heard: "One two",
    unheard: "three",
  });
  assertEquals(heardOf({ text: "One two", heardText: "" }), { heard: "", unheard: "One two" });
  assertEquals(heardOf({ text: "Other words", heardText: "One two" }), { heard: "One two", unheard: "" });
  assertEquals(heardOf({ text: "One two" }), { heard: "", unheard: "One two" });
});
