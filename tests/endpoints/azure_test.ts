import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { silentLog } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import { azureManner } from "../../lib/simulator/manner.ts";
import { readExposition } from "../support/exposition.ts";
import { audioMessage, dialIn, type Phone } from "../support/phone.ts";
import { startService, type TestServiceOptions } from "../support/service.ts";
import { voice } from "../support/sound.ts";

const KEY = "an-azure-key-that-nobody-may-read";
const MODEL = "gpt-realtime-2.1";
const manner = azureManner(KEY, { "desk-voice": MODEL });
const modelEnv = (host: string) => ({
  AZURE_OPENAI_ENDPOINT: `http://${host}`,
  AZURE_OPENAI_DEPLOYMENT: "desk-voice",
  AZURE_OPENAI_API_KEY: KEY,
  OPENAI_API_KEY: "sk-of-openai",
  OPENAI_MODEL: MODEL,
});

function startOnAzure(options: TestServiceOptions = {}) {
  return startService({ modelEnv, ...options, simulator: { manner, ...options.simulator } });
}

/** One caller turn: a voice, then the silence that ends it. */
function turn(phone: Phone): void {
  const samples = new Int16Array(8 * 1900);
  samples.set(voice(1000));
  for (let at = 0; at < samples.length; at += 160) phone.send(audioMessage(samples.subarray(at, at + 160)));
}

Deno.test("azure: a whole call: greeting, a question, its answer; the key in api-key and nowhere else", async () => {
  await using it = startOnAzure();
  const phone = await dialIn(it.url, { uuid: "u-1" });
  await phone.next("greeting's audio", ({ type }) => type === "audio");
  await phone.next("greeting", ({ role }) => role === "agent");
  const greetingFrames = phone.messages.filter(({ type }) => type === "audio").length;
  turn(phone);
  await phone.next("caller's words", ({ role }) => role === "user");
  await phone.next("answer", ({ role }) => role === "agent");
  assertGreater(phone.messages.filter(({ type }) => type === "audio").length, greetingFrames + 20);
  await phone.hangUp();

  const [session, ...others] = it.simulator.sessions;
  assertEquals(others.length, 0);
  const { url, headers } = session!.who;
  assertEquals(url.pathname + url.search, "/openai/v1/realtime?model=desk-voice");
  assertEquals([headers["api-key"], headers.authorization, headers["openai-beta"]], [
    KEY,
    undefined,
    undefined,
  ]);
  // Known by its model: it reasons, and is billed.
  assertEquals([session!.config.model, session!.config.reasoning], [MODEL, { effort: "low" }]);
  assert(it.events.some((event) => event.type === "response" && event.model === MODEL));
  for (const line of it.logged) {
    assertEquals(line.includes(KEY) || line.includes("sk-of-openai"), false, line);
  }
});

const REFUSALS: [name: string, status: number, over: Record<string, string>, said: RegExp][] = [
  ["a wrong key", 401, { AZURE_OPENAI_API_KEY: "wrong" }, /the key is not accepted/],
  ["a deployment that is not there", 404, { AZURE_OPENAI_DEPLOYMENT: "none" }, /no such model or address/],
  ["a rate limit", 429, { RECOVERY_SECONDS: "0" }, /too many requests/],
];

for (const [name, status, env, said] of REFUSALS) {
  Deno.test(`azure: ${name} is told at the start of the call, in the log and by its code: ${status}`, async () => {
    const known = { personas: () => ["assistant"], tools: () => [], models: () => [MODEL] };
    const metrics = createMetrics({ clock: systemClock, log: silentLog, known });
    const faults = status === 429 ? { refuseStatus: status } : {};
    await using it = startOnAzure({ env, metrics, circuitClock: systemClock, simulator: { faults } });
    const phone = await dialIn(it.url, { uuid: "u-1" });
    const error = await phone.next("error", ({ type }) => type === "error");
    await phone.closed;
    assertMatch(String(error.message), said);
    const line = it.logged.find((each) => each.includes("Model can't be had"));
    assertStringIncludes(line ?? "", String(status));
    const page = readExposition((await metrics.render()).text);
    assertEquals(page.value("parley_model_dial_failures_total", { model: MODEL, code: `http_${status}` }), 1);
    for (const each of it.logged) assertEquals(each.includes(KEY), false, each);
  });
}
