import { assertEquals } from "@std/assert";
import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import { definePersona } from "../../lib/persona/define.ts";
import { inBetaWords } from "../../lib/realtime/beta.ts";
import { parseServerEvent } from "../../lib/realtime/events.ts";
import { sessionUpdate } from "../../lib/realtime/session.ts";

Deno.test("beta: a session.update has its old words, and nothing that those had no word for", () => {
  const persona = definePersona({
    voice: "marin",
    noiseReduction: "near_field",
    speed: 1.1,
    instructions: "x",
  });
  const config = { overrides: { model: "gpt-realtime-2.1" }, audioFormat: "pcmu" } as const;
  const { event } = sessionUpdate(persona, config, { text: "You answer.", source: "persona" });
  assertEquals(inBetaWords({ ...event, event_id: "e" } as RealtimeClientEvent), {
    type: "session.update",
    event_id: "e",
    session: {
      instructions: "You answer.",
      tools: [],
      tool_choice: "auto",
      modalities: ["audio", "text"],
      max_response_output_tokens: "inf",
      input_audio_format: "g711_ulaw",
      output_audio_format: "g711_ulaw",
      input_audio_noise_reduction: { type: "near_field" },
      input_audio_transcription: { model: "gpt-transcribe" },
      turn_detection: {
        type: "server_vad",
        threshold: 0.5,
        prefix_padding_ms: 300,
        silence_duration_ms: 500,
        idle_timeout_ms: null,
        create_response: true,
        interrupt_response: true,
      },
      voice: "marin",
      speed: 1.1,
    },
  });
});

Deno.test("beta: an update of one thing stays one of that thing", () => {
  const update = { type: "session.update", session: { type: "realtime", max_output_tokens: 50 } } as const;
  assertEquals(inBetaWords(update).session, { max_response_output_tokens: 50 });
  const silent = { audio: { input: { turn_detection: null } } };
  assertEquals(inBetaWords({ ...update, session: { type: "realtime", ...silent } }).session, {
    turn_detection: null,
  });
});

Deno.test("beta: a response is asked for and an answer repeated in its old words; all else is as it was", () => {
  const response = {
    instructions: "x",
    output_modalities: ["text"],
    max_output_tokens: 5,
    metadata: { a: "b" },
  };
  assertEquals(inBetaWords({ type: "response.create", response } as RealtimeClientEvent).response, {
    instructions: "x",
    modalities: ["text"],
    max_response_output_tokens: 5,
    metadata: { a: "b" },
  });
  const item = {
    type: "message",
    role: "assistant",
    content: [{ type: "output_text", text: "Yes." }],
  } as const;
  assertEquals(inBetaWords({ type: "conversation.item.create", item: item as never }).item, {
    ...item,
    content: [{ type: "text", text: "Yes." }],
  });
  const append = { type: "input_audio_buffer.append", audio: "AAAA" } as const;
  assertEquals(inBetaWords(append), append);
});

const parse = (event: unknown) => parseServerEvent(JSON.stringify(event));

Deno.test("beta: a server is known by its session, which tells the audio formats in either way", () => {
  const session = (told: unknown) => {
    const event = parse({ type: "session.created", session: told });
    return event?.type === "session.created" && event.session;
  };
  assertEquals(session({ modalities: ["audio", "text"], input_audio_format: "pcm16" }), {
    isBeta: true,
    input: "audio/pcm",
  });
  assertEquals(session({ input_audio_format: "g711_alaw", output_audio_format: "g711_ulaw" }), {
    isBeta: true,
    input: "audio/pcma",
    output: "audio/pcmu",
  });
  const format = { type: "audio/pcm", rate: 24_000 };
  assertEquals(session({ audio: { input: { format }, output: { format: { ...format, rate: 16_000 } } } }), {
    input: "audio/pcm",
    output: "audio/pcm 16000",
  });
  for (const nothing of [undefined, null, {}, { audio: null }, { audio: { input: 5 } }, []]) {
    assertEquals(session(nothing), {});
  }
});

Deno.test("beta: four events have had other names, which are understood", () => {
  const ids = { response_id: "r", item_id: "i", content_index: 0 };
  const types = ["audio.delta", "audio.done", "audio_transcript.delta", "audio_transcript.done"];
  for (const type of types) {
    const body = { ...ids, delta: "AAAA", transcript: "Yes." };
    assertEquals(
      parse({ type: `response.${type}`, ...body }),
      parse({ type: `response.output_${type}`, ...body }),
    );
  }
});

Deno.test("errors of every shape are told; what is known of them is in its place", () => {
  const of = (event: unknown) => {
    const parsed = parse(event);
    return parsed?.type === "error" && parsed.error;
  };
  const plain = { type: "", code: "", message: "No", param: undefined, eventId: undefined };
  assertEquals(of({ type: "error", error: "No" }), plain);
  assertEquals(of({ type: "error", error: { message: "No" } }), plain);
  assertEquals(of({ error: { message: "No" } }), plain);
  assertEquals(of({ type: "error", event_id: "theirs", message: "No", code: 403 }), {
    ...plain,
    code: "403",
  });
  assertEquals(of({ type: "error", error: "No", code: "processing_error" }), {
    ...plain,
    code: "processing_error",
  });
  assertEquals(of({ type: "error" }), { ...plain, message: "" });
});
