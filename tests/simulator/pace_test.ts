import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertNotEquals,
} from "@std/assert";
import { createDownlink } from "../../lib/audio/codec.ts";
import { createToneSpeech } from "../../lib/simulator/speech.ts";
import { dbfs } from "../support/sound.ts";
import { type ClientOptions, TestClient } from "./client.ts";

const TEXT = "A sentence of some length, spoken by a machine that hums.";
const AUDIO_MS = [...TEXT].length * 60;
const BYTES_PER_MS = { "audio/pcm": 48, "audio/pcmu": 8, "audio/pcma": 8 };

/** Lets the agent say TEXT; when each audio delta came after response.created, and how long it is. */
async function deltas(
  options: ClientOptions,
  format: keyof typeof BYTES_PER_MS = "audio/pcm",
  runMs = 20_000,
) {
  const client = await TestClient.open({ replies: [{ outputs: [{ say: TEXT }] }], ...options });
  client.update({
    audio: { output: { format: format === "audio/pcm" ? { type: format, rate: 24000 } : { type: format } } },
  });
  await client.run(0);
  const askedAtMs = client.clock.now();
  await client.ask({ type: "response.create" }, runMs);
  const createdAtMs = client.atMs[client.types.indexOf("response.created")]!;
  const got = client.events.flatMap((event, index) =>
    event.type === "response.output_audio.delta"
      ? [{
        atMs: client.atMs[index]! - createdAtMs,
        bytes: Uint8Array.fromBase64(event.delta),
        ms: Uint8Array.fromBase64(event.delta).length / BYTES_PER_MS[format],
      }]
      : []
  );
  return { client, got, createdMs: createdAtMs - askedAtMs };
}

const total = (got: readonly { ms: number }[]) => got.reduce((sum, { ms }) => sum + ms, 0);

Deno.test("by default: created after 20 ms, first audio 300 to 500 ms later, then about five times real time", async () => {
  const { got, createdMs } = await deltas({ pace: {} });
  assertEquals(createdMs, 20);
  const [first] = got;
  assert(first!.atMs >= 300 && first!.atMs <= 500, `${first!.atMs} ms`);
  for (const { ms } of got.slice(0, -1)) assert(ms >= 100 && ms <= 200, `${ms} ms in one delta`);
  assertLessOrEqual(got.at(-1)!.ms, 200);
  assertAlmostEquals(total(got), AUDIO_MS, 0.1);
  const tookMs = got.at(-1)!.atMs - first!.atMs;
  const speed = total(got.slice(0, -1)) / tookMs;
  assert(speed > 4 && speed < 6.5, `${speed} times real time`);
});

Deno.test("a whole answer can come in one burst", async () => {
  const { got } = await deltas({ pace: { speed: Infinity, firstMs: 400 } });
  assertGreater(got.length, 10);
  assertEquals(new Set(got.map(({ atMs }) => atMs)), new Set([400]));
});

Deno.test("or slower than real time", async () => {
  const { got } = await deltas({ pace: { speed: 0.5, firstMs: 0 } });
  const speed = total(got.slice(0, -1)) / got.at(-1)!.atMs;
  assert(speed > 0.4 && speed < 0.6, `${speed} times real time`);
});

Deno.test("without any delay the answer is there at once", async () => {
  const { got, createdMs } = await deltas({});
  assertEquals([createdMs, ...got.map(({ atMs }) => atMs)], Array(got.length + 1).fill(0));
});

Deno.test("a slow first delta can be had as a fault", async () => {
  const { got } = await deltas({ pace: { firstMs: 100 }, faults: { slowFirstMs: 3000 } });
  assertEquals(got[0]!.atMs, 3100);
});

for (const format of ["audio/pcm", "audio/pcmu", "audio/pcma"] as const) {
  Deno.test(`what the agent says arrives whole and as loud as it was spoken: ${format}`, async () => {
    const { got, client } = await deltas({}, format);
    assertEquals(client.last("response.created").response.audio.output.format.type, format);
    assertAlmostEquals(total(got), AUDIO_MS, 5);
    const downlink = createDownlink(
      format === "audio/pcm" ? "pcm" : format === "audio/pcmu" ? "pcmu" : "pcma",
    );
    const heard = got.flatMap(({ bytes }) => [...downlink.decode(bytes)]);
    const spoken = await createToneSpeech().say(TEXT, "alloy");
    assertAlmostEquals(dbfs(Int16Array.from(heard)), dbfs(spoken), 1);
  });
}

Deno.test("the last delta is shorter than the others where the audio doesn't divide", async () => {
  const { got } = await deltas({ pace: { deltaMs: 130, speed: Infinity, firstMs: 0 } });
  assertEquals(new Set(got.slice(0, -1).map(({ ms }) => ms)), new Set([130]));
  assertEquals(got.at(-1)!.ms, AUDIO_MS % 130);
});

Deno.test("speed changes how long the answer is", async () => {
  const client = await TestClient.open({ replies: [{ outputs: [{ say: TEXT }] }] });
  client.update({ audio: { output: { speed: 1.5 } } });
  await client.ask({ type: "response.create" }, 100);
  const bytes = client.all("response.output_audio.delta").map(({ delta }) =>
    Uint8Array.fromBase64(delta).length
  );
  assertAlmostEquals(bytes.reduce((sum, each) => sum + each) / 48, AUDIO_MS / 1.5, 1);
});

Deno.test("the transcript runs ahead of the audio", async () => {
  const { client } = await deltas({ pace: { speed: 1, firstMs: 0 } });
  const lastWord = client.types.lastIndexOf("response.output_audio_transcript.delta");
  const lastAudio = client.types.lastIndexOf("response.output_audio.delta");
  assertGreater(client.atMs[lastAudio]! - client.atMs[lastWord]!, AUDIO_MS / 4);
});

Deno.test("a seed makes everything repeatable: ids, jitter, padding, times; another seed another session", async () => {
  const record = async (seed: number) => {
    const { client } = await deltas({ seed, pace: {} });
    return client.events.map((event, index) => [client.atMs[index], event]);
  };
  const first = await record(3);
  assertEquals(await record(3), first);
  assertNotEquals(await record(4), first);
});
