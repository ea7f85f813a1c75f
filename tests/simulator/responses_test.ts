import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { order, type Seen, TestClient } from "./client.ts";

const create = (response?: Record<string, unknown>) => ({
  type: "response.create",
  ...(response && { response }),
});
const hello = { outputs: [{ say: "Good morning to you." }] };
const long = { outputs: [{ say: "A long answer that goes on. ".repeat(10) }] };
const ITEM = ["response.output_item.added", "conversation.item.added"];
const ITEM_DONE = ["conversation.item.done", "response.output_item.done"];
const SPOKEN_DONE = [
  "response.output_audio.done",
  "response.output_audio_transcript.done",
  "response.content_part.done",
];

/** Audio and transcript deltas interleave; between the part's first and last event only they may come. */
function withoutDeltas(events: readonly Seen[]): string[] {
  return events.map(({ type }) => type).filter((type) => !type.endsWith(".delta"));
}

Deno.test("a spoken answer has every event of the recorded order, ids and indexes agree", async () => {
  const client = await TestClient.open({ replies: [hello] });
  const got = await client.ask(create(), 100);
  assertEquals(withoutDeltas(got), [
    "response.created",
    ...ITEM,
    "response.content_part.added",
    ...SPOKEN_DONE,
    ...ITEM_DONE,
    "response.done",
    "rate_limits.updated",
  ]);
  const created = got[0]!.response;
  assertEquals([created.status, created.usage, created.output, created.metadata], [
    "in_progress",
    null,
    [],
    null,
  ]);
  assertMatch(created.conversation_id, /^conv_/);
  const item = got[1]!.item;
  assertEquals([item.status, item.content, item.phase], ["in_progress", [], "final_answer"]);
  for (const event of got.filter(({ type }) => /output_audio|content_part/.test(type))) {
    assertEquals(
      [event.response_id, event.item_id, event.output_index, event.content_index],
      [created.id, item.id, 0, 0],
    );
  }
  const words = got.filter(({ type }) => type === "response.output_audio_transcript.delta");
  assertEquals(words.map(({ delta }) => delta).join(""), "Good morning to you.");
  for (const { obfuscation } of words) assertMatch(obfuscation, /^[0-9A-Za-z]{11,14}$/);
  assertEquals(got.find(({ type }) => type === "response.output_audio.delta")!.obfuscation, undefined);
  const done = client.last("response.done").response;
  assertEquals([done.id, done.status, done.status_details], [created.id, "completed", null]);
  assertEquals(done.output, [client.last("response.output_item.done").item]);
  assertEquals(done.output[0].content, [{ type: "output_audio", transcript: "Good morning to you." }]);
  assertEquals(new Set(got.map(({ event_id }) => event_id)).size, got.length);
});

Deno.test("a written answer has text parts and no audio", async () => {
  const client = await TestClient.open({ replies: [{ outputs: [{ say: "In writing then." }] }] });
  const got = await client.ask(create({ output_modalities: ["text"] }), 100);
  assertEquals(order(got), [
    "response.created",
    ...ITEM,
    "response.content_part.added",
    "response.output_text.delta*",
    "response.output_text.done",
    "response.content_part.done",
    ...ITEM_DONE,
    "response.done",
    "rate_limits.updated",
  ]);
  assertEquals(client.last("response.output_text.done").text, "In writing then.");
  assertEquals(client.last("response.done").response.usage.output_token_details.audio_tokens, 0);
});

Deno.test("a function call: arguments in deltas, the same call seen three times", async () => {
  const args = '{"order_id":"A-1001","why":"because"}';
  const client = await TestClient.open({
    replies: [{ outputs: [{ call: { name: "look_up", arguments: args } }] }],
  });
  const got = await client.ask(create(), 100);
  assertEquals(order(got), [
    "response.created",
    ...ITEM,
    "response.function_call_arguments.delta*",
    "response.function_call_arguments.done",
    ...ITEM_DONE,
    "response.done",
    "rate_limits.updated",
  ]);
  const added = got[1]!.item;
  assertEquals([added.type, added.status, added.name, added.arguments], [
    "function_call",
    "in_progress",
    "look_up",
    "",
  ]);
  assertMatch(added.call_id, /^call_[0-9A-Za-z]{16}$/);
  const deltas = client.all("response.function_call_arguments.delta");
  assertEquals(deltas.map(({ delta }) => delta).join(""), args);
  const done = client.last("response.function_call_arguments.done");
  assertEquals([done.call_id, done.name, done.arguments], [added.call_id, "look_up", args]);
  for (
    const item of [
      client.last("response.output_item.done").item,
      client.last("response.done").response.output[0],
    ]
  ) {
    assertEquals([item.call_id, item.arguments, item.status], [added.call_id, args, "completed"]);
  }
});

Deno.test("a preamble, two parallel calls and their outputs, then the answer", async () => {
  const client = await TestClient.open({
    replies: [{
      outputs: [
        { say: "Let me see.", phase: "commentary" },
        { call: { name: "one", arguments: "{}" } },
        { call: { name: "two", arguments: "{}" } },
      ],
    }, hello],
  });
  await client.ask(create(), 100);
  const { output } = client.last("response.done").response;
  assertEquals(output.map((item: Seen) => item.type), ["message", "function_call", "function_call"]);
  assertEquals(client.all("response.output_item.added").map((each) => each.output_index), [0, 1, 2]);
  assertEquals(output[0].phase, "commentary");
  for (const item of output.slice(1)) {
    client.send({
      type: "conversation.item.create",
      item: { type: "function_call_output", call_id: item.call_id, output: "1" },
    });
  }
  await client.ask(create(), 100);
  assertEquals(client.last("response.output_audio_transcript.done").transcript, "Good morning to you.");
});

Deno.test("several messages in one answer count their output_index and have audio of their own", async () => {
  const client = await TestClient.open({
    replies: [{
      outputs: [{ say: "First.", phase: "commentary" }, { say: "Second.", phase: "final_answer" }],
    }],
  });
  await client.ask(create(), 100);
  const { output } = client.last("response.done").response;
  assertEquals(output.map((item: Seen) => item.phase), ["commentary", "final_answer"]);
  assertEquals(new Set(client.all("response.output_audio.delta").map(({ item_id }) => item_id)).size, 2);
  assertEquals(client.all("response.output_audio.done").map(({ output_index }) => output_index), [0, 1]);
});

Deno.test("messages of the older models have no phase", async () => {
  const client = await TestClient.open({ model: "gpt-realtime-1.5", replies: [hello] });
  await client.ask(create(), 100);
  assertEquals("phase" in client.last("response.output_item.done").item, false);
});

Deno.test("max_output_tokens cuts an answer: item and response incomplete, within the limit", async () => {
  const client = await TestClient.open({ replies: [long] });
  await client.ask(create({ max_output_tokens: 50 }), 100);
  const { response } = client.last("response.done");
  assertEquals(response.status, "incomplete");
  assertEquals(response.status_details, { type: "incomplete", reason: "max_output_tokens" });
  assertEquals(response.output[0].status, "incomplete");
  assert(
    response.usage.output_tokens > 40 && response.usage.output_tokens <= 50,
    `${response.usage.output_tokens}`,
  );
});

Deno.test("the agent may fail a response, or have it filtered", async () => {
  const error = { type: "server_error", code: "server_error", message: "Broken." };
  const client = await TestClient.open({
    replies: [
      { outputs: [], status: "failed", error },
      { outputs: [{ say: "I" }], status: "incomplete", error: { ...error, code: "content_filter" } },
    ],
  });
  await client.ask(create(), 100);
  const failed = client.last("response.done").response;
  assertEquals([failed.status, failed.status_details], ["failed", { type: "failed", error }]);
  assertEquals([failed.output, failed.usage.total_tokens], [[], 0]);
  await client.ask(create(), 100);
  assertEquals(client.last("response.done").response.status_details, {
    type: "incomplete",
    reason: "content_filter",
  });
});

Deno.test("an agent that throws fails its response, not the session", async () => {
  const client = await TestClient.open({
    replies: [() => {
      throw new Error("oops");
    }, hello],
  });
  await client.ask(create(), 100);
  assertEquals(client.last("response.done").response.status, "failed");
  await client.ask(create(), 100);
  assertEquals(client.last("response.done").response.status, "completed");
});

Deno.test("rate_limits.updated follows response.done by 7 to 43 ms and counts down", async () => {
  const client = await TestClient.open({ replies: [long, long] });
  for (let turn = 0; turn < 2; turn++) await client.ask(create(), 100);
  const limits = client.all("rate_limits.updated").map((each) => each.rate_limits[0]);
  assertEquals(limits.map(({ name }) => name), ["tokens", "tokens"]);
  assertGreater(limits[0].remaining, limits[1].remaining);
  const at = (type: string) => client.atMs[client.types.indexOf(type)]!;
  const laterMs = at("rate_limits.updated") - at("response.done");
  assert(laterMs >= 7 && laterMs <= 43, `${laterMs} ms`);
});
