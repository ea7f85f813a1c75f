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
      calls: [],
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

Deno.test("events: other items of the conversation are ignored", () => {
  const item = { id: "item_u", type: "message", role: "user", status: "completed", content: [] };
  assertEquals(parse({ type: "conversation.item.done", item }), undefined);
  assertEquals(parse({ type: "conversation.item.added", item: { type: "mcp_call" } }), undefined);
});
