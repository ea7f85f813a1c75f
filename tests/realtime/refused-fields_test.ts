import { assertEquals } from "@std/assert";
import type { RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import {
  hasField,
  neededFields,
  refusedField,
  toolAt,
  withoutFields,
} from "../../lib/realtime/refused-fields.ts";

const error = (param: string | undefined, message = "") => ({
  type: "invalid_request_error",
  code: "unknown_parameter",
  message,
  param,
  eventId: undefined,
});

Deno.test.each(
  [
    ["session.truncation", "truncation"],
    ["session.truncation.token_limits.post_instructions", "truncation.token_limits.post_instructions"],
    ["session.audio.input.turn_detection.idle_timeout_ms", "audio.input.turn_detection.idle_timeout_ms"],
    ["session.audio.input.turn_detection.type", "audio.input.turn_detection"],
    ["session.audio.input.transcription.model", "audio.input.transcription"],
    ["session.audio.output.voice", "audio.output.voice"],
    ["session.tools[2].parameters.type", "tools.2"],
    ["session.tools", "tools"],
    ["session.tool_choice", "tool_choice"],
    ["session.voice", "audio.output.voice"],
    ["session.turn_detection.prefix_padding_ms", "audio.input.turn_detection.prefix_padding_ms"],
  ],
)("refused field: %s is left out as %s", (param, field) => {
  assertEquals(refusedField(error(param))?.join("."), field);
});

Deno.test.each([
  "session.type",
  "session.instructions",
  "session.audio",
  "session.audio.input",
  "session.audio.input.format",
  "session.audio.output.format.rate",
  "session.output_modalities",
  "response.metadata",
  "session.x-y",
  `session.${"a".repeat(300)}`,
])("refused field: %s can't be left out", (param) => assertEquals(refusedField(error(param)), undefined));

Deno.test("refused field: where the error has no param its message names the field", () => {
  assertEquals(
    refusedField(error(undefined, "Unknown parameter: 'session.truncation'."))?.join(),
    "truncation",
  );
  assertEquals(
    refusedField(error(undefined, "Specifying `session.speed` is not supported."))?.at(-1),
    "speed",
  );
  assertEquals(refusedField(error(undefined, "Failed to update session")), undefined);
});

const SESSION: RealtimeSessionCreateRequest = {
  type: "realtime",
  instructions: "x",
  output_modalities: ["audio"],
  tools: [
    { type: "function", name: "a", parameters: {} },
    { type: "mcp", server_label: "b", server_url: "https://b" },
    { type: "function", name: "c", parameters: {} },
  ],
  truncation: { type: "retention_ratio", retention_ratio: 0.8, token_limits: { post_instructions: 9 } },
  audio: {
    input: { format: { type: "audio/pcmu" } },
    output: { format: { type: "audio/pcmu" }, voice: "alloy" },
  },
};

Deno.test("refused field: what is left out is gone, with the objects that are empty then; the rest is as it was", () => {
  const path = ["truncation", "token_limits", "post_instructions"];
  const session = withoutFields(SESSION, [path, ["audio", "output", "voice"], ["not", "there"]], new Set());
  assertEquals(session, {
    ...SESSION,
    truncation: { type: "retention_ratio", retention_ratio: 0.8 },
    audio: { ...SESSION.audio, output: { format: { type: "audio/pcmu" } } },
  });
  assertEquals([hasField(SESSION, path), hasField(session, path)], [true, false]);
});

Deno.test("refused field: a tool is known by its name, wherever it stands in the next session's list", () => {
  assertEquals(["0", "1", "2", "3", "x"].map((at) => toolAt(SESSION, ["tools", at])), [
    "a",
    "mcp b",
    "c",
    undefined,
    undefined,
  ]);
  const { tools } = withoutFields(
    { ...SESSION, tools: SESSION.tools!.toReversed() },
    [],
    new Set(["c", "mcp b"]),
  );
  assertEquals(tools?.map((tool) => "name" in tool && tool.name), ["a"]);
});

Deno.test("refused field: the least that a call needs is words, tools and how the audio travels", () => {
  assertEquals(neededFields(SESSION), {
    type: "realtime",
    instructions: "x",
    output_modalities: ["audio"],
    tools: SESSION.tools!,
    audio: { input: { format: { type: "audio/pcmu" } }, output: { format: { type: "audio/pcmu" } } },
  });
});
