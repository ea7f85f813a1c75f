import { assertEquals } from "@std/assert";
import { parseServerEvent } from "../../lib/realtime/events.ts";

const parse = (event: unknown) => parseServerEvent(JSON.stringify(event));

Deno.test("events: keys and nulls that the types do not allow are no reason to drop an event", () => {
  assertEquals(
    parse({
      type: "response.output_audio_transcript.delta",
      event_id: null,
      response_id: "resp_1",
      item_id: "item_1",
      output_index: 0,
      content_index: null,
      delta: "The",
      obfuscation: "LBqdwEYsSEHbF",
    }),
    { type: "response.output_audio_transcript.delta", responseId: "resp_1", itemId: "item_1", delta: "The" },
  );
});

Deno.test.each([
  ["a new event", { type: "response.telepathy.delta" }],
  ["no type", { delta: "x" }],
  ["a number as type", { type: 5 }],
  ["an inherited name as type", { type: "constructor" }],
  ["an array", []],
  ["null", null],
  ["a response without an id", { type: "response.done", response: {} }],
  ["a response that is a string", { type: "response.created", response: "x" }],
])("events: %s is ignored", (_, event) => assertEquals(parse(event), undefined));

Deno.test("events: what is no JSON text is ignored", () => {
  assertEquals(parseServerEvent("{"), undefined);
  assertEquals(parseServerEvent(new ArrayBuffer(4)), undefined);
  assertEquals(parseServerEvent(undefined), undefined);
});

Deno.test("events: a response outside of the conversation is told apart", () => {
  const created = { type: "response.created", response: { id: "r", conversation_id: null, metadata: null } };
  assertEquals(parse(created), undefined);
  const done = { type: "response.done", response: { id: "r", status: "completed", conversation_id: null } };
  const parsed = parse(done);
  assertEquals(parsed?.type === "response.done" && parsed.response.inConversation, false);
});

Deno.test("events: response.done tells why it failed", () => {
  const event = parse({
    type: "response.done",
    response: {
      id: "r",
      status: "failed",
      status_details: {
        type: "failed",
        error: { type: "tokens", code: "rate_limit_exceeded", message: "m" },
      },
      output: [],
      metadata: { parley_request: "r1", odd: 5 },
    },
  });
  assertEquals(event, {
    type: "response.done",
    response: {
      id: "r",
      status: "failed",
      reason: undefined,
      error: {
        type: "tokens",
        code: "rate_limit_exceeded",
        message: "m",
        param: undefined,
        eventId: undefined,
      },
      metadata: { parley_request: "r1" },
      outputs: [],
      inConversation: true,
    },
  });
});
