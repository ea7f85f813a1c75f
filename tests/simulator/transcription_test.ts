import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { voice } from "../support/sound.ts";
import { type ClientOptions, TestClient } from "./client.ts";

const COMPLETED = "conversation.item.input_audio_transcription.completed";
const DELTA = "conversation.item.input_audio_transcription.delta";

/** A session with transcription, in which the caller has said something of 2.3 s. */
async function heard(
  transcription: Record<string, unknown> | null,
  options: ClientOptions = {},
  waitMs = 1500,
) {
  const client = await TestClient.open({ replies: [], ...options });
  client.update({
    audio: { input: { transcription, turn_detection: { type: "server_vad", create_response: false } } },
  });
  await client.silence(400);
  await client.hear(voice(2300));
  await client.silence(waitMs);
  return client;
}

Deno.test("the text is honest about there being no recogniser, and comes in deltas, then whole", async () => {
  const client = await heard({ model: "gpt-4o-mini-transcribe" });
  const { transcript, item_id, content_index } = client.last(COMPLETED);
  assertMatch(transcript, /^\(2\.[23] s of speech\)$/);
  assertEquals([item_id, content_index], [client.last("input_audio_buffer.committed").item_id, 0]);
  const deltas = client.all(DELTA);
  assertGreater(deltas.length, 1);
  assertEquals(deltas.map(({ delta }) => delta).join(""), transcript);
  for (const { obfuscation, logprobs } of deltas) {
    assertMatch(obfuscation, /^[0-9A-Za-z]{11,14}$/);
    assertEquals(logprobs, null);
  }
  assert(client.types.indexOf(COMPLETED) > client.types.indexOf("input_audio_buffer.committed"));
});

Deno.test("usage is in tokens or in seconds, by the model", async () => {
  const tokens = (await heard({ model: "gpt-4o-transcribe" })).last(COMPLETED).usage;
  assertEquals(tokens.type, "tokens");
  assertEquals(tokens.total_tokens, tokens.input_tokens + tokens.output_tokens);
  for (const model of ["whisper-1", "gpt-transcribe", "gpt-live-transcribe", "gpt-realtime-whisper"]) {
    assertEquals((await heard({ model })).last(COMPLETED).usage, { type: "duration", seconds: 3 });
  }
});

Deno.test("whisper-1 sends one delta with the whole text", async () => {
  const client = await heard({ model: "whisper-1" });
  assertEquals(client.all(DELTA).map(({ delta }) => delta), [client.last(COMPLETED).transcript]);
});

Deno.test("without transcription there is none; the item keeps a transcript of null", async () => {
  const client = await heard(null);
  assertEquals(client.all(COMPLETED), []);
});

Deno.test("include asks for logprobs", async () => {
  const client = await TestClient.open();
  client.update({
    include: ["item.input_audio_transcription.logprobs"],
    audio: { input: { transcription: { model: "whisper-1" }, turn_detection: null } },
  });
  await client.hear(voice(300));
  await client.ask({ type: "input_audio_buffer.commit" }, 100);
  assertEquals(client.last(COMPLETED).logprobs.length, 1);
});

Deno.test("a manual turn is transcribed, too, and its item then has the transcript", async () => {
  const client = await TestClient.open({ transcribe: () => "hello there" });
  client.update({ audio: { input: { transcription: { model: "whisper-1" }, turn_detection: null } } });
  await client.hear(voice(300));
  await client.ask({ type: "input_audio_buffer.commit" }, 100);
  const { item_id } = client.last(COMPLETED);
  const [got] = await client.ask({ type: "conversation.item.retrieve", item_id });
  assertEquals(got!.item.content[0].transcript, "hello there");
});

Deno.test("it may come while the agent answers, or after", async () => {
  const client = await TestClient.open({
    replies: [{ outputs: [{ say: "Short." }] }],
    faults: { transcriptionDelayMs: 5000 },
  });
  client.update({ audio: { input: { transcription: { model: "whisper-1" } } } });
  await client.silence(400);
  await client.hear(voice(600));
  await client.silence(7000);
  assert(client.types.indexOf(COMPLETED) > client.types.indexOf("response.done"));
});

Deno.test("it may fail, or never come", async () => {
  const failed = await heard({ model: "whisper-1" }, { faults: { transcription: "failed" } });
  const { error, item_id } = failed.last("conversation.item.input_audio_transcription.failed");
  assertEquals(item_id, failed.last("input_audio_buffer.committed").item_id);
  assertEquals(typeof error.message, "string");
  const missing = await heard({ model: "whisper-1" }, { faults: { transcription: "missing" } });
  assertEquals(missing.types.filter((type) => type.includes("transcription")), []);
});

Deno.test("turns are made out in their order, however long each text is on its way", async () => {
  let turns = 0;
  const faults = { transcriptionDelayMs: 5000 };
  const client = await heard(
    { model: "gpt-transcribe" },
    { faults, transcribe: () => `turn ${++turns}` },
    1000,
  );
  faults.transcriptionDelayMs = 0;
  await client.hear(voice(600));
  await client.silence(7000);
  assertEquals(client.all(COMPLETED).map(({ transcript }) => transcript), ["turn 2", "turn 1"]);
  const order = client.all("input_audio_buffer.committed").map(({ item_id }) => item_id);
  assertEquals(client.all(COMPLETED).map(({ item_id }) => item_id), order.toReversed());
});
