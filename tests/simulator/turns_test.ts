import { assert, assertEquals, assertGreater } from "@std/assert";
import { voice } from "../support/sound.ts";
import { order, TestClient } from "./client.ts";

const hello = { outputs: [{ say: "Good morning to you." }] };
const vad = (fields: object) => ({ audio: { input: { turn_detection: { type: "server_vad", ...fields } } } });
const SPOKEN = [
  "response.created",
  "response.output_item.added",
  "conversation.item.added",
  "response.content_part.added",
  "response.output_audio_transcript.delta",
  "response.output_audio.delta",
];
const CLOSING = [
  "response.output_audio.done",
  "response.output_audio_transcript.done",
  "response.content_part.done",
];

Deno.test("a spoken turn: the recorded order from speech_started to rate_limits.updated", async () => {
  const client = await TestClient.open({ replies: [{ outputs: [{ say: "Hm." }] }], pace: { deltaMs: 1000 } });
  client.forget();
  await client.silence(400);
  await client.hear(voice(800));
  await client.silence(600);
  assertEquals(client.types, [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    ...SPOKEN,
    ...CLOSING,
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
    "rate_limits.updated",
  ]);
  const [started, stopped, committed, added, done] = client.events;
  for (const each of [stopped, committed]) assertEquals(each!.item_id, started!.item_id);
  assertEquals(committed!.previous_item_id, null);
  assertEquals(added!.item, {
    id: started!.item_id,
    type: "message",
    status: "completed",
    role: "user",
    content: [{ type: "input_audio", transcript: null }],
  });
  assertEquals(done!.item, added!.item);
  const agentItem = client.events[7]!;
  assertEquals(agentItem.type, "conversation.item.added");
  assertEquals(agentItem.previous_item_id, started!.item_id);
});

Deno.test("audio times count from the first byte ever, with the padding before and the silence behind", async () => {
  const client = await TestClient.open({ replies: [hello, hello] });
  client.update(vad({ prefix_padding_ms: 300, silence_duration_ms: 500 }));
  await client.silence(2000);
  await client.hear(voice(1000));
  await client.silence(1000);
  const { audio_start_ms } = client.last("input_audio_buffer.speech_started");
  const { audio_end_ms } = client.last("input_audio_buffer.speech_stopped");
  assert(Math.abs(audio_start_ms - 1700) <= 30, `starts at ${audio_start_ms}`);
  assert(Math.abs(audio_end_ms - 3500) <= 40, `ends at ${audio_end_ms}`);

  // The padding never reaches into what was handed over before.
  await client.hear(voice(1000));
  const next = client.last("input_audio_buffer.speech_started");
  assert(next.audio_start_ms >= audio_end_ms, `${next.audio_start_ms} before ${audio_end_ms}`);
});

Deno.test("speech ends after the session's silence, in audio time", async () => {
  for (const silence of [200, 800]) {
    const client = await TestClient.open();
    client.update(vad({ silence_duration_ms: silence, create_response: false }));
    await client.silence(400);
    await client.hear(voice(600));
    const spokenAtMs = client.clock.now();
    await client.silence(1500);
    const at = client.atMs[client.types.indexOf("input_audio_buffer.speech_stopped")]!;
    assert(Math.abs(at - spokenAtMs - silence) <= 60, `${at - spokenAtMs} ms after the speech`);
  }
});

Deno.test("semantic_vad waits longer the less eager it is, with the same events", async () => {
  const waits: number[] = [];
  for (const eagerness of ["high", "auto", "medium", "low"]) {
    const client = await TestClient.open({ replies: [hello] });
    client.update({ audio: { input: { turn_detection: { type: "semantic_vad", eagerness } } } });
    await client.silence(400);
    client.forget();
    await client.hear(voice(600));
    const spokenAtMs = client.clock.now();
    await client.silence(2000);
    assertEquals(order(client.events).slice(0, 3), [
      "input_audio_buffer.speech_started",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
    ]);
    waits.push(client.atMs[1]! - spokenAtMs);
  }
  const [high, auto, medium, low] = waits as [number, number, number, number];
  assertGreater(auto, high);
  assertEquals(medium, auto);
  assertGreater(low, medium);
});

Deno.test("create_response:false makes an item of the turn and leaves the rest to the client", async () => {
  const client = await TestClient.open();
  client.update(vad({ create_response: false }));
  await client.silence(400);
  await client.hear(voice(600));
  await client.silence(1000);
  assertEquals(client.all("response.created"), []);
  assertEquals(client.session.items.length, 1);
});

Deno.test("barge-in: speech_started cancels the response and closes what is open, in the described order", async () => {
  const client = await TestClient.open({
    replies: [{ outputs: [{ say: "A long answer. ".repeat(20) }] }],
    pace: { speed: 2 },
  });
  await client.ask({ type: "response.create" }, 300);
  await client.silence(200);
  client.forget();
  await client.hear(voice(300));
  const from = client.types.indexOf("input_audio_buffer.speech_started");
  assertEquals(client.types.slice(from, from + 6), [
    "input_audio_buffer.speech_started",
    ...CLOSING,
    "response.output_item.done",
    "response.done",
  ]);
  const { response } = client.last("response.done");
  assertEquals([response.status, response.status_details], ["cancelled", {
    type: "cancelled",
    reason: "turn_detected",
  }]);
  assertEquals(client.last("response.output_item.done").item.status, "incomplete");
  assertEquals(response.output[0].status, "incomplete");
  assertGreater(response.usage.output_token_details.audio_tokens, 0);
  const said = client.last("response.output_audio_transcript.done").transcript;
  assert("A long answer. ".repeat(20).startsWith(said) && said.length > 0);
  assertEquals(client.types.slice(from + 6).filter((type) => type.startsWith("response.")), []);
});

Deno.test("barge-in after the generation is over cancels nothing", async () => {
  const client = await TestClient.open({ replies: [hello] });
  await client.ask({ type: "response.create" }, 100);
  await client.silence(200);
  client.forget();
  await client.hear(voice(300));
  assertEquals(client.types, ["input_audio_buffer.speech_started"]);
});

Deno.test("interrupt_response:false lets the answer go on, and the automatic response then fails", async () => {
  const client = await TestClient.open({
    replies: [{ outputs: [{ say: "A long answer. ".repeat(40) }] }],
    pace: { speed: 1 },
  });
  client.update(vad({ interrupt_response: false }));
  await client.ask({ type: "response.create" }, 300);
  const { id } = client.last("response.created").response;
  await client.silence(200);
  client.forget();
  await client.hear(voice(400));
  await client.silence(600);
  assertEquals(client.all("response.done"), []);
  assertEquals(client.last("error").error.code, "conversation_already_has_active_response");
  assertEquals(
    client.last("error").error.message,
    `Conversation already has an active response in progress: ${id}. Wait until the response is finished before creating a new one.`,
  );
});

Deno.test("an interruption between the item and its first audio leaves nothing to truncate", async () => {
  const client = await TestClient.open({ replies: [hello], pace: { firstMs: 1000 } });
  await client.silence(400);
  await client.ask({ type: "response.create" }, 400);
  assertEquals(client.types.at(-1), "response.created");
  await client.run(200);
  assertEquals(client.types.at(-1), "response.content_part.added");
  await client.hear(voice(300));
  const { item } = client.last("response.output_item.done");
  assertEquals(item.content, [{ type: "output_audio", transcript: "" }]);
  const error = await client.refusal(
    { type: "conversation.item.truncate", item_id: item.id, content_index: 0, audio_end_ms: 10 },
    true,
  );
  assertEquals(error.code, "unsupported_content_type");
});

Deno.test("idle_timeout_ms: after the answer has been played and that time of silence the server asks", async () => {
  const client = await TestClient.open({ replies: [hello, { outputs: [{ say: "Still there?" }] }] });
  client.update(vad({ idle_timeout_ms: 6000 }));
  await client.ask({ type: "response.create" }, 100);
  const answeredAtMs = client.atMs[client.types.indexOf("response.done")]!;
  const audioMs = client.all("response.output_audio.delta").reduce(
    (sum, { delta }) => sum + Uint8Array.fromBase64(delta).length / 48,
    0,
  );
  client.forget();
  await client.silence(Math.ceil((audioMs + 6000) / 20) * 20 + 500);
  assertEquals(order(client.events).slice(0, 5), [
    "input_audio_buffer.timeout_triggered",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    "response.created",
  ]);
  assert(Math.abs(client.atMs[0]! - answeredAtMs - audioMs - 6000) <= 1);
  const [timeout] = client.events;
  assertEquals(timeout!.audio_end_ms - timeout!.audio_start_ms, 6000);
  assertEquals(client.last("response.output_audio_transcript.done").transcript, "Still there?");
});

Deno.test("speech in time keeps the idle timeout from striking", async () => {
  const client = await TestClient.open({ replies: [hello, hello] });
  client.update(vad({ idle_timeout_ms: 5000, create_response: false }));
  await client.ask({ type: "response.create" }, 100);
  await client.silence(4000);
  await client.hear(voice(500));
  await client.silence(10_000);
  assertEquals(client.all("input_audio_buffer.timeout_triggered"), []);
});

Deno.test("the idle timeout does not strike into another answer, and counts again after it", async () => {
  const client = await TestClient.open({
    replies: [hello, { outputs: [{ say: "A long answer. ".repeat(20) }] }, hello],
    pace: { speed: 1 },
  });
  client.update(vad({ idle_timeout_ms: 5000 }));
  await client.ask({ type: "response.create" }, 3000);
  assertEquals(client.all("response.done").length, 1);
  await client.ask({ type: "response.create" }, 15_000);
  assertEquals(client.all("response.done").length, 1);
  assertEquals(client.all("input_audio_buffer.timeout_triggered"), []);
  await client.run(28_000);
  assertEquals(client.all("input_audio_buffer.timeout_triggered").length, 1);
});

Deno.test("turn detection switched off and on again forgets the speech under way", async () => {
  const client = await TestClient.open();
  await client.silence(400);
  await client.hear(voice(300));
  assertEquals(client.all("input_audio_buffer.speech_started").length, 1);
  client.update({ audio: { input: { turn_detection: null } } });
  client.update(vad({}));
  await client.silence(2000);
  assertEquals(client.all("input_audio_buffer.speech_stopped"), []);
});

Deno.test("turn detection that is switched off forgets the speech under way", async () => {
  const client = await TestClient.open();
  await client.silence(400);
  await client.hear(voice(300));
  assertEquals(client.all("input_audio_buffer.speech_started").length, 1);
  client.update({ audio: { input: { turn_detection: null } } });
  await client.silence(2000);
  assertEquals(client.all("input_audio_buffer.speech_stopped"), []);
  client.update(vad({ create_response: false }));
  await client.silence(400);
  await client.hear(voice(300));
  const { audio_start_ms } = client.last("input_audio_buffer.speech_started");
  assert(Math.abs(audio_start_ms - (400 + 300 + 2000 + 400 - 300)) < 100, `${audio_start_ms}`);
});
