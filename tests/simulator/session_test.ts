import { assertEquals, assertMatch } from "@std/assert";
import { order, TestClient, URL_OF } from "./client.ts";

/** The keys of an object and of the objects in it, in their order. */
function keys(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => [path + key, ...keys(each, `${path}${key}.`)]);
}

Deno.test("session.created comes first, with exactly the keys and values of a live session", async () => {
  const client = await TestClient.open();
  const { session, type } = client.events[0]!;
  assertEquals(type, "session.created");
  assertEquals(keys(session), [
    "type",
    "object",
    "id",
    "model",
    "output_modalities",
    "instructions",
    "tools",
    "tool_choice",
    "max_output_tokens",
    "tracing",
    "truncation",
    "prompt",
    "expires_at",
    "audio",
    "audio.input",
    "audio.input.format",
    "audio.input.format.type",
    "audio.input.format.rate",
    "audio.input.transcription",
    "audio.input.noise_reduction",
    "audio.input.turn_detection",
    "audio.input.turn_detection.type",
    "audio.input.turn_detection.threshold",
    "audio.input.turn_detection.prefix_padding_ms",
    "audio.input.turn_detection.silence_duration_ms",
    "audio.input.turn_detection.idle_timeout_ms",
    "audio.input.turn_detection.create_response",
    "audio.input.turn_detection.interrupt_response",
    "audio.output",
    "audio.output.format",
    "audio.output.format.type",
    "audio.output.format.rate",
    "audio.output.voice",
    "audio.output.speed",
    "include",
  ]);
  assertMatch(session.id, /^sess_[0-9A-Za-z]{21}$/);
  assertEquals(session.expires_at, 1_760_000_000 + 3600);
  assertEquals(session.audio.input.turn_detection.silence_duration_ms, 200);
  assertEquals(session.audio.output, {
    format: { type: "audio/pcm", rate: 24000 },
    voice: "alloy",
    speed: 1,
  });
});

Deno.test("a telephony update is answered once, with the whole effective session", async () => {
  const client = await TestClient.open();
  client.forget();
  client.send({
    type: "session.update",
    event_id: "evt_c1",
    session: {
      type: "realtime",
      instructions: "Be brief.",
      output_modalities: ["audio"],
      audio: {
        input: {
          format: { type: "audio/pcmu" },
          noise_reduction: { type: "near_field" },
          transcription: { model: "gpt-4o-mini-transcribe", language: "de" },
          turn_detection: { type: "server_vad", silence_duration_ms: 500, idle_timeout_ms: 8000 },
        },
        output: { format: { type: "audio/pcmu" }, voice: "marin", speed: 1.0 },
      },
      tools: [{ type: "function", name: "end_call", description: "Ends it", parameters: { type: "object" } }],
      tool_choice: "auto",
      max_output_tokens: 4096,
      reasoning: { effort: "low" },
      truncation: {
        type: "retention_ratio",
        retention_ratio: 0.8,
        token_limits: { post_instructions: 16000 },
      },
    },
  });
  await client.run(0);
  assertEquals(client.types, ["session.updated"]);
  const { session } = client.events[0]!;
  assertEquals(session.audio.input, {
    format: { type: "audio/pcmu" },
    transcription: { model: "gpt-4o-mini-transcribe", language: "de", prompt: null },
    noise_reduction: { type: "near_field" },
    turn_detection: {
      type: "server_vad",
      threshold: 0.5,
      prefix_padding_ms: 300,
      silence_duration_ms: 500,
      idle_timeout_ms: 8000,
      create_response: true,
      interrupt_response: true,
    },
  });
  assertEquals(session.reasoning, { effort: "low" });
  assertEquals(session.model, "gpt-realtime-2.1");
  assertEquals(client.session.config.instructions, "Be brief.");
});

Deno.test("objects are merged key by key, arrays replaced, null and empty values clear", async () => {
  const client = await TestClient.open();
  const tool = (name: string) => ({ type: "function", name, parameters: {} });
  client.update({ instructions: "One.", tools: [tool("a"), tool("b")] });
  client.update({ audio: { input: { turn_detection: { type: "server_vad", threshold: 0.8 } } } });
  client.update({ audio: { input: { turn_detection: { type: "server_vad", silence_duration_ms: 700 } } } });
  client.update({ audio: { output: { speed: 1.2 } }, tools: [tool("c")] });
  await client.run(0);
  const merged = client.last("session.updated").session;
  assertEquals([merged.instructions, merged.audio.output.speed, merged.audio.output.voice], [
    "One.",
    1.2,
    "alloy",
  ]);
  assertEquals(merged.audio.input.turn_detection.threshold, 0.8);
  assertEquals(merged.audio.input.turn_detection.silence_duration_ms, 700);
  assertEquals(merged.tools.map(({ name }: { name: string }) => name), ["c"]);

  client.update({
    audio: { input: { transcription: { model: "whisper-1" }, noise_reduction: { type: "far_field" } } },
  });
  client.update({
    instructions: "",
    tools: [],
    audio: { input: { turn_detection: null, noise_reduction: null, transcription: null } },
  });
  await client.run(0);
  const cleared = client.last("session.updated").session;
  assertEquals([cleared.instructions, cleared.tools], ["", []]);
  assertEquals(cleared.audio.input, {
    format: { type: "audio/pcm", rate: 24000 },
    transcription: null,
    noise_reduction: null,
    turn_detection: null,
  });
});

Deno.test("another kind of turn detection starts from its own defaults", async () => {
  const client = await TestClient.open();
  client.update({ audio: { input: { turn_detection: { type: "semantic_vad", eagerness: "low" } } } });
  await client.run(0);
  assertEquals(client.last("session.updated").session.audio.input.turn_detection, {
    type: "semantic_vad",
    eagerness: "low",
    create_response: true,
    interrupt_response: true,
  });
});

Deno.test("another model in an update is ignored without a word", async () => {
  const client = await TestClient.open({ model: "gpt-realtime-1.5" });
  client.update({ model: "gpt-realtime-2.1", instructions: "Hi." });
  await client.run(0);
  assertEquals(order(client.events), ["session.created", "session.updated"]);
  assertEquals(client.last("session.updated").session.model, "gpt-realtime-1.5");
});

Deno.test("one bad field and the whole update is lost", async () => {
  const client = await TestClient.open();
  const before = structuredClone(client.session.config);
  client.sendBad({
    type: "session.update",
    session: {
      type: "realtime",
      instructions: "New.",
      tools: [{ type: "function", name: "f" }],
      audio: { output: { voice: "marin" } },
      bogus_field: 1,
    },
  });
  await client.run(0);
  assertEquals(client.last("error").error, {
    type: "invalid_request_error",
    code: "unknown_parameter",
    message: "Unknown parameter: 'session.bogus_field'.",
    param: "session.bogus_field",
    event_id: null,
  });
  assertEquals(client.all("session.updated"), []);
  assertEquals(client.session.config, before);
});

Deno.test("the client's event_id comes back in the error", async () => {
  const client = await TestClient.open();
  client.sendBad({ type: "session.update", event_id: "mine", session: {} });
  await client.run(0);
  assertEquals(client.last("error").error.event_id, "mine");
  client.sendBad({ type: "session.update", session: {} });
  await client.run(0);
  assertEquals(client.last("error").error.event_id, null);
});

Deno.test("a session lives 60 minutes: error session_expired, then close 1001 with that text", async () => {
  const client = await TestClient.open();
  await client.run(3_600_000 - 1);
  assertEquals(client.closed, undefined);
  await client.run(1);
  assertEquals(client.last("error").error.code, "session_expired");
  const text = "Your session hit the maximum duration of 60 minutes.";
  assertEquals(client.closed, { code: 1001, reason: text, wasClean: true });
  assertEquals(client.clock.pending, 0);
});

Deno.test("when the client closes, the session ends with it and no timer is left", async () => {
  const client = await TestClient.open({ pace: {} });
  client.send({ type: "response.create" });
  await client.run(100);
  client.socket.close(1000, "bye");
  await client.run(0);
  assertEquals(client.session.closed, { code: 1000, reason: "bye", by: "client" });
  assertEquals(client.closed, { code: 1000, reason: "bye", wasClean: true });
  await client.run(10_000);
  assertEquals(client.clock.pending, 0);
});

Deno.test("an answer whose voice comes after the end of the session starts no timer", async () => {
  const waiting: ((samples: Int16Array) => void)[] = [];
  const speech = {
    say: () => new Promise<Int16Array>((resolve) => waiting.push(resolve)),
    close() {},
  };
  const client = await TestClient.open({ speech, pace: {} });
  await client.ask({ type: "response.create" }, 1000);
  assertEquals(client.types.at(-1), "response.content_part.added");
  client.socket.close();
  await client.run(0);
  for (const resolve of waiting) resolve(new Int16Array(48_000));
  await client.run(0);
  assertEquals(client.clock.pending, 0);
});

Deno.test("of the sessions that ended the last 50 stay, those that live all do", async () => {
  const client = await TestClient.open();
  const living = client.session.id;
  const ids: string[] = [];
  for (let count = 0; count < 60; count++) {
    const socket = client.simulator.connect(URL_OF("gpt-realtime-2.1"), {
      headers: { Authorization: "Bearer x" },
    });
    await client.run(0);
    ids.push(client.session.id);
    socket.close();
    await client.run(0);
  }
  client.simulator.connect(URL_OF("gpt-realtime-2.1"), { headers: { Authorization: "Bearer x" } });
  await client.run(0);
  const kept = client.simulator.sessions.map(({ id }) => id);
  assertEquals(kept.slice(0, -1), [living, ...ids.slice(-50)]);
});

Deno.test("close() ends every session", async () => {
  const client = await TestClient.open();
  await client.simulator.close();
  await client.run(0);
  assertEquals(client.closed?.code, 1001);
  assertEquals(client.session.closed?.by, "server");
});

Deno.test("close() waits for no fault: events held back are lost with the session", async () => {
  const client = await TestClient.open();
  client.simulator.faults.delayMs = 60_000;
  client.send({ type: "input_audio_buffer.clear" });
  await client.run(0);
  await client.simulator.close();
  await client.run(0);
  assertEquals([client.closed?.code, client.clock.pending], [0, 0]);
});
