import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { say, script } from "../../lib/simulator/agent.ts";
import { createSimulator, type SentEvent } from "../../lib/simulator/simulator.ts";
import { audioMessage, dialIn, type Phone } from "../support/phone.ts";
import { startProcess } from "../support/process.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { priceOf, responsesIn } from "../support/usage.ts";
import { type ReceivedSpan, startOtlpCollector } from "./otlp.ts";

const PARENT = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
const TOKEN = "token-of-the-door-0001";
const KEY = "sk-of-nobody-0001";
const QUERY = "key=secret-of-a-query";
const PERSONAL = [
  "15550100",
  "15550199",
  "question",
  "clocks",
  "It was found",
  "goes on",
  "of nobody",
  "half",
];
const ANSWER_MS = 600;
const MODEL = "gpt-realtime-2.1";
/** As OTLP counts kinds. */
const SERVER = 2;
const CLIENT = 3;

/** Both by the machine's time of day; the telephone of this test looks every 20 ms. */
function assertNear(actualMs: number, expectedMs: number, what: string): void {
  assert(Math.abs(actualMs - expectedMs) < 200, `${what}: ${actualMs}, not ${expectedMs}`);
}

/** The model, what a tool asks and what takes the records, in this process: so that what they were sent is known. */
function startSurroundings() {
  const sent: SentEvent[] = [];
  const asked: { path: string; traceparent: string | null; body: string }[] = [];
  const simulator = createSimulator({
    seed: 7,
    requireKey: false,
    agent: script([
      say("Hello."),
      { outputs: [{ call: { name: "lookup", arguments: '{"of":"clocks"}' } }] },
      say("It was found, and the answer goes on."),
      say("Of this answer only half is heard."),
    ]),
    speech: fixedSpeech(sine(400, ANSWER_MS, 24_000)),
    transcribe: () => "A question.",
    onServerEvent: (event) => sent.push(event),
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname: path } = new URL(request.url);
    if (request.headers.has("upgrade")) return simulator.handler(request);
    asked.push({ path, traceparent: request.headers.get("traceparent"), body: await request.text() });
    return new Response(`Of nobody: ${path}`);
  });
  return {
    sent,
    asked,
    host: `127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      await simulator.close();
      await server.shutdown();
    },
  };
}

const personaOf = (host: string) =>
  `import { definePersona, defineTool } from "parley";
import { z } from "zod";
export default definePersona({
  instructions: "Speak.",
  greeting: "Hello.",
  tools: [defineTool({
    name: "lookup",
    description: "Looks something up",
    input: z.object({ of: z.string() }),
    net: ["${host}"],
    run: async () => (await fetch("http://${host}/lookup?${QUERY}")).text(),
  })],
});`;

/** A telephone on which somebody speaks now and then; when audio of the agent's came, stretch by stretch. */
function telephone(phone: Phone) {
  const stretches: { startMs: number; endMs: number; frames: number }[] = [];
  let say: Int16Array = new Int16Array(0);
  let seen = 0;
  const timer = setInterval(() => {
    if (!phone.isClosed()) {
      phone.send(audioMessage(Int16Array.from({ length: 160 }, (_, at) => say[at] ?? 0)));
    }
    say = say.slice(160);
    for (; seen < phone.messages.length; seen++) {
      if (phone.messages[seen]!.type !== "audio") continue;
      const nowMs = Date.now();
      const last = stretches.at(-1);
      if (last && nowMs - last.endMs < 300) Object.assign(last, { endMs: nowMs, frames: last.frames + 1 });
      else stretches.push({ startMs: nowMs, endMs: nowMs, frames: 1 });
    }
  }, 20);
  return {
    stretches,
    speak: (ms: number) => void (say = voice(ms)),
    stop: () => clearInterval(timer),
    async answered(count: number) {
      const untilMs = performance.now() + 8_000;
      while (stretches.length < count) {
        assertLess(performance.now(), untilMs, `Waited in vain for answer ${count}`);
        await pause(20);
      }
    },
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The greeting, a question that a tool answers, a second one; hung up into its answer. */
async function makeCall(url: string) {
  const phone = await dialIn(url, { uuid: "u-7" });
  const startMs = Date.now();
  const line = telephone(phone);
  await line.answered(1);
  await pause(ANSWER_MS + 350);
  line.speak(400);
  await line.answered(2);
  await pause(ANSWER_MS + 350);
  line.speak(400);
  await line.answered(3);
  await pause(ANSWER_MS / 2);
  line.stop();
  await phone.hangUp();
  return { startMs, endMs: Date.now(), stretches: line.stretches };
}

/** A call of the service as it is shipped, and what a collector is sent of it. */
async function traced(env: Record<string, string> = {}) {
  await using around = startSurroundings();
  await using collector = startOtlpCollector();
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/tracing.ts`, personaOf(around.host));
  let output = "";
  try {
    await using service = await startProcess({
      ...collector.env,
      PERSONAS_DIR: dir,
      TOOLS_DIR: `${dir}/none`,
      PERSONA: "tracing",
      OPENAI_API_KEY: KEY,
      OPENAI_REALTIME_URL: `ws://${around.host}/v1/realtime`,
      OPENAI_URL_INSTRUCTIONS: `http://127.0.0.1:${await closedPort()}/instructions?${QUERY}`,
      RECORDS_URL: `http://${around.host}/records?${QUERY}`,
      AUTH_TOKEN: TOKEN,
      LINE_LATENCY_MS: "0",
      LOG_FORMAT: "json",
      ...env,
    });
    const query = `token=${TOKEN}&from=%2B15550100&to=15550199`;
    const parent = `traceparent=00-${PARENT.traceId}-${PARENT.spanId}-01`;
    const call = await makeCall(`ws://127.0.0.1:${service.port}/tracing?${query}&${parent}`);
    await collector.next("the call's own span", ({ name }) => name.startsWith("call "));
    await collector.next(
      "the record's",
      ({ attributes }) => String(attributes["url.full"]).endsWith("/records"),
    );
    output = service.output();
    return {
      call,
      output,
      spans: collector.spans.filter(({ traceId }) => traceId === PARENT.traceId),
      others: collector.spans.filter(({ traceId }) => traceId !== PARENT.traceId),
      text: collector.text(),
      sent: around.sent,
      asked: around.asked,
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function closedPort(): Promise<number> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await Promise.resolve();
  return listener.addr.port;
}

const nameOf = ({ name, attributes }: ReceivedSpan) =>
  "url.full" in attributes ? `${name} ${new URL(String(attributes["url.full"])).pathname}` : name;

/** Names with those of their parts, in order of time. */
function treeOf(spans: readonly ReceivedSpan[], parentSpanId: string, indent = ""): string[] {
  return spans.filter((span) => span.parentSpanId === parentSpanId)
    .toSorted((a, b) => a.startMs - b.startMs)
    .flatMap((span) => [indent + nameOf(span), ...treeOf(spans, span.spanId, `${indent}  `)]);
}

Deno.test("traces: a collector is sent one tree for a call, with the times and tokens that the phone and the model saw", async () => {
  const { call, spans, others, text, output, sent, asked } = await traced();
  const chat = `chat ${MODEL}`;
  assertEquals(treeOf(spans, PARENT.spanId), [
    "call tracing",
    "  dial",
    "  GET /instructions",
    "  greeting",
    `    ${chat}`,
    "    agent_speech",
    "  turn",
    "    caller_speech",
    "    model_wait",
    `    ${chat}`,
    "    execute_tool lookup",
    `    ${chat}`,
    "    agent_speech",
    "  GET /lookup",
    "  turn",
    "    caller_speech",
    "    model_wait",
    `    ${chat}`,
    "    agent_speech",
  ]);
  const named = (name: string) =>
    spans.filter((span) => span.name === name).toSorted((a, b) => a.startMs - b.startMs);
  const [root] = named("call tracing");
  const record = JSON.parse(asked.find(({ path }) => path === "/records")!.body);

  // Times, against those of this process.
  assertNear(root!.startMs, call.startMs, "the call's start");
  assertNear(root!.endMs, call.endMs, "the call's end");
  const speeches = named("agent_speech");
  assertEquals(call.stretches.length, speeches.length);
  for (const [index, { startMs, frames }] of call.stretches.entries()) {
    const speech = speeches[index]!;
    assertNear(speech.startMs, startMs, `answer ${index}`);
    const heardMs = index < 2 ? frames * 20 : call.endMs - startMs;
    assertNear(speech.endMs - speech.startMs, heardMs, `answer ${index} was heard`);
    assertAlmostEquals(Number(speech.attributes["parley.heard_ms"]), speech.endMs - speech.startMs, 1);
  }
  for (const [index, wait] of named("model_wait").entries()) {
    assertAlmostEquals(wait.startMs, named("caller_speech")[index]!.endMs, 1);
    assertNear(wait.endMs, speeches[index + 1]!.startMs, "the wait's end");
    const { latencyMs, modelMs } = record.turns[index];
    assertEquals(wait.attributes["parley.latency_ms"], latencyMs);
    assertEquals(wait.attributes["parley.model_ms"], modelMs);
    assertAlmostEquals(wait.endMs - wait.startMs, latencyMs, 1);
  }

  // Tokens, against what the model sent.
  const responses = responsesIn(sent);
  assertEquals(
    named(chat).map(({ attributes }) => attributes["gen_ai.response.id"]),
    responses.map(({ id }) => id),
  );
  for (const [index, { usage, status }] of responses.entries()) {
    const { attributes, ints, kind } = named(chat)[index]!;
    const { input_token_details: input, output_token_details: output } = usage;
    const counts = {
      "gen_ai.usage.input_tokens": usage.input_tokens,
      "gen_ai.usage.output_tokens": usage.output_tokens,
      "gen_ai.usage.cache_read.input_tokens": input.cached_tokens,
      "gen_ai.usage.text.input_tokens": input.text_tokens,
      "gen_ai.usage.audio.input_tokens": input.audio_tokens,
      "gen_ai.usage.text.cache_read.input_tokens": input.cached_tokens_details.text_tokens,
      "gen_ai.usage.audio.cache_read.input_tokens": input.cached_tokens_details.audio_tokens,
      "gen_ai.usage.text.output_tokens": output.text_tokens,
      "gen_ai.usage.audio.output_tokens": output.audio_tokens,
    };
    for (const [key, tokens] of Object.entries(counts)) {
      assertEquals(attributes[key], tokens, key);
      assert(ints.has(key), `${key} is not sent as a whole number`);
    }
    assertAlmostEquals(Number(attributes["parley.cost.usd"]), priceOf(usage), 1e-9);
    assertEquals(attributes["gen_ai.response.finish_reasons"], [status]);
    assertEquals(attributes["gen_ai.conversation.id"], "u-7");
    assertEquals(kind, CLIENT);
  }
  const sum = (of: (usage: (typeof responses)[number]["usage"]) => number) =>
    responses.reduce((total, { usage }) => total + of(usage), 0);
  assertGreater(sum(({ input_token_details }) => input_token_details.cached_tokens), 0);
  assertEquals(root!.attributes["parley.tokens.input"], sum(({ input_tokens }) => input_tokens));
  assertEquals(root!.attributes["parley.tokens.output"], sum(({ output_tokens }) => output_tokens));
  assertAlmostEquals(Number(root!.attributes["parley.cost.usd"]), record.usd, 1e-8);
  assertEquals(root!.attributes["parley.end_reason"], "hung_up");

  // It is found from the request that began it, from the log, the record, and by whoever a tool asks.
  const request = others.find((span) => span.scope === "deno" && nameOf(span) === "GET /tracing");
  assertEquals(root!.links, [{ traceId: request!.traceId, spanId: request!.spanId }]);
  assertEquals(root!.kind, SERVER);
  assertEquals(record.traceId, PARENT.traceId);
  const logged = output.split("\n").filter((line) => line.includes('"uuid":"u-7"'));
  assertGreater(logged.length, 4);
  for (const line of logged.filter((line) => !line.includes("Socket"))) {
    assert(line.includes(PARENT.traceId), line);
  }
  const lookup = asked.find(({ path }) => path === "/lookup");
  assert(lookup!.traceparent?.startsWith(`00-${PARENT.traceId}-`), lookup!.traceparent ?? "none");

  // With the rights that the service has, and no word, number, key or token.
  assert(!output.includes("NotCapable"), output);
  for (const secret of [TOKEN, KEY, QUERY, ...PERSONAL]) assert(!text.includes(secret), secret);
});
