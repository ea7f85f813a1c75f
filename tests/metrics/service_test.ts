import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { silentLog } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { oneGeneration } from "../../lib/persona/generation.ts";
import { knownNames } from "../../lib/server/known-names.ts";
import { type Exposition, readExposition } from "../support/exposition.ts";
import { dialIn } from "../support/phone.ts";
import { startProcess } from "../support/process.ts";
import { startService } from "../support/service.ts";
import { MODEL } from "./support.ts";

const personas = { assistant: definePersona({ instructions: "Speak.", greeting: "Museum of clocks." }) };
const known = { personas: () => ["assistant"], tools: () => [], models: () => [MODEL] };
const isAudio = ({ type }: { type: string }) => type === "audio";

async function scrape(url: string, init: RequestInit = {}): Promise<Exposition> {
  const response = await fetch(`${url.replace("ws:", "http:")}/metrics`, init);
  assertEquals([response.status, response.headers.get("content-type")], [
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  const page = readExposition(await response.text());
  assertEquals(page.faults, []);
  return page;
}

Deno.test("metrics: over real sockets a call, its dial and those that are refused are on the page", async () => {
  const metrics = createMetrics({ clock: systemClock, log: silentLog, known });
  await using it = startService({
    personas,
    metrics,
    circuitClock: systemClock,
    env: { MAX_CALLS: "1", OPENAI_MODEL: MODEL },
  });
  let page = await scrape(it.url);
  assertEquals(page.value("parley_calls_live"), 0);
  assertEquals(page.value("parley_calls_limit"), 1);
  const phone = await dialIn(it.url, { uuid: "u-7" });
  await phone.next("audio", isAudio);
  await phone.next("transcript", ({ type }) => type === "transcript");
  await assertRejects(() => dialIn(it.url));
  await assertRejects(() => dialIn(`${it.url}/nobody`));
  page = await scrape(it.url);
  assertEquals(page.value("parley_calls_live"), 1);
  assertEquals(page.value("parley_calls_refused_total", { status: "503" }), 1);
  assertEquals(page.value("parley_calls_refused_total", { status: "404" }), 1);
  assertEquals(page.value("parley_model_dials_total", { model: MODEL, result: "opened" }), 1);
  assertEquals(page.value("parley_first_audio_seconds_count", { persona: "assistant" }), 1);
  await phone.hangUp();
  for (let tries = 0; it.service.calls.size > 0 && tries < 500; tries++) {
    await new Promise((wake) => setTimeout(wake, 5));
  }
  page = await scrape(it.url);
  assertEquals(page.value("parley_calls_live"), 0);
  assertEquals(page.value("parley_calls_ended_total", { persona: "assistant", reason: "hung_up" }), 1);
  const billed = it.serverEvents.filter(({ type }) => type === "response.done")
    .map((event) => (event as unknown as { response: { usage: { total_tokens: number } } }).response.usage);
  assertGreater(billed.length, 0);
  assertEquals(
    page.sum("parley_tokens_total"),
    billed.reduce((sum, { total_tokens }) => sum + total_tokens, 0),
  );
  assertGreater(page.sum("parley_cost_usd_total"), 0);
});

Deno.test("metrics: with a token they are read with it, and calls are still judged by their own rules", async () => {
  const metrics = createMetrics({ clock: systemClock, log: silentLog, known });
  const env = { METRICS: "token", AUTH_TOKEN: "a-token-of-some-length" };
  await using it = startService({ personas, metrics, env });
  const refused = await fetch(`${it.url.replace("ws:", "http:")}/metrics`);
  assertEquals(refused.status, 401);
  await refused.body?.cancel();
  await scrape(it.url, { headers: { authorization: "Bearer a-token-of-some-length" } });
  await assertRejects(() => dialIn(it.url));
  const page = await scrape(it.url, { headers: { authorization: "Bearer a-token-of-some-length" } });
  assertEquals(page.value("parley_calls_refused_total", { status: "401" }), 1);
});

Deno.test("metrics: where they are off there is no such page, and nobody is told why", async () => {
  const metrics = createMetrics({ clock: systemClock, log: silentLog, known });
  await using it = startService({ personas, metrics, env: { METRICS: "off" } });
  const response = await fetch(`${it.url.replace("ws:", "http:")}/metrics`);
  assertEquals(response.status, 426);
  await response.body?.cancel();
});

Deno.test("metrics: the names that they may be split by follow the personas, as they are loaded anew", () => {
  const persona = (name: string, model?: string) => ({
    ...personas.assistant,
    ...(model === undefined ? {} : { model }),
    name,
    file: `${name}.ts`,
    warnings: [],
  });
  const generation = (...list: ReturnType<typeof persona>[]) =>
    oneGeneration({
      personas: new Map(list.map((each) => [each.name, each])),
      toolsFor: ({ name }) => new Map([[`tool_of_${name}`, {} as never]]),
    }).current;
  const generations = { current: generation(persona("a"), persona("b", "gpt-realtime-2.1-mini")) };
  const names = knownNames({ overrides: {} }, generations);
  assertEquals([...names.personas()], ["a", "b"]);
  assertEquals([...names.tools()], ["tool_of_a", "tool_of_b"]);
  assertEquals([...names.models()], [MODEL, "gpt-realtime-2.1-mini"]);
  assertEquals([...knownNames({ overrides: { model: "m" } }, generations).models()], ["m"]);
  generations.current = generation(persona("c"));
  assertEquals([...names.personas()], ["c"]);
});

Deno.test("metrics: the process itself shows them, with the rights that it is started with", async () => {
  await using service = await startProcess({ MAX_CALLS: "7", SIMULATOR: "always" });
  const url = `ws://127.0.0.1:${service.port}`;
  const phone = await dialIn(`${url}/supportAgent`);
  await phone.next("audio", isAudio);
  const page = await scrape(url);
  assertEquals(page.value("parley_calls_live"), 1);
  assertEquals(page.value("parley_calls_limit"), 7);
  assertEquals(page.value("parley_calls_started_total", { persona: "supportAgent" }), 1);
  assertEquals(page.value("parley_model_away", { model: MODEL }), 0);
  assertEquals(page.value("parley_model_dials_pending", { state: "waiting" }), 0);
  assertGreater(page.value("parley_model_dials_total", { model: MODEL, result: "opened" })!, 0);
  await phone.hangUp();
});
