import { assertEquals } from "@std/assert";
import { voice } from "../support/sound.ts";
import { order, TestClient } from "./client.ts";

const create = (response?: Record<string, unknown>) => ({
  type: "response.create",
  ...(response && { response }),
});
const hello = { outputs: [{ say: "Good morning to you." }] };
const long = { outputs: [{ say: "A long answer that goes on. ".repeat(10) }] };
const SPOKEN_DONE = [
  "response.output_audio.done",
  "response.output_audio_transcript.done",
  "response.content_part.done",
];

Deno.test("a second response while one is active is refused by name, and after its end accepted", async () => {
  const client = await TestClient.open({ replies: [long, hello], pace: { speed: 4 } });
  await client.ask(create(), 100);
  const { id } = client.last("response.created").response;
  const error = await client.refusal(create(), true);
  assertEquals(error, {
    type: "invalid_request_error",
    code: "conversation_already_has_active_response",
    message:
      `Conversation already has an active response in progress: ${id}. Wait until the response is finished before creating a new one.`,
    param: null,
  });
  assertEquals(client.session.activeResponse, id);
  await client.run(20_000);
  await client.ask(create(), 100);
  assertEquals(client.all("response.created").length, 2);
});

Deno.test("two response.create in one breath: the first runs, the second is refused", async () => {
  const client = await TestClient.open({ replies: [hello, hello], pace: { createdMs: 50 } });
  client.send(create());
  client.send(create());
  await client.run(1000);
  assertEquals(client.all("response.created").length, 1);
  assertEquals(client.all("error").length, 1);
});

Deno.test("response.cancel ends it as client_cancelled, with everything open closed", async () => {
  const client = await TestClient.open({ replies: [long], pace: { speed: 2 } });
  await client.ask(create(), 1000);
  const got = await client.ask({ type: "response.cancel" }, 100);
  assertEquals(order(got), [
    ...SPOKEN_DONE,
    "response.output_item.done",
    "response.done",
    "rate_limits.updated",
  ]);
  const { response } = client.last("response.done");
  assertEquals(response.status_details, { type: "cancelled", reason: "client_cancelled" });
  assertEquals(client.session.activeResponse, undefined);
  await client.run(10_000);
  assertEquals(client.last("rate_limits.updated"), client.events.at(-1));
});

Deno.test("response.cancel when nothing runs, or of another response, is a harmless error", async () => {
  const client = await TestClient.open();
  for (const response_id of [undefined, "resp_x"]) {
    const event = { type: "response.cancel", ...(response_id && { response_id }) };
    assertEquals(await client.refusal(event, true), {
      type: "invalid_request_error",
      code: "response_cancel_not_active",
      message: "Cancellation failed: no active response found",
      param: null,
    });
  }
});

Deno.test("a response cancelled before it was created is still created first", async () => {
  const client = await TestClient.open({ pace: { createdMs: 100 } });
  client.send(create());
  const got = await client.ask({ type: "response.cancel" });
  assertEquals(got.map(({ type }) => type), ["response.created", "response.done"]);
  assertEquals(got[1]!.response.output, []);
});

Deno.test("out-of-band responses run beside the active one, without conversation events", async () => {
  const client = await TestClient.open({
    replies: [long, { outputs: [{ text: "aside" }] }],
    pace: { speed: 1 },
  });
  await client.ask(create(), 500);
  client.forget();
  client.send(
    create({
      conversation: "none",
      metadata: { purpose: "classify" },
      output_modalities: ["text"],
      input: [],
    }),
  );
  await client.run(700);
  const own = client.events.filter((event) => !event.type.includes("audio"));
  assertEquals(order(own), [
    "response.created",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
    "rate_limits.updated",
  ]);
  const { response } = client.last("response.done");
  assertEquals([response.conversation_id, response.metadata], [null, { purpose: "classify" }]);
  assertEquals(client.session.items.length, 1);
});

Deno.test("the caller's speech never cancels an out-of-band response", async () => {
  const client = await TestClient.open({ replies: [long], pace: { speed: 1 } });
  await client.silence(400);
  await client.ask(create({ conversation: "none" }), 500);
  await client.hear(voice(400));
  assertEquals(client.all("input_audio_buffer.speech_started").length, 1);
  assertEquals(client.all("response.done"), []);
});

Deno.test("input may refer to items; an unknown one is an error", async () => {
  let items: readonly unknown[] = [];
  const client = await TestClient.open({
    replies: [(turn) => {
      items = turn.items;
      return { outputs: [{ text: "ok" }] };
    }],
  });
  const item = { id: "known", type: "message", role: "user", content: [{ type: "input_text", text: "a" }] };
  await client.ask({ type: "conversation.item.create", item });
  const reference = (id: string) =>
    create({ conversation: "none", input: [{ type: "item_reference", id }, { ...item, id: "new" }] });
  await client.ask(reference("known"), 100);
  assertEquals((items as { id: string }[]).map(({ id }) => id), ["known", "new"]);
  const error = await client.refusal(reference("unknown"), true);
  assertEquals([error.code, error.param], ["invalid_value", "response.input[0].id"]);
});

Deno.test("a response's own instructions, tools and voice replace the session's for it alone", async () => {
  const seen: unknown[] = [];
  const watch = (turn: { instructions: string; tools: readonly { name: string }[]; voice: string }) => {
    seen.push([turn.instructions, turn.tools.map(({ name }) => name), turn.voice]);
    return { outputs: [{ text: "ok" }] };
  };
  const client = await TestClient.open({ replies: [watch, watch, watch] });
  const tool = (name: string) => ({ type: "function", name, parameters: {} });
  client.update({ instructions: "Session.", tools: [tool("a")], audio: { output: { voice: "marin" } } });
  const own = { instructions: "Own.", tools: [tool("b")], audio: { output: { voice: "cedar" } } };
  await client.ask(create(own), 100);
  await client.ask(create({ tool_choice: "none" }), 100);
  await client.ask(create(), 100);
  assertEquals(seen, [["Own.", ["b"], "cedar"], ["Session.", [], "marin"], ["Session.", ["a"], "marin"]]);
});

Deno.test("metadata comes back in created and done, and has limits", async () => {
  const client = await TestClient.open({ replies: [hello] });
  await client.ask(create({ metadata: { who: "sequencer", turn: "3" } }), 100);
  for (const type of ["response.created", "response.done"]) {
    assertEquals(client.last(type).response.metadata, { who: "sequencer", turn: "3" });
  }
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, "v"]));
  for (const metadata of [many, { ["k".repeat(65)]: "v" }, { k: "v".repeat(513) }]) {
    await client.refusal(create({ metadata }), true);
  }
});

Deno.test("fields of response.create are held to the same rules", async () => {
  const client = await TestClient.open();
  const unknown = await client.refusal(create({ temperature: 0.8 }));
  assertEquals([unknown.code, unknown.param], ["unknown_parameter", "response.temperature"]);
  const conversation = await client.refusal(create({ conversation: "other" }), true);
  assertEquals(conversation.param, "response.conversation");
});
