import { assert, assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { systemClock } from "../../lib/clock.ts";
import { silentLog } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import { isGenuine, startCollector } from "../support/collector.ts";
import { readExposition } from "../support/exposition.ts";
import { dialIn, type Phone } from "../support/phone.ts";
import { startService, type TestService } from "../support/service.ts";
import { priceOf, responsesIn, usdOfAll } from "../support/usage.ts";

const SECRET = "of-the-collector-0123456789";
const personas = {
  assistant: definePersona({ instructions: "Speak.", greeting: "I am 0171." }),
  summing: definePersona({
    instructions: "Speak.",
    greeting: "Hello.",
    summary: z.object({ topic: z.string() }),
  }),
};

/** Until what was said has been heard. */
const HEARD_MS = 900;
const heard = () => new Promise<void>((resolve) => setTimeout(resolve, HEARD_MS));

async function greeted(it: TestService, path = "", uuid = "u-1"): Promise<Phone> {
  const phone = await dialIn(it.url + path, { uuid });
  await phone.next("greeting", ({ type }) => type === "transcript");
  return phone;
}

Deno.test("books: the record of a call is in the file and with the collector, signed, with what the model sent", async () => {
  const dir = await Deno.makeTempDir();
  const file = `${dir}/records.jsonl`;
  await using collector = startCollector(200);
  await using it = startService({
    personas,
    env: { RECORDS_FILE: file, RECORDS_URL: collector.url, RECORDS_SECRET: SECRET },
  });
  const phone = await greeted(it, "/assistant?from=%2B15550100&to=5001&uniqueid=17.1&token=x");
  await heard();
  phone.send({ type: "dtmf_digit", digit: "1" });
  phone.send({ type: "dtmf_digit", digit: "#" });
  await phone.next("answer", ({ type }) => type === "transcript");
  await heard();
  await phone.hangUp();
  await collector.atLeast(1);
  await it.service.gone();

  const [sent] = collector.taken;
  assert(isGenuine(sent!, SECRET));
  assertEquals(await Deno.readTextFile(file), sent!.body + "\n");
  const record = sent!.record as Record<string, never> & { tokens: { input: number; output: number } };
  const { version, uuid, personas: names, generation, line, endReason, digits, usd, models } = record;
  assertEquals(
    [version, uuid, names, generation, endReason, digits],
    [1, "u-1", ["assistant"], 1, "hung_up", 2] as never,
  );
  assertEquals(line, { from: "+15550100", to: "5001", uniqueid: "17.1" } as never);
  const responses = responsesIn(it.serverEvents);
  assertEquals(record.tokens.input, responses.reduce((sum, { usage }) => sum + usage.input_tokens, 0));
  assertEquals(record.tokens.output, responses.reduce((sum, { usage }) => sum + usage.output_tokens, 0));
  assertEquals(usd, Math.round(usdOfAll(it.serverEvents) * 1e8) / 1e8 as never);
  assertEquals(Object.keys(models!), ["gpt-realtime-2.1"]);
  assertMatch(
    JSON.stringify(record),
    /"transcript":\[\{"atMs":\d+,"role":"agent","text":"I am 0171\."\},\{"atMs":\d+,"role":"agent","text":"You pressed 1\."\}\]/,
  );
  await Deno.remove(dir, { recursive: true });
});

Deno.test("books: the persona's summary comes after the call, which is over for everybody else", async () => {
  await using collector = startCollector(500, 200);
  await using it = startService({ personas, env: { RECORDS_URL: collector.url } });
  const phone = await greeted(it, "/summing");
  await heard();
  await phone.hangUp();
  while (it.service.calls.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await collector.atLeast(1);
  assertEquals(collector.received.length, 2);
  const { summary, extracted } = collector.taken[0]!.record;
  assertEquals(extracted, { topic: "simulator" });
  assertMatch(String(summary), /^Caller turns: 0\. Agent turns: 1\./);
  assertEquals(it.simulator.sessions.map(({ closed }) => closed?.by), ["client"]);
});

Deno.test("books: without content the model is not asked, and nothing that was said is sent", async () => {
  await using collector = startCollector(200);
  await using it = startService({
    personas,
    env: { RECORDS_URL: collector.url, RECORDS_CONTENT: "no-content" },
  });
  const phone = await greeted(it, "/summing?from=%2B15550100");
  await phone.hangUp();
  await collector.atLeast(1);
  const { transcript, summary, summaryError, line } = collector.taken[0]!.record;
  assertEquals([transcript, summary, summaryError, line], [undefined, undefined, undefined, {}]);
  const asides = it.clientEvents.filter((event) => JSON.stringify(event).includes("JSON schema"));
  assertEquals(asides, []);
});

Deno.test("books: a collector that takes nothing hurts no call", async () => {
  await using collector = startCollector("hang");
  await using it = startService({
    personas,
    env: { RECORDS_URL: collector.url, RECORDS_FILE: "/nowhere/records.jsonl" },
  });
  for (const uuid of ["a", "b", "c"]) await (await greeted(it, "", uuid)).hangUp();
  assertEquals(it.events.filter(({ type }) => type === "ended").length, 3);
  it.service.stop();
  const start = performance.now();
  await it.service.gone();
  assert(performance.now() - start < 2_000);
  const told = it.logged.join("\n");
  assertStringIncludes(told, "Records can't be written to their file");
  assertStringIncludes(told, "Records are lost, as they were not taken records=3");
});

Deno.test("books: a drain waits for the summaries of its calls, and a stop does not", async () => {
  const collected = async (end: "drain" | "stop") => {
    await using collector = startCollector(200);
    await using it = startService({
      personas,
      env: { RECORDS_URL: collector.url, DRAIN_SECONDS: "4" },
      simulator: { pace: { firstMs: 300 }, agent: script([say("Hello.")]) },
    });
    const phone = await greeted(it, "/summing");
    const start = performance.now();
    if (end === "drain") {
      const drained = it.service.drain();
      await phone.hangUp();
      await drained;
    } else it.service.stop();
    await it.service.gone();
    await phone.closed;
    return { record: collector.taken[0]!.record, tookMs: performance.now() - start };
  };
  const { record: drained, tookMs } = await collected("drain");
  assertEquals(drained.extracted, { topic: "simulator" });
  assert(tookMs > 250 && tookMs < 3_000, String(tookMs));
  const { record: stopped } = await collected("stop");
  assertEquals([stopped.endReason, stopped.summaryError], ["shutdown", "The service stopped"]);
});

Deno.test("books: a drain is over at its limit, whatever the model still has to tell", async () => {
  await using collector = startCollector(200);
  await using it = startService({ personas, env: { RECORDS_URL: collector.url, DRAIN_SECONDS: "1" } });
  const phone = await greeted(it, "/summing");
  const start = performance.now();
  const drained = it.service.drain();
  await phone.hangUp();
  it.simulator.sessions[0]!.freeze();
  await drained;
  const tookMs = performance.now() - start;
  assert(tookMs < 1_300, String(tookMs));
  await it.service.gone();
  assertEquals(collector.taken[0]!.record.summaryError, "The service stopped");
});

Deno.test("books: what is rendered for all calls is spent of the day's budget, and on the page as its persona's", async () => {
  const metrics = createMetrics({
    clock: systemClock,
    log: silentLog,
    known: { personas: () => ["assistant"], tools: () => [], models: () => ["gpt-realtime-2.1"] },
  });
  // Rendering begins 5 s after the call.
  const clock = {
    now: () => systemClock.now(),
    after: (ms: number, fn: () => void) => systemClock.after(ms === 5_000 ? 20 : ms, fn),
  };
  const outage = { apology: "Please call again later." };
  await using it = startService({
    clock,
    metrics,
    personas: { assistant: definePersona({ instructions: "Speak.", greeting: "Hello.", outage }) },
    env: { BUDGET_USD_PER_DAY: "5" },
  });
  await (await greeted(it)).hangUp();
  while (!it.logged.some((line) => line.includes("Phrase rendered"))) {
    await new Promise((wake) => setTimeout(wake, 5));
  }
  const responses = responsesIn(it.serverEvents);
  assertEquals(responses.length, 2);
  const { value, sum } = readExposition((await metrics.render()).text);
  const usd = (kind: string) =>
    value("parley_cost_usd_total", { persona: "assistant", model: "gpt-realtime-2.1", kind })!;
  assertAlmostEquals(usd("phrase"), priceOf(responses[1]!.usage), 1e-12);
  assertAlmostEquals(usd("response"), priceOf(responses[0]!.usage), 1e-12);
  const health = await (await fetch(`${it.url.replace("ws:", "http:")}/healthz`)).json();
  assertEquals(health.budget.usd, Math.round(sum("parley_cost_usd_total") * 1e4) / 1e4);
});

Deno.test("books: what is said is in the log on request alone, its numbers masked", async () => {
  for (const LOG_TRANSCRIPTS of ["false", "true"]) {
    await using it = startService({ personas, env: { LOG_TRANSCRIPTS } });
    const phone = await greeted(it, "", "u-7");
    await phone.hangUp();
    const lines = it.logged.filter((line) => line.includes("I am"));
    if (LOG_TRANSCRIPTS === "false") assertEquals(lines, []);
    else {
      assertEquals(lines.length, 1);
      assertMatch(lines[0]!, / Agent says uuid=u-7 persona=assistant text="I am ####\."$/);
    }
    assert(!it.logged.join("\n").includes("0171"));
  }
});

Deno.test("books: every line of a call's log has its uuid and persona, and no secret is in any", async () => {
  await using collector = startCollector(403);
  await using it = startService({
    personas,
    env: {
      RECORDS_URL: `${collector.url}?key=k3y-in-url`,
      RECORDS_SECRET: SECRET,
      AUTH_TOKEN: "t0ken-0123456789",
    },
  });
  const phone = await greeted(it, "/summing?token=t0ken-0123456789&from=%2B15550100");
  await phone.hangUp();
  it.service.stop();
  await it.service.gone();
  const told = it.logged.join("\n");
  for (const secret of [SECRET, "k3y-in-url", "t0ken", "5550100", "sk-test"]) {
    assert(!told.includes(secret), secret);
  }
  const ofCall = it.logged.filter((line) => /Call |First audio|Session /.test(line));
  assert(ofCall.length >= 4, told);
  for (const line of ofCall) assertMatch(line, /uuid=u-1 .*persona=summing|persona=summing .*uuid=u-1/, line);
});
