import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { checkClient, checkServer, CLIENT_TYPES, OFFICIAL, SERVER_TYPES } from "./official.ts";
import { faultsOf } from "./schema.ts";

const update = (session: unknown) => ({ type: "session.update", session });
const truncate = (more: object) => ({
  type: "conversation.item.truncate",
  item_id: "i",
  content_index: 0,
  ...more,
});

Deno.test("the schemas stand for the version of openai that deno.json names: else run generate-schema.ts", () => {
  assertEquals(OFFICIAL, denoJson.imports.openai);
  assertEquals([CLIENT_TYPES.length, SERVER_TYPES.length], [11, 46]);
});

Deno.test("client events that are right are let pass, the documented nulls among them", () => {
  const right = [
    update({
      type: "realtime",
      instructions: "x",
      output_modalities: ["audio"],
      audio: {
        input: {
          format: { type: "audio/pcmu" },
          noise_reduction: null,
          transcription: null,
          turn_detection: { type: "server_vad", idle_timeout_ms: null, threshold: 0.5 },
        },
        output: { format: { type: "audio/pcm", rate: 24000 }, voice: "marin", speed: 1.5 },
      },
      tools: [{ type: "function", name: "f", parameters: { type: "object" } }],
      tool_choice: { type: "function", name: "f" },
      max_output_tokens: "inf",
      reasoning: { effort: "low" },
      truncation: { type: "retention_ratio", retention_ratio: 0.8 },
    }),
    update({ type: "realtime", audio: { input: { turn_detection: null } } }),
    truncate({ audio_end_ms: 0 }),
    {
      type: "response.create",
      response: { conversation: "none", input: [{ type: "item_reference", id: "i" }] },
    },
    { type: "input_audio_buffer.append", audio: "AAAA", event_id: "e" },
    {
      type: "conversation.item.create",
      item: { type: "message", role: "assistant", content: [{ type: "output_text", text: "x" }] },
    },
  ];
  for (const event of right) assertEquals(checkClient(event), []);
});

Deno.test("client events that are wrong are found out, and where", () => {
  const wrong: [unknown, string][] = [
    [update({ instructions: "x" }), "session.type"],
    [update({ type: "realtime", temperature: 0.8 }), "session.temperature"],
    [update({ type: "realtime", audio: { input: { format: { type: "audio/pcm", rate: 8000 } } } }), "rate"],
    [update({ type: "realtime", audio: { output: { speed: 2 } } }), "session.audio.output.speed"],
    [
      update({
        type: "realtime",
        audio: { input: { turn_detection: { type: "server_vad", idle_timeout_ms: 100 } } },
      }),
      "",
    ],
    [truncate({}), "audio_end_ms"],
    [truncate({ audio_end_ms: 1.5 }), "audio_end_ms"],
    [truncate({ audio_end_ms: -1 }), "audio_end_ms"],
    [{ type: "nope" }, "type"],
    [{ type: "input_audio_buffer.append" }, "audio"],
    [{ type: "response.cancel", event_id: "x".repeat(513) }, "event_id"],
    ["no event", "type"],
  ];
  for (const [event, where] of wrong) {
    const faults = checkClient(event);
    assertGreater(faults.length, 0, JSON.stringify(event));
    assert(faults.some((fault) => fault.includes(where)), `${faults} does not name ${where}`);
  }
});

Deno.test("server events may have more keys and nulls than the types, not fewer keys nor other values", () => {
  const done = {
    type: "response.done",
    event_id: "e",
    response: { id: "r", status: "completed", status_details: null, metadata: null, extra: 1 },
  };
  assertEquals(checkServer(done), []);
  assertGreater(checkServer({ ...done, response: { ...done.response, status: "finished" } }).length, 0);
  assertGreater(checkServer({ type: "response.done", event_id: "e" }).length, 0);
  assertGreater(checkServer({ type: "response.output_audio.delta", event_id: "e", delta: 1 }).length, 0);
  assertGreater(checkServer({ type: "response.cancelled", event_id: "e" }).length, 0);
});

Deno.test("the checker refuses what it does not know rather than letting it pass", () => {
  assertThrows(() => faultsOf(1, { pattern: "x" } as never, {}), Error, "pattern");
  assertThrows(() => faultsOf(1, { type: "date" }, {}), Error, "date");
  assertThrows(() => faultsOf(1, { $ref: "#/definitions/Nowhere" }, {}), Error, "Nowhere");
});
