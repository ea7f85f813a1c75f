import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Item } from "../../lib/simulator/conversation.ts";
import { defaultConfig } from "../../lib/simulator/session-config.ts";
import { cachedTokens, inContext, itemTokens } from "../../lib/simulator/usage.ts";
import { voice } from "../support/sound.ts";
import { TestClient } from "./client.ts";

const say = (text: string) => ({ outputs: [{ say: text }] });

function recording(ms: number): Item {
  const content = [{ type: "input_audio" as const, transcript: null }];
  return {
    id: "i",
    shown: { id: "i", type: "message", role: "user", content },
    audio: { format: "pcm", ms },
  };
}

Deno.test("the caller costs 1 token per 100 ms, the agent 1 per 50 ms: as traces have it", () => {
  assertEquals([5850, 1630].map((ms) => itemTokens(recording(ms)).audio), [58, 16]);
  const spoken = recording(7300);
  spoken.shown = { id: "i", type: "message", role: "assistant", content: [{ type: "output_audio" }] };
  assertEquals(itemTokens(spoken).audio, 146);
});

Deno.test("totals add up, and what is cached is a part of the input in steps of 64", async () => {
  const client = await TestClient.open({
    replies: [say("One. ".repeat(40)), say("Two. ".repeat(40)), say("Three.")],
  });
  client.update({ instructions: "You are a patient agent. ".repeat(40) });
  await client.silence(400);
  await client.hear(voice(3000));
  await client.silence(1000);
  for (let turn = 0; turn < 2; turn++) await client.ask({ type: "response.create" }, 200);
  const all = client.all("response.done").map(({ response }) => response.usage);
  for (const usage of all) {
    const { input_token_details: input, output_token_details: output } = usage;
    assertEquals(usage.total_tokens, usage.input_tokens + usage.output_tokens);
    assertEquals(usage.input_tokens, input.text_tokens + input.audio_tokens + input.image_tokens);
    assertEquals(usage.output_tokens, output.text_tokens + output.audio_tokens);
    const cached = input.cached_tokens_details;
    assertEquals(input.cached_tokens, cached.text_tokens + cached.audio_tokens);
    assertEquals([cached.text_tokens % 64, cached.audio_tokens % 64], [0, 0]);
    assert(cached.text_tokens <= input.text_tokens && cached.audio_tokens <= input.audio_tokens);
    assert(output.text_tokens > 0 && output.audio_tokens > 0);
  }
  assertEquals(all[0].input_token_details.cached_tokens, 0);
  assertGreater(all[1].input_token_details.cached_tokens_details.text_tokens, 0);
  assertGreater(all[2].input_token_details.cached_tokens_details.audio_tokens, 0);
  assertGreater(all[2].input_tokens, all[1].input_tokens);
});

Deno.test("other instructions break the cache", async () => {
  const client = await TestClient.open({ replies: [say("One."), say("Two.")] });
  client.update({ instructions: "You are a patient agent. ".repeat(40) });
  await client.ask({ type: "response.create" }, 100);
  client.update({ instructions: "You are a hurried agent. ".repeat(40) });
  await client.ask({ type: "response.create" }, 100);
  assertEquals(client.last("response.done").response.usage.input_token_details.cached_tokens, 0);
  assertEquals(cachedTokens({ text: 200, audio: 130 }, { text: 150, audio: 70 }), { text: 128, audio: 64 });
});

Deno.test("the answer's audio is counted at 1 token per 50 ms, whatever the format", async () => {
  for (const format of [{ type: "audio/pcm", rate: 24000 }, { type: "audio/pcmu" }]) {
    const client = await TestClient.open({ replies: [say("A hundred characters".repeat(5))] });
    client.update({ audio: { output: { format } } });
    await client.ask({ type: "response.create" }, 100);
    assertEquals(client.last("response.done").response.usage.output_token_details.audio_tokens, 6000 / 50);
  }
});

Deno.test("a truncated item costs only what is left of it", async () => {
  const client = await TestClient.open({ replies: [say("x".repeat(100)), say("y"), say("z")] });
  await client.ask({ type: "response.create" }, 100);
  const { id } = client.last("response.output_item.done").item;
  await client.ask({ type: "response.create" }, 100);
  const before = client.last("response.done").response.usage.input_token_details.audio_tokens;
  await client.ask({ type: "conversation.item.truncate", item_id: id, content_index: 0, audio_end_ms: 1000 });
  await client.ask({ type: "response.create" }, 100);
  const after = client.last("response.done").response.usage.input_token_details.audio_tokens;
  assertEquals(before, 120);
  assertLess(after, 30);
});

Deno.test("a conversation over the limit loses its oldest items, without an event", () => {
  const config = defaultConfig("s", "gpt-realtime-1.5", 0);
  const items = Array.from({ length: 40 }, () => recording(100_000));
  const kept = inContext(items, config)!;
  assertEquals(kept.length, Math.floor(28_224 / 1003));
  assertEquals(inContext(items, { ...config, model: "gpt-realtime-2.1" })!.length, 40);
  const ratio = { ...config, truncation: { type: "retention_ratio" as const, retention_ratio: 0.5 } };
  assertEquals(inContext(items, ratio)!.length, Math.floor(28_224 / 2 / 1003));
  const limited = { ...ratio.truncation, token_limits: { post_instructions: 4000 } };
  assertEquals(inContext(items, { ...config, truncation: limited })!.length, 1);
});

Deno.test("with truncation disabled a response to an overlong conversation fails", async () => {
  const client = await TestClient.open({ model: "gpt-realtime-1.5", replies: [say("never")] });
  client.update({ truncation: "disabled" });
  const text = "a long story ".repeat(10_000);
  await client.ask({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
  });
  await client.ask({ type: "response.create" }, 100);
  const { status, status_details } = client.last("response.done").response;
  assertEquals([status, status_details.error.type], ["failed", "invalid_request_error"]);
});

const ratio = (post_instructions: number) => ({
  truncation: { type: "retention_ratio", retention_ratio: 0.5, token_limits: { post_instructions } },
});

/** What a model says about the tokens of its latest answer. */
function latest(client: TestClient): { audio: number; cached: number } {
  const { audio_tokens, cached_tokens_details } =
    client.last("response.done").response.usage.input_token_details;
  return { audio: audio_tokens, cached: cached_tokens_details.audio_tokens };
}

Deno.test("what was left out stays out: with a retention ratio the cache breaks once in many answers", async () => {
  // Each answer is 6 s of speech, 120 tokens.
  const client = await TestClient.open({ replies: Array.from({ length: 20 }, () => say("x".repeat(100))) });
  client.update(ratio(1000));
  const breaks: number[] = [];
  for (let answer = 0; answer < 20; answer++) {
    await client.ask({ type: "response.create" }, 100);
    const { audio, cached } = latest(client);
    assert(audio <= 1000);
    if (answer > 1 && cached === 0) breaks.push(answer);
  }
  assertEquals(breaks, [9, 14, 19]);
});

Deno.test("an item that is cut short, deleted or inserted breaks the cache from there on", async () => {
  const client = await TestClient.open({ replies: Array.from({ length: 8 }, () => say("x".repeat(100))) });
  for (let answer = 0; answer < 4; answer++) await client.ask({ type: "response.create" }, 100);
  const ids = client.all("response.output_item.done").map(({ item }) => item.id);
  assertEquals(latest(client), { audio: 360, cached: 192 });
  await client.ask({
    type: "conversation.item.truncate",
    item_id: ids[1],
    content_index: 0,
    audio_end_ms: 5000,
  });
  await client.ask({ type: "response.create" }, 100);
  assertEquals(latest(client), { audio: 460, cached: 64 });
  await client.ask({ type: "conversation.item.delete", item_id: ids[2] });
  await client.ask({ type: "response.create" }, 100);
  assertEquals(latest(client), { audio: 460, cached: 192 });
  const item = {
    type: "message",
    role: "system",
    content: [{ type: "input_text", text: "So far: nothing." }],
  };
  await client.ask({ type: "conversation.item.create", previous_item_id: "root", item });
  await client.ask({ type: "response.create" }, 100);
  assertEquals(latest(client), { audio: 580, cached: 0 });
});

Deno.test("a prompt that begins as the conversation does is read from the cache, what is asked beside it included", async () => {
  const client = await TestClient.open({
    replies: [
      ...Array.from({ length: 4 }, () => say("x".repeat(100))),
      { outputs: [{ text: "Aside." }] },
      say("y"),
    ],
  });
  for (let answer = 0; answer < 4; answer++) await client.ask({ type: "response.create" }, 100);
  const [first, second] = client.all("response.output_item.done").map(({ item }) => item.id);
  const input = [
    { type: "item_reference", id: first },
    { type: "item_reference", id: second },
    { type: "message", role: "system", content: [{ type: "input_text", text: "Sum up." }] },
  ];
  const response = { conversation: "none", output_modalities: ["text"], input };
  await client.ask({ type: "response.create", response }, 100);
  assertEquals(latest(client), { audio: 240, cached: 192 });
  await client.ask({ type: "response.create" }, 100);
  assertEquals(latest(client), { audio: 480, cached: 320 });
});
