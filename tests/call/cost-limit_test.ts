import { assert, assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import { z } from "zod";
import { CallCost } from "../../lib/call/cost.ts";
import { CostLimit } from "../../lib/call/cost-limit.ts";
import { definePersona, type PersonaDefinition } from "../../lib/persona/define.ts";
import { type Agent, say } from "../../lib/simulator/agent.ts";
import type { Tool } from "../../lib/tools/tool.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall, type VirtualCallOptions } from "../support/virtual-call.ts";
import { NOTHING, usdOf, usdOfAll } from "../support/usage.ts";

const instructions = "You tell of the clocks in the museum, patiently and at length. ".repeat(30);
const GOODBYE = "That is all for today. Goodbye.";

/** A caller who always has another question. @param answerMs how long the agent speaks each time */
async function longCall(
  limits: NonNullable<PersonaDefinition["limits"]>,
  { answerMs = 8_000, ...more }: Partial<VirtualCallOptions> & { answerMs?: number } = {},
) {
  const it = virtualCall({
    persona: definePersona({ instructions, greeting: "Hello.", limits }),
    ...more,
    simulator: { speech: fixedSpeech(sine(400, answerMs, 24_000)), ...more.simulator },
  });
  await it.silence(answerMs + 2_000);
  for (let turn = 0; turn < 60 && !isOver(it); turn++) {
    await it.hear(voice(1_500));
    await it.silence(answerMs + 3_000);
  }
  return it;
}

type LongCall = Awaited<ReturnType<typeof longCall>>;
const isOver = (it: ReturnType<typeof virtualCall>) => it.events.some(({ type }) => type === "ended");
const endOf = ({ events }: LongCall) => events.find((event) => event.type === "ended");
const notesOf = (it: LongCall) =>
  it.ofType("conversation.item.create").flatMap((event) => {
    const { role, content } = event.item as { role?: string; content?: { text?: string }[] };
    return role === "system" ? [{ atMs: event.atMs, text: content?.[0]?.text ?? "" }] : [];
  });

Deno.test.each([0.1, 0.15, 0.3, 0.5])(
  "cost limit: a call of %s dollars says goodbye and never costs more",
  async (usd) => {
    await using it = await longCall({ usd, goodbye: GOODBYE });
    const end = endOf(it);
    assertEquals(end?.type === "ended" && end.reason, "cost_limit");
    assertEquals(it.said().at(-1), GOODBYE);
    const spent = usdOfAll(it.serverEvents);
    assertLessOrEqual(spent, usd);
    // Nor is half of it thrown away.
    assertGreater(spent, usd * 0.6);
    // The words were heard before the line was closed.
    const closed = it.told.find(({ type }) => type === "closed")!;
    assertEquals(it.playout.queuedMs, 0);
    assertGreater(closed.atMs, it.told.find(({ text }) => text === GOODBYE)!.atMs);
  },
);

Deno.test("cost limit: at 80 % the agent is told once to come to an end, and not before", async () => {
  const usd = 0.5;
  await using it = await longCall({ usd });
  const soon = notesOf(it).filter(({ text }) => text.includes("Bring it to its end"));
  assertEquals(soon.length, 1);
  let spent = 0;
  let toldMs = 0;
  for (const event of it.events) {
    if (event.type !== "response") continue;
    spent += usdOf(it.serverEvents, event.responseId);
    if (spent >= usd * 0.8) {
      toldMs = event.atMs;
      break;
    }
  }
  assertLess(Math.abs(soon[0]!.atMs - toldMs), 5);
  assertEquals(it.said().at(-1), "Thank you for calling. Goodbye.");
});

Deno.test("cost limit: one very long answer can't break it, it is cut to what can be paid", async () => {
  const usd = 0.12;
  // Two minutes of speech cost 0.15 dollars: the greeting by itself is too much.
  await using it = await longCall({ usd, goodbye: GOODBYE }, { answerMs: 120_000 });
  assertLessOrEqual(usdOfAll(it.serverEvents), usd);
  assertEquals(endOf(it)?.type, "ended");

  const agent: Agent = (turn) => turn.answers < 2 ? say("Hello.") : say("word ".repeat(900));
  await using other = await longCall({ usd, goodbye: GOODBYE }, {
    answerMs: 2_000,
    simulator: {
      agent,
      speech: { say: (text) => Promise.resolve(sine(400, 60 * text.length, 24_000)), close() {} },
    },
  });
  const end = endOf(other);
  assertEquals(end?.type === "ended" && end.reason, "cost_limit");
  assertLessOrEqual(usdOfAll(other.serverEvents), usd);
  const caps = other.ofType("session.update").flatMap((event) =>
    (event.session as { max_output_tokens?: number }).max_output_tokens ?? []
  );
  assert(caps.slice(1).every((cap, index) => index === 0 || Number(cap) < Number(caps[index])), String(caps));
});

Deno.test("cost limit: nothing that the caller says into the goodbye is answered", async () => {
  const usd = 0.1;
  const it = virtualCall({
    persona: definePersona({ instructions, greeting: "Hello.", limits: { usd, goodbye: GOODBYE } }),
    simulator: { speech: fixedSpeech(sine(400, 6_000, 24_000)) },
  });
  await using _ = it;
  const asked = () => it.ofType("response.create").some((event) => /goodbye/.test(JSON.stringify(event)));
  await it.silence(8_000);
  for (let turn = 0; turn < 40 && !notesOf(it).some(({ text }) => text.includes(GOODBYE)); turn++) {
    await it.hear(voice(1_500));
    await it.silence(4_000);
  }
  assert(!asked());
  const responses = () => it.serverEvents.filter(({ type }) => type === "response.created").length;
  const before = responses();
  await it.hear(voice(2_000));
  await it.silence(2_000);
  await it.hear(voice(2_000));
  await it.silence(30_000);
  assertEquals(responses(), before);
  const end = it.events.find((event) => event.type === "ended");
  assertEquals(end?.type === "ended" && end.reason, "cost_limit");
  assertLessOrEqual(usdOfAll(it.serverEvents), usd);
});

Deno.test("cost limit: a tool that the caller waits for is answered before the goodbye", async () => {
  const tool: Tool = {
    name: "lookup",
    description: "Looks something up",
    parameters: z.toJSONSchema(z.object({})),
    timeoutMs: 5000,
    effect: "read",
    confirm: false,
    run: () => Promise.resolve({ kind: "output", text: "Found: a cuckoo clock." }),
  };
  const agent: Agent = (turn) => {
    const last = turn.items.at(-1);
    if (turn.items.some(({ role }) => role === "system")) return say(GOODBYE);
    if (last?.type === "function_call_output") return say("Found: a cuckoo clock.");
    return turn.answers === 0 ? say("Hello.") : { outputs: [{ call: { name: "lookup", arguments: "{}" } }] };
  };
  await using it = await longCall({ usd: 0.1, goodbye: GOODBYE }, { tools: [tool], simulator: { agent } });
  assertEquals(it.said().at(-1), GOODBYE);
  assertEquals(it.said().at(-2), "Found: a cuckoo clock.");
  assertLessOrEqual(usdOfAll(it.serverEvents), 0.1);
});

Deno.test("cost limit: it counts from the call's beginning, in whatever session and with whatever persona", async () => {
  const usd = 0.2;
  await using it = await longCall({ usd, goodbye: GOODBYE }, { env: { ROTATE_MINUTES: "1" } });
  assertGreater(it.simulator.sessions.length, 1);
  const end = endOf(it);
  assertEquals(end?.type === "ended" && end.reason, "cost_limit");
  assertLessOrEqual(usdOfAll(it.serverEvents), usd);
});

Deno.test("cost limit: the summary after the call is kept money for, and is not asked for beyond it", async () => {
  const usd = 0.15;
  const summary = z.object({ topic: z.string() });
  const persona = definePersona({
    instructions,
    greeting: "Hello.",
    limits: { usd, goodbye: GOODBYE },
    summary,
  });
  await using it = await longCall({}, { persona, afterwards: "all" });
  await it.clock.run(10_000);
  assertEquals(it.said().at(-1), GOODBYE);
  const told = it.events.find((event) => event.type === "concluded");
  assert(told?.type === "concluded" && "extracted" in told, JSON.stringify(told));
  assertLessOrEqual(usdOfAll(it.serverEvents), usd);

  // A caller who hangs up when less is left than it costs.
  const little = virtualCall({
    persona: { ...persona, limits: { usd: 0.02 } },
    afterwards: "all",
    simulator: { speech: fixedSpeech(sine(400, 8_000, 24_000)) },
  });
  await using _ = little;
  await little.silence(3_000);
  little.call.end("hung_up");
  await little.clock.run(3_000);
  const refused = little.events.find((event) => event.type === "concluded");
  assertEquals(refused?.type === "concluded" && refused, {
    type: "concluded",
    error: "It would cost more than limits.usd",
    atMs: 3_000,
  } as never);
});

Deno.test("cost limit: tools bring the end one reading earlier, though not while one runs, transcription its price", () => {
  const after = (
    options: { hasTools: boolean; waiting?: boolean; transcriber?: string },
    audioOut: number,
  ) => {
    const cost = new CallCost();
    const told: unknown[] = [];
    const limit = new CostLimit({
      limitUsd: 0.15,
      cost,
      model: "gpt-realtime-2.1",
      transcriber: options.transcriber,
      promptCharacters: 100,
      summary: false,
      hasTools: options.hasTools,
      waiting: () => options.waiting === true,
      onCap: () => {},
      onWarning: () => {},
      onEnd: () => told.push("end"),
    });
    limit.start();
    const usage = {
      ...NOTHING,
      inputTokens: 500,
      inputAudioTokens: 500,
      outputTokens: audioOut,
      outputAudioTokens: audioOut,
    };
    cost.note({ type: "response", responseId: "r", status: "completed", model: "gpt-realtime-2.1", usage });
    return Promise.resolve().then(() => (limit.stop(), told.length > 0));
  };
  // Reading 500 tokens costs 0.016 dollars, and an answer's token 0.000096 with its being read.
  return (async () => {
    let [plain, tools, waiting, words] = [0, 0, 0, 0];
    for (let audioOut = 0; audioOut < 900; audioOut += 5) {
      if (!await after({ hasTools: false }, audioOut)) plain = audioOut;
      if (!await after({ hasTools: true }, audioOut)) tools = audioOut;
      if (!await after({ hasTools: true, waiting: true }, audioOut)) waiting = audioOut;
      if (!await after({ hasTools: false, transcriber: "gpt-realtime-whisper" }, audioOut)) words = audioOut;
    }
    assertEquals(waiting, plain);
    // Half a minute of the caller's words is written down for 0.0085 dollars.
    assertGreater(plain - words, 0.0085 / 0.000096 * 0.9);
    assertGreater(plain - tools, 0.016 / 0.000096 * 0.9);
  })();
});

Deno.test("cost limit: a model without a price is not held, and nothing is said", () => {
  const cost = new CallCost();
  const told: unknown[] = [];
  const limit = new CostLimit({
    limitUsd: 0.01,
    cost,
    model: "llama-voice",
    transcriber: undefined,
    promptCharacters: 1000,
    summary: false,
    hasTools: false,
    waiting: () => false,
    onCap: (tokens) => told.push(tokens),
    onWarning: () => told.push("warning"),
    onEnd: () => told.push("end"),
  });
  limit.start();
  const usage = { ...NOTHING, inputTokens: 1e6, inputAudioTokens: 1e6 };
  cost.note({ type: "response", responseId: "r", status: "completed", model: "llama-voice", usage });
  assertEquals([told, cost.usd, cost.unpriced], [[], 0, ["llama-voice"]]);
  limit.stop();
});
