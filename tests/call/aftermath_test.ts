import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertStringIncludes,
} from "@std/assert";
import { z } from "zod";
import { CallCost } from "../../lib/call/cost.ts";
import type { CallEvent } from "../../lib/call/events.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { type Agent, createAgent, type Reply } from "../../lib/simulator/agent.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { responsesIn, usdOfAll } from "../support/usage.ts";
import { virtualCall, type VirtualCallOptions } from "../support/virtual-call.ts";

const summary = z.object({
  topic: z.string(),
  urgency: z.enum(["low", "high"]),
  callBack: z.boolean().optional(),
  name: z.string().nullable(),
});

const persona = definePersona({
  instructions: "You tell of the clocks in the museum, patiently and at length. ".repeat(30),
  greeting: "Hello.",
  summary,
});

type VirtualCall = ReturnType<typeof virtualCall>;

/** A greeting, a question, an answer of 4 s; all heard. */
async function talk(options: Partial<VirtualCallOptions> = {}): Promise<VirtualCall> {
  const it = virtualCall({
    persona,
    afterwards: "all",
    ...options,
    simulator: { speech: fixedSpeech(sine(400, 4_000, 24_000)), ...options.simulator },
  });
  await it.silence(6_000);
  await it.hear(voice(1_200));
  await it.silence(7_000);
  return it;
}

const concluded = ({ events }: VirtualCall) =>
  events.find((event) => event.type === "concluded") as
    | { summary: string; extracted: Record<string, unknown>; error: undefined }
    | { error: string }
    | undefined;
const typesAfterEnd = ({ events }: VirtualCall) =>
  events.slice(events.findIndex(({ type }) => type === "ended")).map(({ type }) => type);
const asides = (it: VirtualCall) =>
  it.ofType("response.create").filter(({ response }) =>
    (response as { conversation?: string }).conversation === "none"
  );

/** Answers what is asked beside the conversation with these, one after the other. */
function answering(...replies: Reply[]): Agent {
  const usual = createAgent();
  return (turn) => turn.aside ? replies.shift() ?? usual(turn) : usual(turn);
}

Deno.test("aftermath: when the caller has hung up the model writes the record, and its session ends", async () => {
  await using it = await talk();
  const [session] = it.simulator.sessions;
  it.call.end("hung_up");
  assertEquals(it.told.at(-1)?.type, "closed", "the line does not wait");
  assertEquals(session!.closed, undefined);
  const ended = it.events.at(-1);
  assertEquals(ended?.type === "ended" && ended.more, true);

  await it.clock.run(3_000);
  assertEquals(typesAfterEnd(it), ["ended", "response", "concluded", "settled"]);
  const told = concluded(it)!;
  assert("extracted" in told);
  assertEquals(summary.parse(told.extracted), { topic: "simulator", urgency: "low", name: "simulator" });
  assertStringIncludes(told.summary, "Caller turns: 1.");
  assertEquals(session!.closed?.by, "client");
  assertEquals(it.clock.pending, 0);
  // It is asked in the words of the persona's schema, beside the conversation, and in writing.
  const [ask] = asides(it);
  assertEquals((ask!.response as { output_modalities: string[] }).output_modalities, ["text"]);
  assertStringIncludes(JSON.stringify(it.ofType("conversation.item.create").at(-1)), "urgency");
});

Deno.test("aftermath: what it costs is the call's, and the conversation is read from the cache", async () => {
  await using it = await talk();
  it.call.end("hung_up");
  await it.clock.run(3_000);
  const cost = new CallCost();
  for (const event of it.events) cost.note(event as CallEvent);
  assertAlmostEquals(cost.usd, usdOfAll(it.serverEvents), 1e-12);
  const { usage: { input_token_details: input } } = responsesIn(it.serverEvents).at(-1)!;
  assertGreater(input.cached_tokens, 256);
});

Deno.test("aftermath: an answer that is cut off by the hang-up counts as heard so far, and is paid", async () => {
  const it = virtualCall({
    persona,
    afterwards: "all",
    simulator: { speech: fixedSpeech(sine(400, 20_000, 24_000)) },
  });
  await using _ = it;
  await it.silence(3_000);
  it.call.end("hung_up");
  await it.clock.run(4_000);
  const unheard = it.events.find((event) => event.type === "unheard");
  assert(unheard?.type === "unheard");
  assertGreater(unheard.heardMs, 1_000);
  assertLess(unheard.heardMs, 3_000);
  // The model's memory is the same when it sums up.
  const [truncate] = it.ofType("conversation.item.truncate");
  assertEquals(truncate?.audio_end_ms, unheard.heardMs);
  const order = it.clientEvents.map(({ type }) => type);
  assertLess(order.indexOf("conversation.item.truncate"), order.lastIndexOf("response.create"));
  assertEquals(typesAfterEnd(it).at(-1), "settled");
  assert("extracted" in concluded(it)!);
});

Deno.test("aftermath: without a summary only the last response is waited for, to know what it cost", async () => {
  const { summary: _, ...plain } = persona;
  const it = virtualCall({
    persona: plain,
    afterwards: "cost",
    // In real time, so that the end comes in the middle.
    simulator: { speech: fixedSpeech(sine(400, 20_000, 24_000)), pace: { speed: 1 } },
  });
  await using __ = it;
  await it.silence(1_000);
  assert(it.simulator.sessions[0]!.activeResponse !== undefined);
  it.call.end("hung_up");
  await it.clock.run(2_000);
  assertEquals(asides(it), []);
  assertEquals(typesAfterEnd(it), ["ended", "response", "settled"]);
  const [response] = it.events.filter((event) => event.type === "response");
  assert(response?.type === "response" && response.usage.outputTokens > 0);
  assertEquals(it.simulator.sessions[0]!.closed?.by, "client");

  // And nothing at all where nobody keeps the account, or nothing was going on.
  await using quiet = await talk({ persona: plain, afterwards: "cost" });
  quiet.call.end("hung_up");
  assertEquals(typesAfterEnd(quiet), ["ended"]);
  await using nobody = await talk({ persona });
  nobody.call.end("hung_up");
});

Deno.test("aftermath: nobody asks for a summary where no record is kept", async () => {
  const it = virtualCall({ persona });
  await using _ = it;
  await it.silence(3_000);
  it.call.end("hung_up");
  assertEquals(typesAfterEnd(it), ["ended"]);
  await it.clock.run(100);
  assertEquals(it.simulator.sessions[0]!.closed?.by, "client");
  assertEquals(asides(it), []);
});

const GOOD = JSON.stringify({
  summary: "All fine.",
  fields: { topic: "clocks", urgency: "high", name: "Ann" },
});

Deno.test("aftermath: an answer that does not fit is asked for again, by a function with that schema", async () => {
  const wrong = JSON.stringify({ summary: "All fine.", fields: { topic: "clocks", urgency: "immense" } });
  for (const first of [wrong, "I can't do that.", '{"summary": 7}', `[${GOOD}]`]) {
    const agent = answering({ outputs: [{ text: first }] }, {
      outputs: [{ call: { name: "save_call_record", arguments: GOOD } }],
    });
    await using it = await talk({ simulator: { agent } });
    it.call.end("hung_up");
    await it.clock.run(5_000);
    const told = concluded(it)!;
    assert("extracted" in told, JSON.stringify(told));
    assertEquals([told.summary, told.extracted], ["All fine.", {
      topic: "clocks",
      urgency: "high",
      name: "Ann",
    }]);
    const { tools, tool_choice } = asides(it)[1]!.response as Record<string, unknown> & {
      tools: { name: string }[];
    };
    assertEquals(tools.map(({ name }) => name), ["save_call_record"]);
    assertEquals(tool_choice, { type: "function", name: "save_call_record" });
  }
});

Deno.test("aftermath: a code block around the record does not matter", async () => {
  const agent = answering({ outputs: [{ text: `\`\`\`json\n${GOOD}\n\`\`\`\n` }] });
  await using it = await talk({ simulator: { agent } });
  it.call.end("hung_up");
  await it.clock.run(3_000);
  assert("extracted" in concluded(it)!);
  assertEquals(asides(it).length, 1);
});

Deno.test("aftermath: two wrong answers are an error, and the log has nothing of them", async () => {
  const secret = JSON.stringify({
    summary: "He is Mr Brown.",
    fields: { "Mr Brown": 1, urgency: "Mr Brown" },
  });
  const wrong: Reply = { outputs: [{ text: secret }] };
  await using it = await talk({ simulator: { agent: answering(wrong, wrong, wrong) } });
  it.call.end("hung_up");
  await it.clock.run(6_000);
  const told = concluded(it)!;
  assert(!("extracted" in told));
  assertStringIncludes(told.error!, "urgency");
  assertEquals(asides(it).length, 2);
  assertEquals(typesAfterEnd(it).at(-1), "settled");
  assert(!it.logged.join("\n").includes("Brown"), it.logged.join("\n"));
  assertStringIncludes(it.logged.join("\n"), "Call could not be summed up");
});

Deno.test("aftermath: a model that never answers is left after 8 s, and nothing stays", async () => {
  await using it = await talk();
  it.call.end("hung_up");
  it.simulator.sessions[0]!.freeze();
  await it.clock.run(7_900);
  assertEquals(concluded(it), undefined);
  await it.clock.run(200);
  assertEquals(concluded(it)?.error, "No answer within 8000 ms");
  assertEquals(typesAfterEnd(it), ["ended", "concluded", "settled"]);
  await it.clock.run(10);
  assert(it.simulator.sessions[0]!.closed);
});

Deno.test("aftermath: a response that fails, a session that is lost, a service that stops: an error each", async () => {
  const failing = answering({
    outputs: [],
    status: "failed",
    error: { type: "server_error", code: "server_error", message: "x" },
  });
  await using failed = await talk({ simulator: { agent: failing } });
  failed.call.end("hung_up");
  await failed.clock.run(3_000);
  assertEquals(concluded(failed)?.error, "server_error");

  await using lost = await talk();
  lost.call.end("hung_up");
  lost.simulator.sessions[0]!.end("drop");
  await lost.clock.run(100);
  assertEquals(concluded(lost)?.error, "The model's session was lost");
  assertEquals(typesAfterEnd(lost).at(-1), "settled");

  await using cut = await talk();
  cut.call.end("hung_up");
  cut.call.cut();
  assertEquals(typesAfterEnd(cut), ["ended", "concluded", "settled"]);
  cut.call.cut();
  await cut.clock.run(5_000);
  assertEquals(typesAfterEnd(cut), ["ended", "concluded", "settled"]);
  assert(cut.simulator.sessions[0]!.closed);

  // The session was gone before the end: nobody is left to ask.
  await using gone = await talk();
  gone.simulator.sessions[0]!.end("drop");
  await gone.clock.run(20);
  gone.call.end("hung_up");
  assertEquals(concluded(gone)?.error, "The model's session was gone");
  assertEquals(typesAfterEnd(gone), ["ended"]);
});

Deno.test("aftermath: the caller's last words are written down, though no silence followed them", async () => {
  await using it = await talk({ simulator: { transcribe: () => "Thank you, goodbye." } });
  const before = it.told.filter(({ type }) => type === "user").length;
  await it.hear(voice(900));
  it.call.end("hung_up");
  await it.clock.run(4_000);
  assertEquals(it.ofType("input_audio_buffer.commit").length, 1);
  const words = it.events.filter((event) => event.type === "transcript" && event.role === "user");
  assertEquals(words.length, before + 1);
  const last = words.at(-1);
  assertEquals(last?.type === "transcript" && last.text, "Thank you, goodbye.");
});

Deno.test("aftermath: an answer that the API begins after the end is cancelled at once", async () => {
  await using it = await talk({ simulator: { pace: { createdMs: 300 } } });
  await it.hear(voice(900));
  // The caller hangs up when the turn has ended and its answer has not begun.
  await it.silence(600);
  assertEquals(it.events.at(-1)?.type, "caller_silent");
  it.call.end("hung_up");
  await it.clock.run(6_000);
  const spoken = responsesIn(it.serverEvents).filter(({ status }) => status === "cancelled");
  assertEquals(spoken.map(({ usage }) => usage.output_token_details.audio_tokens), [0]);
  assert("extracted" in concluded(it)!);
  assertEquals(typesAfterEnd(it).at(-1), "settled");
});

Deno.test("aftermath: after a goodbye of the agent's it is asked just so", async () => {
  const it = virtualCall({
    persona: { ...persona, limits: { minutes: 0.2, warningSeconds: 0, goodbye: "Goodbye." } },
    afterwards: "all",
    simulator: { speech: fixedSpeech(sine(400, 2_000, 24_000)) },
  });
  await using _ = it;
  await it.silence(30_000);
  assertEquals(typesAfterEnd(it).at(-1), "settled");
  assert("extracted" in concluded(it)!);
});
