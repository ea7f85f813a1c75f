import { assertEquals } from "@std/assert";
import { namedDelayMs, Outcomes } from "../../lib/call/outcomes.ts";
import { Responses } from "../../lib/call/responses.ts";
import { silentLog } from "../../lib/log.ts";
import type { FinishedResponse } from "../../lib/realtime/events.ts";
import { usageOf } from "../../lib/realtime/usage.ts";
import { VirtualClock } from "../support/clock.ts";

function outcomes() {
  const clock = new VirtualClock();
  const fatal: string[] = [];
  const asked: (string | undefined)[] = [];
  const responses = new Responses(clock, (event) => {
    if (event.type === "response.create") asked.push(event.response?.instructions);
  }, silentLog);
  const outcomes = new Outcomes({
    clock,
    responses,
    log: silentLog,
    onFatal: ({ code }) => fatal.push(code),
  });
  const finished = (part: Partial<FinishedResponse>): FinishedResponse => ({
    id: "r",
    status: "completed",
    reason: undefined,
    error: undefined,
    metadata: {},
    outputs: [],
    calls: [],
    text: "",
    usage: usageOf(undefined),
    inConversation: true,
    ...part,
  });
  const failed = (code: string, message = "") =>
    finished({ status: "failed", error: { type: "x", code, message, param: undefined, eventId: undefined } });
  return { clock, responses, outcomes, asked, fatal, finished, failed };
}

Deno.test("outcomes: a response without audio or tool call is nudged once", () => {
  const { clock, outcomes: it, asked, finished } = outcomes();
  it.done(finished({}), undefined, false);
  clock.advance(1);
  assertEquals(asked.length, 1);
});

Deno.test("outcomes: a nudged response that is silent again is not nudged a second time", () => {
  const { clock, responses, outcomes: it, asked, finished } = outcomes();
  it.done(finished({}), undefined, false);
  clock.advance(1);
  responses.created("n1", { parley_request: "r1" });
  it.done(finished({ id: "n1" }), responses.done({ id: "n1", metadata: {} }), false);
  clock.advance(60_000);
  assertEquals(asked.length, 1);
});

Deno.test("outcomes: a tool call without audio needs no nudge, nor does speech", () => {
  const { clock, outcomes: it, asked, finished } = outcomes();
  it.done(finished({ outputs: ["function_call"] }), undefined, false);
  it.done(finished({ outputs: ["message"] }), undefined, true);
  clock.advance(60_000);
  assertEquals(asked, []);
});

Deno.test("outcomes: a rate limit is tried again once, after the delay that it names", () => {
  const { clock, outcomes: it, asked, failed } = outcomes();
  const request = { purpose: "greeting", params: { instructions: "Greet" } };
  it.done(failed("rate_limit_exceeded", "Please try again in 1.8s."), request, false);
  clock.advance(1799);
  assertEquals(asked, []);
  clock.advance(1);
  assertEquals(asked, ["Greet"]);
});

Deno.test("outcomes: a server error that repeats is given up", () => {
  const { clock, responses, outcomes: it, asked, failed } = outcomes();
  it.done(failed("server_error"), undefined, false);
  clock.advance(500);
  responses.created("n1", { parley_request: "r1" });
  it.done({ ...failed("server_error"), id: "n1" }, responses.done({ id: "n1", metadata: {} }), false);
  clock.advance(60_000);
  assertEquals(asked.length, 1);
});

Deno.test("outcomes: no quota is fatal at once", () => {
  const { outcomes: it, asked, fatal, failed } = outcomes();
  it.done(failed("insufficient_quota"), undefined, false);
  assertEquals([asked.length, fatal], [0, ["insufficient_quota"]]);
});

Deno.test.each([
  ["Please try again in 1.8s.", 1800],
  ["Please try again in 250ms.", 250],
  ["Please try again in 1m26.4s. Visit", 10_000],
  ["Please try again later", 500],
  ["", 500],
])("outcomes: the delay named in %j is %i ms", (message, delayMs) => {
  assertEquals(namedDelayMs(message), delayMs);
});
