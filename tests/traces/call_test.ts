import { assert, assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { priceOf, responsesIn, usdOfAll } from "../support/usage.ts";
import { virtualWholeCall } from "../support/virtual-whole-call.ts";
import { allOf, named, traceOf, treeOf } from "./support.ts";

const WORDS = ["Hello", "question", "goes on", "clocks", "Found", "found", "simulator", "keypad"];

Deno.test("trace: a whole call is one tree, all of it ended, no part before its whole", async () => {
  const { it } = await virtualWholeCall();
  await using _ = it;
  const trace = traceOf(it.events);
  const chat = "chat gpt-realtime-2.1";
  assertEquals(treeOf(trace), [
    "call test",
    "  dial",
    "  greeting",
    `    ${chat}`,
    "    agent_speech",
    "  turn",
    "    caller_speech",
    `    ${chat}`,
    "    agent_speech",
    "    model_wait",
    "  turn",
    "    caller_speech",
    `    ${chat}`,
    "    agent_speech",
    "    model_wait",
    "  turn",
    `    ${chat}`,
    "    execute_tool lookup",
    `    ${chat}`,
    "    agent_speech",
    "  recovery",
    "    dial",
    "  turn",
    "    caller_speech",
    `    ${chat}`,
    "    agent_speech",
    "    model_wait",
    "  afterwards",
    `    ${chat}`,
  ]);
  for (const span of allOf(trace)) {
    assert(span.endMs !== undefined, `${span.name} is left open`);
    for (const part of span.parts) assert(part.startMs >= span.startMs, `${part.name} before ${span.name}`);
  }
});

Deno.test("trace: times are those that the phone saw", async () => {
  const { it, framesMs } = await virtualWholeCall();
  await using _ = it;
  const trace = traceOf(it.events);
  // A stretch of frames without a pause is what is heard without one, as there is no latency here.
  const stretches = framesMs.filter((atMs, index) => index === 0 || atMs - framesMs[index - 1]! > 300);
  const speeches = named(trace, "agent_speech");
  assertEquals(speeches.length, stretches.length);
  for (const [index, startMs] of stretches.entries()) {
    assertAlmostEquals(speeches[index]!.startMs, startMs, 1);
  }
  const heardMs = speeches.map(({ attributes }) => attributes["parley.heard_ms"]);
  // 4 s each, padded to whole frames; one was cut off by the caller, the last by the hang-up.
  const [cut] = it.events.filter((event) => event.type === "interrupted");
  const [unheard] = it.events.filter((event) => event.type === "unheard");
  for (const index of [0, 2, 3]) assertAlmostEquals(Number(heardMs[index]), 4_000, 25);
  assertAlmostEquals(Number(heardMs[1]), cut!.heardMs, 2);
  assertAlmostEquals(Number(heardMs[4]), unheard!.heardMs, 2);

  const answers = it.events.filter((event) => event.type === "answered");
  const waits = named(trace, "model_wait");
  assertEquals(waits.length, answers.length);
  for (const [index, { atMs, latencyMs, modelMs }] of answers.entries()) {
    const { startMs, endMs, attributes } = waits[index]!;
    assertEquals([startMs, endMs], [atMs - latencyMs, atMs]);
    assertEquals(attributes, { "parley.latency_ms": latencyMs, "parley.model_ms": modelMs });
    assertEquals(named(trace, "caller_speech")[index]!.endMs, startMs);
  }
  const ended = it.events.find((event) => event.type === "ended");
  assertEquals([trace.startMs, trace.endMs], [0, ended!.atMs]);
});

Deno.test("trace: tokens and dollars are those of the usage that the model sent, the summary's included", async () => {
  const { it } = await virtualWholeCall();
  await using _ = it;
  const trace = traceOf(it.events);
  const responses = responsesIn(it.serverEvents);
  const chats = named(trace, "chat gpt-realtime-2.1");
  assertEquals(
    chats.map(({ attributes }) => attributes["gen_ai.response.id"]),
    responses.map(({ id }) => id),
  );
  for (const [index, { usage }] of responses.entries()) {
    const { attributes } = chats[index]!;
    assertEquals(attributes["gen_ai.usage.input_tokens"], usage.input_tokens);
    assertEquals(attributes["gen_ai.usage.cache_read.input_tokens"], usage.input_token_details.cached_tokens);
    assertEquals(attributes["gen_ai.usage.output_tokens"], usage.output_tokens);
  }
  const total = responses.reduce((sum, { usage }) => sum + usage.input_tokens, 0);
  assertEquals(trace.attributes["parley.tokens.input"], total);
  const chatsUsd = chats.reduce((sum, { attributes }) => sum + Number(attributes["parley.cost.usd"]), 0);
  assertAlmostEquals(chatsUsd, responses.reduce((sum, { usage }) => sum + priceOf(usage), 0), 1e-8);
  // What wrote the caller's words down is in the call's alone.
  assertAlmostEquals(Number(trace.attributes["parley.cost.usd"]), usdOfAll(it.serverEvents), 1e-8);
  assertGreater(Number(trace.attributes["parley.cost.usd"]), chatsUsd);
});

Deno.test("trace: no transcript, argument, result, key or summary is in a span unless it is asked for", async () => {
  const { it } = await virtualWholeCall();
  await using _ = it;
  const bare = JSON.stringify(traceOf(it.events));
  for (const word of WORDS) assert(!bare.includes(word), word);
  assert(bare.includes('"parley.digits":1'));
});

Deno.test("trace: with content a turn tells both sides as far as they were heard, and tools what they were asked", async () => {
  const { it } = await virtualWholeCall();
  await using _ = it;
  const trace = traceOf(it.events, { content: true });
  const said = (key: string) =>
    [...named(trace, "greeting"), ...named(trace, "turn")].map(({ attributes }) => {
      const text = attributes[key];
      return text === undefined ? undefined : JSON.parse(String(text))[0].parts[0].content;
    });
  assertEquals(said("gen_ai.input.messages"), [
    undefined,
    "A question.",
    "A question.",
    undefined,
    "A question.",
  ]);
  const [hello, cut, yes, found, last] = said("gen_ai.output.messages");
  assertEquals([hello, yes, found], ["Hello.", "Yes?", "It was found."]);
  assert("A long answer that goes on and on.".startsWith(cut) && cut.length < 20, cut);
  assert("The last words of this call are not heard.".startsWith(last) && last.length < 30, last);
  const [tool] = named(trace, "execute_tool lookup");
  assertEquals(tool!.attributes["gen_ai.tool.call.arguments"], '{"of":"clocks"}');
  assertEquals(tool!.attributes["gen_ai.tool.call.result"], "Found.");
  assertEquals(
    named(trace, "afterwards")[0]!.attributes["parley.summary.extracted"],
    '{"topic":"simulator"}',
  );
});
