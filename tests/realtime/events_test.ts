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
  assertEquals(parse(created), {
    type: "response.created",
    responseId: "r",
    metadata: {},
    isOutOfBand: true,
  });
  const done = { type: "response.done", response: { id: "r", status: "completed", conversation_id: null } };
  const parsed = parse(done);
  assertEquals(parsed?.type === "response.done" && parsed.response.inConversation, false);
});

const NOTHING_USED = {
  inputTokens: 0,
  outputTokens: 0,
  inputTextTokens: 0,
  inputAudioTokens: 0,
  cachedTokens: 0,
  cachedTextTokens: 0,
  cachedAudioTokens: 0,
  outputTextTokens: 0,
  outputAudioTokens: 0,
};

function done(response: Record<string, unknown>) {
  const event = parse({ type: "response.done", response: { id: "r", status: "completed", ...response } });
  if (event?.type !== "response.done") throw new Error("No response.done");
  return event.response;
}

Deno.test("events: response.done tells what it cost, by kind and of it what was cached", () => {
  const usage = {
    total_tokens: 320,
    input_tokens: 132,
    output_tokens: 188,
    input_token_details: {
      text_tokens: 59,
      audio_tokens: 73,
      image_tokens: 0,
      cached_tokens: 64,
      cached_tokens_details: { text_tokens: 0, audio_tokens: 64, image_tokens: 0 },
    },
    output_token_details: { text_tokens: 41, audio_tokens: 147 },
  };
  assertEquals(done({ usage }).usage, {
    inputTokens: 132,
    outputTokens: 188,
    inputTextTokens: 59,
    inputAudioTokens: 73,
    cachedTokens: 64,
    cachedTextTokens: 0,
    cachedAudioTokens: 64,
    outputTextTokens: 41,
    outputAudioTokens: 147,
  });
});

Deno.test.each<[hazard: string, usage: unknown, told: Partial<typeof NOTHING_USED>]>([
  ["no usage", undefined, {}],
  ["null", null, {}],
  ["no details", { input_tokens: 5, output_tokens: 7 }, { inputTokens: 5, outputTokens: 7 }],
  ["details that are null", { input_tokens: 5, input_token_details: null }, { inputTokens: 5 }],
  ["a text for a number", { input_tokens: "5", input_token_details: { cached_tokens: {} } }, {}],
])("events: a response with %s as its usage costs what is known", (_, usage, told) => {
  assertEquals(done({ usage }).usage, { ...NOTHING_USED, ...told });
});

Deno.test("events: what a response says in writing is told as a whole, what it speaks is not", () => {
  const message = (content: unknown) => ({ id: "i", type: "message", role: "assistant", content });
  const output = [
    message([{ type: "output_text", text: "The caller " }, null]),
    message([{ type: "output_audio", transcript: "Not written." }]),
    message([{ type: "output_text", text: "wants a clock." }]),
    message(null),
    { type: "function_call", name: "f", content: [{ text: "no" }] },
  ];
  assertEquals(done({ output, conversation_id: null }).text, "The caller wants a clock.");
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
      calls: [],
      text: "",
      usage: NOTHING_USED,
      inConversation: true,
    },
  });
});

const CALL = {
  id: "item_c",
  object: "realtime.item",
  type: "function_call",
  status: "completed",
  name: "lookup_order",
  call_id: "call_1",
  arguments: '{"order_id":"42"}',
};

Deno.test("events: a finished function call comes with all that running it needs", () => {
  const event = { type: "response.output_item.done", response_id: "resp_1", output_index: 0, item: CALL };
  assertEquals(parse(event), {
    type: "response.output_item.done",
    responseId: "resp_1",
    item: {
      id: "item_c",
      kind: "function_call",
      status: "completed",
      name: "lookup_order",
      callId: "call_1",
      arguments: '{"order_id":"42"}',
    },
  });
});

Deno.test("events: a finished message is no call, and an item without an id is ignored", () => {
  const item = { id: "item_a", type: "message", status: "completed", role: "assistant", content: [] };
  const event = { type: "response.output_item.done", response_id: "resp_1", item };
  assertEquals(parse(event), {
    type: "response.output_item.done",
    responseId: "resp_1",
    item: { id: "item_a", kind: "message", status: "completed" },
  });
  assertEquals(parse({ ...event, item: { type: "function_call" } }), undefined);
  assertEquals(parse({ ...event, item: null }), undefined);
});

Deno.test("events: response.done holds every call, cut off or not, and none that can't be answered", () => {
  const output = [
    { id: "item_a", type: "message", status: "completed", role: "assistant", content: [] },
    CALL,
    { ...CALL, id: "item_d", call_id: "call_2", status: "incomplete", arguments: '{"ord' },
    { ...CALL, id: "item_e", call_id: null },
    { ...CALL, id: "item_f", call_id: "call_3", name: null, arguments: null },
    "odd",
  ];
  const event = parse({ type: "response.done", response: { id: "r", status: "completed", output } });
  if (event?.type !== "response.done") throw new Error("No response.done");
  assertEquals(event.response.outputs.length, 6);
  assertEquals(event.response.calls, [
    {
      itemId: "item_c",
      callId: "call_1",
      name: "lookup_order",
      arguments: '{"order_id":"42"}',
      status: "completed",
    },
    { itemId: "item_d", callId: "call_2", name: "lookup_order", arguments: '{"ord', status: "incomplete" },
    { itemId: "item_f", callId: "call_3", name: "", arguments: "", status: "completed" },
  ]);
});

Deno.test("events: an MCP server's request for approval is told, added and done alike", () => {
  const item = {
    id: "mcpr_1",
    type: "mcp_approval_request",
    server_label: "crm",
    name: "create_ticket",
    arguments: "{}",
  };
  for (const type of ["conversation.item.added", "conversation.item.done"]) {
    assertEquals(parse({ type, event_id: "e", previous_item_id: null, item }), {
      type,
      ...(type.endsWith("added") ? { previousItemId: null } : {}),
      item: {
        kind: "mcp_approval_request",
        id: "mcpr_1",
        serverLabel: "crm",
        name: "create_ticket",
        arguments: "{}",
      },
    } as unknown);
  }
});

Deno.test.each([
  [{ type: "tool_execution_error", message: "No such ticket" }, "tool_execution_error: No such ticket"],
  [{ type: "http_error", code: 502, message: "Bad gateway" }, "http_error 502: Bad gateway"],
  [{}, "unknown"],
  [null, undefined],
])("events: an MCP call tells why it failed: %o", (error, told) => {
  const item = { id: "mcp_1", type: "mcp_call", server_label: "crm", name: "find", arguments: "{}", error };
  assertEquals(parse({ type: "conversation.item.done", item }), {
    type: "conversation.item.done",
    item: { kind: "mcp_call", id: "mcp_1", serverLabel: "crm", name: "find", error: told },
  });
});

Deno.test("events: an MCP server that can't be listed is named by the item before it", () => {
  const item = { id: "mcpl_1", type: "mcp_list_tools", server_label: "crm", tools: [{ name: "find" }, null] };
  assertEquals(parse({ type: "conversation.item.added", item }), {
    type: "conversation.item.added",
    previousItemId: undefined,
    item: { kind: "mcp_list_tools", id: "mcpl_1", serverLabel: "crm", tools: ["find"] },
  });
  assertEquals(parse({ type: "mcp_list_tools.failed", item_id: "mcpl_1" }), {
    type: "mcp_list_tools.failed",
    itemId: "mcpl_1",
  });
  assertEquals(parse({ type: "response.mcp_call.failed", item_id: "mcp_1", output_index: 0 }), {
    type: "response.mcp_call.failed",
    itemId: "mcp_1",
  });
});

Deno.test.each([
  [{ type: "message", role: "user", content: [{ type: "input_audio" }] }, { kind: "message", role: "user" }],
  [{ type: "function_call", call_id: "c" }, { kind: "function_call", callId: "c" }],
  [{ type: "function_call_output", call_id: "c" }, { kind: "function_call_output", callId: "c" }],
  [{ type: "mcp_approval_response", approve: true }, { kind: "other" }],
  [{ type: "telepathy" }, { kind: "other" }],
])("events: an item that joins the conversation is told with its place: %o", (item, told) => {
  const event = { previous_item_id: "item_0", item: { id: "item_1", ...item } };
  const expected = {
    type: "conversation.item.added",
    previousItemId: "item_0",
    item: { id: "item_1", ...told },
  };
  assertEquals(parse({ type: "conversation.item.added", ...event }), expected as never);
  assertEquals(parse({ type: "conversation.item.created", ...event }), expected as never);
});

Deno.test("events: an item that leaves the conversation is told", () => {
  const event = { type: "conversation.item.deleted", event_id: "e", item_id: "item_1" };
  assertEquals(parse(event), { type: "conversation.item.deleted", itemId: "item_1" });
});

Deno.test("events: other items of the conversation are ignored", () => {
  const item = { id: "item_u", type: "message", role: "user", status: "completed", content: [] };
  assertEquals(parse({ type: "conversation.item.done", item }), undefined);
  assertEquals(parse({ type: "conversation.item.added", item: { type: "mcp_call" } }), undefined);
});
