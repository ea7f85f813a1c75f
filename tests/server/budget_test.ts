import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { CallEvent } from "../../lib/call/events.ts";
import { createLog } from "../../lib/log.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { Budget } from "../../lib/server/budget.ts";
import { dialIn } from "../support/phone.ts";
import { startService } from "../support/service.ts";
import { NOTHING } from "../support/usage.ts";

/** A response that costs so many dollars. */
const response = (usd: number, model = "gpt-realtime-2.1"): CallEvent => ({
  type: "response",
  responseId: "r",
  status: "completed",
  model,
  usage: { ...NOTHING, outputTokens: usd * 1e6 / 64, outputAudioTokens: usd * 1e6 / 64 },
});

function budget(usdPerDay: number | undefined, at = "2027-03-14T22:00:00Z") {
  const time = { now: new Date(at) };
  const logged: string[] = [];
  const log = createLog({ write: (line) => logged.push(line) });
  return { time, logged, budget: new Budget({ usdPerDay, now: () => time.now, log }) };
}

Deno.test("budget: calls are refused once the day has cost it, and told so once", () => {
  const { budget: it, logged } = budget(1);
  for (let count = 0; count < 7; count++) it.note(response(0.125));
  it.note({ type: "digit", digit: "1" });
  it.note(response(50, "llama"));
  assertEquals([it.refusal, it.view], [undefined, { day: "2027-03-14", usdPerDay: 1, usd: 0.875 }]);
  it.note(response(0.125));
  assertEquals(it.refusal, "BUDGET_USD_PER_DAY is reached: 1");
  // Live calls go on.
  it.note(response(0.125));
  assertEquals(it.view?.usd, 1.125);
  assertEquals(logged.length, 1);
  assertStringIncludes(logged[0]!, "Budget of the day is spent, new calls are refused");
});

Deno.test("budget: the day is that of UTC, and begins anew at midnight", () => {
  const { budget: it, time, logged } = budget(1, "2027-03-14T23:59:59.999Z");
  it.note(response(2));
  assert(it.refusal);
  time.now = new Date("2027-03-15T00:00:00Z");
  assertEquals([it.refusal, it.view?.usd, it.view?.day], [undefined, 0, "2027-03-15"]);
  it.note(response(2));
  assert(it.refusal);
  assertEquals(logged.length, 2);
});

Deno.test("budget: without one nothing is refused or told", () => {
  const { budget: it } = budget(undefined);
  it.note(response(1e6));
  assertEquals([it.refusal, it.view], [undefined, undefined]);
});

const personas = {
  assistant: definePersona({ instructions: "Speak.", greeting: "Hello." }),
  foreign: definePersona({ instructions: "Speak.", model: "llama-voice" }),
};

const upgrade = (url: string) =>
  new Request(url.replace("ws", "http"), { headers: { upgrade: "websocket" } });

Deno.test("budget: a service that has spent it refuses new calls with the reason, live ones go on", async () => {
  await using it = startService({ personas, env: { BUDGET_USD_PER_DAY: "0.0001" } });
  const base = it.url.replace("ws", "http");
  const health = async () => await (await fetch(`${base}/healthz`)).json();
  assertEquals((await health()).budget.usd, 0);

  const phone = await dialIn(it.url, { uuid: "u-1" });
  await phone.next("greeting", ({ type }) => type === "transcript");
  while (!it.events.some(({ type }) => type === "response")) await phone.next("audio", () => true);
  const { budget } = await health();
  assertEquals([budget.usdPerDay, budget.usd > 0.0001], [0.0001, true]);

  const refused = it.service.handler(upgrade(it.url));
  assertEquals(refused.status, 503);
  assertEquals(
    await refused.text(),
    '{"error":"Could not take the call: BUDGET_USD_PER_DAY is reached: 0.0001"}',
  );
  const ready = await fetch(`${base}/readyz`);
  assertEquals([ready.status, await ready.json()], [503, {
    ready: false,
    reason: "BUDGET_USD_PER_DAY is reached: 0.0001",
  }]);
  assertEquals(phone.isClosed(), false);
  assertEquals((await health()).calls.live, 1);
  assertStringIncludes(
    it.logged.join("\n"),
    "Calls of a persona do not count for BUDGET_USD_PER_DAY, as the model's price is not known persona=foreign model=llama-voice",
  );
  await phone.hangUp();
});

Deno.test("budget: none is in the health where none is set", async () => {
  await using it = startService({ personas });
  const health = await (await fetch(`${it.url.replace("ws", "http")}/healthz`)).json();
  assertEquals("budget" in health, false);
  assert(!it.logged.join("\n").includes("BUDGET"));
});

Deno.test("budget: transcription and what was prepared for all calls are spent as well", () => {
  const { budget: it } = budget(1);
  const usage = { by: "duration", seconds: 6_000 } as const;
  it.note({ type: "transcription", itemId: "i", outcome: "completed", usage, model: "gpt-transcribe" });
  assertEquals(it.view?.usd, 0.45);
  it.note({
    type: "transcription",
    itemId: "i",
    outcome: "failed",
    usage: undefined,
    model: "gpt-transcribe",
  });
  it.spend(undefined);
  assertEquals(it.refusal, undefined);
  it.spend(0.55);
  assertEquals(it.refusal, "BUDGET_USD_PER_DAY is reached: 1");
});
