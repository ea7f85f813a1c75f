import { assertEquals, assertMatch } from "@std/assert";
import { TestClient } from "./client.ts";

const text = (value: string, id?: string) => ({
  ...(id && { id }),
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: value }],
});
const create = (item: unknown, previous?: string) => ({
  type: "conversation.item.create",
  ...(previous && { previous_item_id: previous }),
  item,
});
const truncate = (item_id: string, audio_end_ms: number, content_index = 0) => ({
  type: "conversation.item.truncate",
  item_id,
  content_index,
  audio_end_ms,
});
const ids = (client: TestClient) => client.session.items.map((item) => item.id);

/** A session whose agent has just said something of about 1200 ms, and that item's id. */
async function spoken(options: Parameters<typeof TestClient.open>[0] = {}) {
  const client = await TestClient.open({
    replies: [{ outputs: [{ say: "Good morning, you." }] }],
    ...options,
  });
  await client.ask({ type: "response.create" }, 200);
  const { id } = client.last("response.output_item.done").item;
  const ms = client.all("response.output_audio.delta").reduce(
    (sum, { delta }) => sum + Uint8Array.fromBase64(delta).length / 48,
    0,
  );
  return { client, id: id as string, ms };
}

Deno.test("a created item is answered by added and done, complete, with an id if it had none", async () => {
  const client = await TestClient.open();
  client.forget();
  const got = await client.ask(create(text("Hello.")));
  assertEquals(got.map(({ type }) => type), ["conversation.item.added", "conversation.item.done"]);
  for (const { item, previous_item_id } of got) {
    assertEquals([item.status, previous_item_id], ["completed", null]);
    assertMatch(item.id, /^item_[0-9A-Za-z]{21}$/);
    assertEquals(item.content, [{ type: "input_text", text: "Hello." }]);
  }
});

Deno.test("items go to the end, to the root, or behind a named one", async () => {
  const client = await TestClient.open();
  client.send(create(text("b", "b")));
  client.send(create(text("d", "d")));
  client.send(create(text("a", "a"), "root"));
  client.send(create(text("c", "c"), "b"));
  await client.run(0);
  assertEquals(ids(client), ["a", "b", "c", "d"]);
  assertEquals(client.all("conversation.item.added").map((each) => each.previous_item_id), [
    null,
    "b",
    null,
    "b",
  ]);
});

Deno.test("an unknown previous item and an id that exists are refused", async () => {
  const client = await TestClient.open();
  client.send(create(text("a", "a")));
  const unknown = await client.refusal(create(text("b"), "nope"), true).catch(() => undefined);
  assertEquals(unknown, undefined, "the first create is answered in the same breath");
  assertEquals(client.last("error").error.code, "item_create_invalid_previous_item_id");
  const twice = await client.refusal(create(text("again", "a")), true);
  assertEquals(twice.code, "item_create_duplicate_item_id");
  assertEquals(ids(client), ["a"]);
});

Deno.test("a function's output needs its call", async () => {
  const client = await TestClient.open();
  const output = { type: "function_call_output", call_id: "call_1", output: "{}" };
  const error = await client.refusal(create(output), true);
  assertEquals(error.code, "invalid_tool_call_id");
  await client.ask(create({ type: "function_call", name: "f", call_id: "call_1", arguments: "{}" }));
  const got = await client.ask(create(output));
  assertEquals(got.map(({ type }) => type), ["conversation.item.added", "conversation.item.done"]);
});

Deno.test("a call id of more than 32 characters is refused", async () => {
  const client = await TestClient.open();
  const item = { type: "function_call", name: "f", call_id: "c".repeat(33), arguments: "{}" };
  const error = await client.refusal(create(item), true);
  assertEquals([error.code, error.param], ["string_above_max_length", "item.call_id"]);
});

Deno.test("assistant audio can't be created, nor assistant text under the user's name for it", async () => {
  const client = await TestClient.open();
  const assistant = (type: string) => ({
    type: "message",
    role: "assistant",
    content: [{ type, text: "Hi." }],
  });
  const audio = await client.refusal(create(assistant("output_audio")), true);
  assertEquals([audio.code, audio.param], ["invalid_value", "item.content[0].type"]);
  const input = await client.refusal(create(assistant("input_text")));
  assertEquals(input.message, "Invalid value: 'input_text'. Supported values are: 'output_text'.");
  const got = await client.ask(create(assistant("output_text")));
  assertEquals(got.length, 2);
});

Deno.test("unknown keys of an item are refused with their path", async () => {
  const client = await TestClient.open();
  const error = await client.refusal(create({ ...text("x"), meta: 1 }));
  assertEquals([error.code, error.param], ["unknown_parameter", "item.meta"]);
});

Deno.test("retrieve shows the item with its audio; an unknown one is an error", async () => {
  const { client, id, ms } = await spoken();
  const [got] = await client.ask({ type: "conversation.item.retrieve", item_id: id });
  const [content] = got!.item.content;
  assertEquals([content.type, content.transcript, content.format], [
    "output_audio",
    "Good morning, you.",
    "pcm16",
  ]);
  assertEquals(Uint8Array.fromBase64(content.audio).length / 48, ms);
  const error = await client.refusal({ type: "conversation.item.retrieve", item_id: "nope" }, true);
  assertEquals(error.code, "item_retrieve_invalid_item_id");
});

Deno.test("delete takes the item out; an unknown one is an error", async () => {
  const { client, id } = await spoken();
  const [got] = await client.ask({ type: "conversation.item.delete", item_id: id });
  assertEquals([got!.type, got!.item_id], ["conversation.item.deleted", id]);
  assertEquals(ids(client), []);
  const error = await client.refusal({ type: "conversation.item.delete", item_id: id }, true);
  assertEquals(error, {
    type: "invalid_request_error",
    code: "item_delete_invalid_item_id",
    message: `Error deleting item: the item with id '${id}' does not exist.`,
    param: null,
  });
});

Deno.test("truncate shortens the audio, removes the transcript, and says so", async () => {
  const { client, id } = await spoken();
  const [got] = await client.ask(truncate(id, 500));
  const { event_id: _, ...told } = got!;
  assertEquals(told, {
    type: "conversation.item.truncated",
    item_id: id,
    content_index: 0,
    audio_end_ms: 500,
  });
  const [shown] = await client.ask({ type: "conversation.item.retrieve", item_id: id });
  const [content] = shown!.item.content;
  assertEquals(content.transcript, undefined);
  assertEquals(Uint8Array.fromBase64(content.audio).length, 500 * 48);
  // What was cut is gone: the item can be cut further, never longer.
  const error = await client.refusal(truncate(id, 501), true);
  assertEquals(error.message, "Audio content of 500ms is already shorter than 501ms");
});

Deno.test("truncate to the exact length is allowed, one millisecond more is not", async () => {
  const { client, id, ms } = await spoken();
  const error = await client.refusal(truncate(id, Math.floor(ms) + 1), true);
  assertEquals([error.code, error.param], ["invalid_value", "audio_end_ms"]);
  assertEquals(
    error.message,
    `Audio content of ${Math.floor(ms)}ms is already shorter than ${Math.floor(ms) + 1}ms`,
  );
  const [got] = await client.ask(truncate(id, Math.floor(ms)));
  assertEquals(got!.type, "conversation.item.truncated");
});

Deno.test("truncate wants a whole number that is not negative", async () => {
  const { client, id } = await spoken();
  assertEquals(await client.refusal(truncate(id, 200.5)), {
    type: "invalid_request_error",
    code: "invalid_type",
    message: "Invalid type for 'audio_end_ms': expected an integer, but got a decimal number instead.",
    param: "audio_end_ms",
  });
  assertEquals(await client.refusal(truncate(id, -11)), {
    type: "invalid_request_error",
    code: "integer_below_min_value",
    message:
      "Invalid 'audio_end_ms': integer below minimum value. Expected a value >= 0, but got -11 instead.",
    param: "audio_end_ms",
  });
});

Deno.test("truncate to 0, of an unknown item, and of another content index are errors", async () => {
  const { client, id } = await spoken();
  assertEquals((await client.refusal(truncate(id, 0), true)).code, "unsupported_content_type");
  assertEquals((await client.refusal(truncate("nope", 5), true)).code, "item_truncate_invalid_item_id");
  assertEquals((await client.refusal(truncate(id, 5, 1), true)).code, "invalid_value");
});

Deno.test("caller items, text and restored items can't be truncated", async () => {
  const client = await TestClient.open({ replies: [{ outputs: [{ text: "Written." }] }] });
  client.send(create(text("typed", "typed")));
  client.send(create(
    {
      id: "restored",
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Said before." }],
    },
  ));
  client.send(create({
    id: "recorded",
    type: "message",
    role: "user",
    content: [{ type: "input_audio", audio: new Uint8Array(9600).toBase64(), transcript: "hm" }],
  }));
  await client.ask({ type: "response.create" }, 100);
  const written = client.last("response.output_item.done").item.id;
  for (const id of ["typed", "restored", "recorded", written]) {
    const error = await client.refusal(truncate(id, 50), true);
    assertEquals(error.code, "unsupported_content_type");
    assertEquals(error.message, "Only model output audio messages can be truncated");
  }
});

Deno.test("a caller's recording is shown without its audio, and kept for retrieve", async () => {
  const client = await TestClient.open();
  const audio = new Uint8Array(9600).fill(1).toBase64();
  const [added] = await client.ask(create({
    id: "recorded",
    type: "message",
    role: "user",
    content: [{ type: "input_audio", audio, transcript: "hm" }],
  }));
  assertEquals(added!.item.content, [{ type: "input_audio", transcript: "hm" }]);
  const [got] = await client.ask({ type: "conversation.item.retrieve", item_id: "recorded" });
  assertEquals(got!.item.content[0].audio, audio);
});

Deno.test("the server may believe an item to be 85 ms shorter than what it sent", async () => {
  const { client, id, ms } = await spoken({ faults: { shorterMs: 85 } });
  const error = await client.refusal(truncate(id, Math.floor(ms)), true);
  assertEquals(
    error.message,
    `Audio content of ${Math.floor(ms) - 85}ms is already shorter than ${Math.floor(ms)}ms`,
  );
  const [got] = await client.ask(truncate(id, Math.floor(ms) - 85));
  assertEquals(got!.type, "conversation.item.truncated");
});

Deno.test("an item that still grows can be truncated, and keeps that length", async () => {
  const client = await TestClient.open({
    replies: [{ outputs: [{ say: "A long answer that goes on and on, and then on." }] }],
    pace: { speed: 1 },
  });
  await client.ask({ type: "response.create" }, 1500);
  const { id } = client.last("response.output_item.added").item;
  const [got] = await client.ask(truncate(id, 300));
  assertEquals(got!.type, "conversation.item.truncated");
  await client.run(10_000);
  assertEquals(client.last("response.done").response.status, "completed");
  const error = await client.refusal(truncate(id, 301), true);
  assertEquals(error.message, "Audio content of 300ms is already shorter than 301ms");
});
