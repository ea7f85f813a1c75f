import { assertEquals } from "@std/assert";
import { voice } from "../support/sound.ts";
import { TestClient } from "./client.ts";

const append = (bytes: Uint8Array) => ({ type: "input_audio_buffer.append", audio: bytes.toBase64() });
const commit = { type: "input_audio_buffer.commit" };
const manual = { audio: { input: { turn_detection: null } } };
const FORMATS = [["audio/pcm", 48], ["audio/pcmu", 8], ["audio/pcma", 8]] as const;

for (const [type, bytesPerMs] of FORMATS) {
  Deno.test(`the sample clock counts ${type} at ${bytesPerMs} bytes per ms`, async () => {
    const client = await TestClient.open();
    const format = type === "audio/pcm" ? { type, rate: 24000 } : { type };
    client.update({ audio: { input: { ...manual.audio.input, format } } });
    await client.ask(append(new Uint8Array(250 * bytesPerMs)));
    assertEquals(client.session.appendedMs, 250);
    const got = await client.ask(commit);
    assertEquals(got.map(({ type }) => type), [
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
    ]);
    const [retrieved] = await client.ask({ type: "conversation.item.retrieve", item_id: got[0]!.item_id });
    assertEquals(Uint8Array.fromBase64(retrieved!.item.content[0].audio).length, 250 * bytesPerMs);
  });
}

Deno.test("append is never acknowledged", async () => {
  const client = await TestClient.open();
  assertEquals(await client.ask(append(new Uint8Array(960)), 1000), []);
});

Deno.test("a commit of less than 100 ms is an error that tells how little there was", async () => {
  const client = await TestClient.open();
  client.update(manual);
  const empty = await client.ask(commit);
  assertEquals(empty.map(({ type }) => type), ["session.updated", "error"]);
  assertEquals(empty[1]!.error, {
    type: "invalid_request_error",
    code: "input_audio_buffer_commit_empty",
    message:
      "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has 0.00ms of audio.",
    param: null,
    event_id: null,
  });
  client.send(append(new Uint8Array(99 * 48 + 24)));
  const small = await client.refusal(commit, true);
  assertEquals(String(small.message).endsWith("but buffer only has 99.50ms of audio."), true);
  await client.ask(append(new Uint8Array(48)));
  const [got] = await client.ask(commit);
  assertEquals(got!.type, "input_audio_buffer.committed");
  assertEquals((await client.refusal(commit, true)).code, "input_audio_buffer_commit_empty");
});

Deno.test("a manual commit makes no response: the client asks for one", async () => {
  const client = await TestClient.open({ replies: [{ outputs: [{ say: "I heard you." }] }] });
  client.update(manual);
  await client.hear(voice(600));
  await client.ask(commit, 1000);
  assertEquals(client.all("response.created"), []);
  await client.ask({ type: "response.create" }, 100);
  assertEquals(client.all("response.done").length, 1);
});

Deno.test("clear empties the buffer and forgets speech under way, the clock goes on", async () => {
  const client = await TestClient.open();
  await client.silence(400);
  await client.hear(voice(400));
  const [got] = await client.ask({ type: "input_audio_buffer.clear" });
  assertEquals(got!.type, "input_audio_buffer.cleared");
  await client.silence(2000);
  assertEquals(client.all("input_audio_buffer.speech_stopped"), []);
  assertEquals(client.session.items, []);
  assertEquals(client.session.appendedMs, 2800);
});

Deno.test("what is no audio is refused: bad base64, nothing, half a sample", async () => {
  const client = await TestClient.open();
  for (const audio of ["!!", "", btoa("odd")]) {
    const error = await client.refusal({ type: "input_audio_buffer.append", audio }, true);
    assertEquals([error.code, error.param], ["invalid_value", "audio"]);
  }
  assertEquals(
    (await client.refusal({ type: "input_audio_buffer.append" })).code,
    "missing_required_parameter",
  );
  const large = await client.refusal({
    type: "input_audio_buffer.append",
    audio: "A".repeat(15 * 1024 * 1024 + 4),
  }, true);
  assertEquals(large.code, "string_above_max_length");
  assertEquals(client.session.appendedMs, 0);
});

Deno.test("another input format drops what was not committed, and the clock goes on", async () => {
  const client = await TestClient.open();
  client.update(manual);
  await client.ask(append(new Uint8Array(500 * 48)));
  client.update({ audio: { input: { format: { type: "audio/pcmu" } } } });
  await client.ask(append(new Uint8Array(200 * 8)));
  assertEquals(client.session.appendedMs, 700);
  const [committed] = await client.ask(commit);
  const [got] = await client.ask({ type: "conversation.item.retrieve", item_id: committed!.item_id });
  assertEquals(Uint8Array.fromBase64(got!.item.content[0].audio).length, 200 * 8);
  assertEquals(got!.item.content[0].format, "g711_ulaw");
});

Deno.test("hours of silence do not pile up", async () => {
  const client = await TestClient.open();
  const second = new Uint8Array(48_000);
  for (let index = 0; index < 120; index++) client.send(append(second));
  await client.run(0);
  const [committed] = await client.ask(commit);
  const [got] = await client.ask({ type: "conversation.item.retrieve", item_id: committed!.item_id });
  assertEquals(Uint8Array.fromBase64(got!.item.content[0].audio).length <= 4 * 48_000, true);
  assertEquals(client.session.appendedMs, 120_000);
});
