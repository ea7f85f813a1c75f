import { assert, assertEquals, assertFalse } from "@std/assert";
import { Responses } from "../../lib/call/responses.ts";
import { silentLog } from "../../lib/log.ts";
import type { ApiError } from "../../lib/realtime/events.ts";
import { VirtualClock } from "../support/clock.ts";

const RACE = "conversation_already_has_active_response";

function sequencer() {
  const clock = new VirtualClock();
  const sent: { key: string; purpose: string }[] = [];
  const responses = new Responses(clock, (event) => {
    if (event.type !== "response.create") throw new Error(`Unexpected event: ${event.type}`);
    sent.push({
      key: event.response?.metadata?.parley_request ?? "",
      purpose: event.response?.instructions ?? "",
    });
  }, silentLog);
  const ask = (purpose: string, unlessAnswered = false) =>
    responses.request({ purpose, params: { instructions: purpose }, unlessAnswered });
  const created = (id: string, key?: string) =>
    responses.created(id, key === undefined ? {} : { parley_request: key });
  const done = (id: string, key?: string) =>
    responses.done({ id, metadata: key === undefined ? {} : { parley_request: key } });
  const error = (code: string, eventId?: string): ApiError => ({
    type: "invalid_request_error",
    code,
    message: "",
    param: undefined,
    eventId,
  });
  const purposes = () => sent.map(({ purpose }) => purpose);
  return { clock, responses, sent, ask, created, done, error, purposes };
}

Deno.test("responses: when closed what was asked for still comes, and nothing more is asked for", () => {
  const { responses, ask, created, done, purposes } = sequencer();
  created("vad1");
  ask("goodbye");
  responses.close();
  ask("tools");
  done("vad1");
  assertEquals(purposes(), ["goodbye"]);
  created("own", "r1");
  done("own", "r1");
  assertEquals(responses.busy, false);
});

Deno.test("responses: a request while one is active waits for response.done", () => {
  const { ask, created, done, purposes } = sequencer();
  created("vad1");
  ask("digits");
  assertEquals(purposes(), []);
  done("vad1");
  assertEquals(purposes(), ["digits"]);
});

Deno.test("responses: only one of ours is on its way at a time, in order", () => {
  const { ask, created, done, purposes, sent } = sequencer();
  ask("one");
  ask("two");
  assertEquals(purposes(), ["one"]);
  created("r1", sent[0]!.key);
  assertEquals(purposes(), ["one"]);
  done("r1", sent[0]!.key);
  assertEquals(purposes(), ["one", "two"]);
});

Deno.test("responses: the race with a response that VAD created is retried when the floor is free", () => {
  const { responses, ask, created, done, error, purposes } = sequencer();
  ask("digits");
  created("vad1");
  assert(responses.refused(error(RACE)));
  assertEquals(purposes(), ["digits"]);
  done("vad1");
  assertEquals(purposes(), ["digits", "digits"]);
});

Deno.test("responses: the race with a response that nobody told us of is retried after a moment", () => {
  const { clock, responses, ask, error, purposes } = sequencer();
  ask("digits");
  assert(responses.refused(error(RACE)));
  assertEquals(purposes(), ["digits"]);
  clock.advance(300);
  assertEquals(purposes(), ["digits", "digits"]);
});

Deno.test("responses: a request that always loses the race is given up, not repeated for ever", () => {
  const { clock, responses, ask, error, purposes } = sequencer();
  ask("digits");
  for (let turn = 0; turn < 20; turn++) {
    responses.refused(error(RACE));
    clock.advance(1000);
  }
  assertEquals(purposes().length, 4);
  assertFalse(responses.busy);
  assertEquals(clock.pending, 0);
});

Deno.test("responses: a request is dropped when a response that began after it has run", () => {
  const { ask, created, done, purposes } = sequencer();
  created("vad1");
  ask("tools", true);
  done("vad1");
  assertEquals(purposes(), ["tools"]);

  const other = sequencer();
  other.created("vad1");
  other.ask("tools", true);
  other.created("vad2");
  other.done("vad2");
  assertEquals(other.purposes(), []);
});

Deno.test("responses: a request in flight that lost to another response is dropped when that one answers it", () => {
  const { responses, ask, created, done, error, purposes } = sequencer();
  ask("tools", true);
  created("vad1");
  responses.refused(error(RACE));
  done("vad1");
  assertEquals(purposes(), ["tools"]);
});

Deno.test("responses: response.done without response.created frees the floor", () => {
  const { ask, done, purposes, sent } = sequencer();
  ask("one");
  ask("two");
  done("r1", sent[0]!.key);
  assertEquals(purposes(), ["one", "two"]);
});

Deno.test("responses: response.done of another response does not free the floor", () => {
  const { ask, created, done, purposes } = sequencer();
  created("vad1");
  ask("one");
  done("stranger");
  assertEquals(purposes(), []);
});

Deno.test("responses: a lost response.create is asked again, and given up in the end", () => {
  const { clock, responses, ask, purposes } = sequencer();
  ask("greeting");
  clock.advance(60_000);
  assertEquals(purposes(), ["greeting", "greeting", "greeting", "greeting"]);
  assertFalse(responses.busy);
});

Deno.test("responses: an error that is not about a request of ours is left to others", () => {
  const { responses, ask, error } = sequencer();
  assertFalse(responses.refused(error(RACE)));
  ask("greeting");
  assertFalse(responses.refused(error("invalid_value", "other")));
});

Deno.test("responses: a refused request does not block the next one", () => {
  const { responses, ask, error, purposes, sent } = sequencer();
  ask("bad");
  ask("good");
  assert(responses.refused(error("invalid_value", sent[0]!.key)));
  assertEquals(purposes(), ["bad", "good"]);
});

Deno.test("responses: late audio of a dropped response is told apart, the next one's is not", () => {
  const { responses, created, done } = sequencer();
  created("a");
  responses.dropActive();
  assert(responses.isDropped("a"));
  done("a");
  created("b");
  assertFalse(responses.isDropped("b"));
  for (let index = 0; index < 100; index++) {
    created(`r${index}`);
    responses.dropActive();
  }
  assert(responses.isDropped("r99"));
  assertFalse(responses.isDropped("a"));
});

Deno.test("responses: clearing leaves no timer", () => {
  const { clock, responses, ask } = sequencer();
  ask("one");
  ask("two");
  responses.clear();
  assertEquals(clock.pending, 0);
  assertFalse(responses.busy);
});

Deno.test("responses: what we have to say waits while the caller speaks", () => {
  const { responses, ask, purposes } = sequencer();
  responses.hold();
  ask("tools");
  assertEquals(purposes(), []);
  responses.release();
  assertEquals(purposes(), ["tools"]);
});

Deno.test("responses: what waited for the caller is dropped when the answer to the caller knew as much", () => {
  const { responses, ask, created, done, purposes } = sequencer();
  responses.hold();
  ask("tools", true);
  created("vad1");
  responses.release();
  done("vad1");
  assertEquals(purposes(), []);
});
