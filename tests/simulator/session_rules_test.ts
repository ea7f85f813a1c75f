import { assertEquals, assertMatch } from "@std/assert";
import { TestClient } from "./client.ts";

type Update = Record<string, unknown>;
const input = (fields: Update) => ({ audio: { input: fields } });
const output = (fields: Update) => ({ audio: { output: fields } });
const vad = (fields: Update) => input({ turn_detection: { type: "server_vad", ...fields } });

/** Update, code, param, and how the message begins. */
const REFUSED: readonly [Update, string, string, string][] = [
  [
    { temperature: 0.8 },
    "unknown_parameter",
    "session.temperature",
    "Unknown parameter: 'session.temperature'.",
  ],
  [{ voice: "marin" }, "unknown_parameter", "session.voice", "Unknown parameter"],
  [{ modalities: ["audio"] }, "unknown_parameter", "session.modalities", "Unknown parameter"],
  [output({ sped: 1 }), "unknown_parameter", "session.audio.output.sped", "Unknown parameter"],
  [
    vad({ eagerness: "low" }),
    "unknown_parameter",
    "session.audio.input.turn_detection.eagerness",
    "Unknown parameter",
  ],
  [
    { tools: [{ type: "function", name: "f", meta: 1 }] },
    "unknown_parameter",
    "session.tools[0].meta",
    "Unknown parameter: 'session.tools[0].meta'.",
  ],
  [
    { tools: [{ type: "function", function: { name: "f" } }] },
    "missing_required_parameter",
    "session.tools[0].name",
    "Missing required parameter: 'session.tools[0].name'.",
  ],
  [
    input({ format: { type: "audio/pcm", rate: 8000 } }),
    "integer_below_min_value",
    "session.audio.input.format.rate",
    "Invalid 'session.audio.input.format.rate': integer below minimum value. Expected a value >= 24000, but got 8000 instead.",
  ],
  [
    input({ format: { type: "audio/pcmu", rate: 8000 } }),
    "unknown_parameter",
    "session.audio.input.format.rate",
    "Unknown parameter",
  ],
  [
    input({ format: { type: "g711_ulaw" } }),
    "invalid_value",
    "session.audio.input.format.type",
    "Invalid value: 'g711_ulaw'. Supported values are: 'audio/pcm', 'audio/pcmu', and 'audio/pcma'.",
  ],
  [
    input({ format: "g711_ulaw" }),
    "invalid_type",
    "session.audio.input.format",
    "Invalid type for 'session.audio.input.format': expected an object, but got a string instead.",
  ],
  [
    output({ speed: 2 }),
    "decimal_above_max_value",
    "session.audio.output.speed",
    "Invalid 'session.audio.output.speed': decimal above maximum value. Expected a value <= 1.5, but got 2 instead.",
  ],
  [output({ speed: 0.1 }), "decimal_below_min_value", "session.audio.output.speed", "Invalid"],
  [
    vad({ threshold: 1.5 }),
    "decimal_above_max_value",
    "session.audio.input.turn_detection.threshold",
    "Invalid",
  ],
  [
    vad({ idle_timeout_ms: 1000 }),
    "integer_below_min_value",
    "session.audio.input.turn_detection.idle_timeout_ms",
    "Invalid",
  ],
  [
    vad({ silence_duration_ms: 0.5 }),
    "invalid_type",
    "session.audio.input.turn_detection.silence_duration_ms",
    "Invalid type for 'session.audio.input.turn_detection.silence_duration_ms': expected an integer, but got a decimal number instead.",
  ],
  [
    input({ turn_detection: { type: "semantic_vad", eagerness: "keen" } }),
    "invalid_value",
    "session.audio.input.turn_detection.eagerness",
    "Invalid value: 'keen'",
  ],
  [
    input({ turn_detection: { threshold: 0.5 } }),
    "missing_required_parameter",
    "session.audio.input.turn_detection.type",
    "Missing required parameter",
  ],
  [
    input({ noise_reduction: { type: "mid_field" } }),
    "invalid_value",
    "session.audio.input.noise_reduction.type",
    "",
  ],
  [{ instructions: null }, "invalid_type", "session.instructions", "Invalid type for 'session.instructions'"],
  [{ max_output_tokens: 5000 }, "integer_above_max_value", "session.max_output_tokens", "Invalid"],
  [{ max_output_tokens: 0 }, "integer_below_min_value", "session.max_output_tokens", "Invalid"],
  [{ reasoning: { effort: "none" } }, "invalid_value", "session.reasoning.effort", "Invalid value: 'none'"],
  [{ tool_choice: "always" }, "invalid_value", "session.tool_choice", "Invalid value: 'always'"],
  [
    { truncation: { type: "retention_ratio", retention_ratio: 2 } },
    "decimal_above_max_value",
    "session.truncation.retention_ratio",
    "",
  ],
  [{ truncation: "off" }, "invalid_value", "session.truncation", "Invalid value: 'off'"],
  [
    { truncation: { type: "retention_ratio" } },
    "missing_required_parameter",
    "session.truncation.retention_ratio",
    "Missing required parameter",
  ],
  [{ truncation: { retention_ratio: 0.8 } }, "missing_required_parameter", "session.truncation.type", ""],
  [
    { truncation: { type: "retention_ratio", retention_ratio: 0.8, post_instructions: 9000 } },
    "unknown_parameter",
    "session.truncation.post_instructions",
    "Unknown parameter",
  ],
];

for (const [fields, code, param, message] of REFUSED) {
  Deno.test(`an update with ${JSON.stringify(fields)} is refused: ${code}`, async () => {
    const client = await TestClient.open();
    // The official types know no ranges, so some of these are right by them.
    const typesAllow = ["max_output_tokens"].some((key) => key in fields);
    const error = await client.refusal(
      { type: "session.update", session: { type: "realtime", ...fields } },
      typesAllow,
    );
    assertEquals([error.type, error.code, error.param], ["invalid_request_error", code, param]);
    assertEquals(String(error.message).startsWith(message), true, String(error.message));
  });
}

Deno.test("session.type is required in every update, and cannot change", async () => {
  const client = await TestClient.open();
  assertEquals(await client.refusal({ type: "session.update", session: { instructions: "x" } }), {
    type: "invalid_request_error",
    code: "missing_required_parameter",
    message: "Missing required parameter: 'session.type'.",
    param: "session.type",
  });
  const other = await client.refusal({ type: "session.update", session: { type: "transcription" } }, true);
  assertEquals([other.code, other.param], ["invalid_value", "session.type"]);
});

Deno.test("text and audio together are refused: an answer is one or the other", async () => {
  const client = await TestClient.open();
  const event = {
    type: "session.update",
    session: { type: "realtime", output_modalities: ["text", "audio"] },
  };
  const error = await client.refusal(event, true);
  assertEquals([error.code, error.param], ["invalid_value", "session.output_modalities"]);
  assertMatch(String(error.message), /^Invalid modalities: \['text', 'audio'\]/);
});

Deno.test("reasoning and parallel_tool_calls are refused by the models that do not reason", async () => {
  for (const field of [{ reasoning: { effort: "low" } }, { parallel_tool_calls: true }]) {
    const [key] = Object.keys(field);
    for (
      const model of ["gpt-realtime-1.5", "gpt-realtime", "gpt-realtime-2025-08-28", "gpt-realtime-mini"]
    ) {
      const client = await TestClient.open({ model });
      const error = await client.refusal(
        { type: "session.update", session: { type: "realtime", ...field } },
        true,
      );
      assertEquals([error.code, error.param], ["unsupported_parameter", `session.${key}`]);
    }
    for (const model of ["gpt-realtime-2", "gpt-realtime-2.1", "gpt-realtime-2.1-mini"]) {
      const client = await TestClient.open({ model });
      client.update(field);
      await client.run(0);
      assertEquals(client.last("session.updated").session[key!], Object.values(field)[0]);
    }
  }
});

Deno.test("the voice cannot change once the agent has spoken; the same voice is accepted", async () => {
  const client = await TestClient.open({ replies: [{ outputs: [{ say: "Hello." }] }] });
  client.update(output({ voice: "marin" }));
  await client.ask({ type: "response.create" }, 100);
  const error = await client.refusal(
    {
      type: "session.update",
      session: { type: "realtime", instructions: "Lost.", ...output({ voice: "cedar" }) },
    },
    true,
  );
  assertEquals([error.code, error.param], ["cannot_update_voice", null]);
  assertEquals(error.message, "Cannot update a conversation's voice if assistant audio is present.");
  client.update({ instructions: "Kept.", ...output({ voice: "marin" }) });
  await client.run(0);
  assertEquals(client.session.config.instructions, "Kept.");
});

Deno.test("the speed cannot change while a response runs", async () => {
  const client = await TestClient.open({ pace: {} });
  client.send({ type: "response.create" });
  await client.run(200);
  const event = { type: "session.update", session: { type: "realtime", ...output({ speed: 1.2 }) } };
  const error = await client.refusal(event, true);
  assertEquals(error.param, "session.audio.output.speed");
});

Deno.test("tracing cannot be changed once it is enabled", async () => {
  const client = await TestClient.open();
  client.update({ tracing: "auto" });
  client.update({ tracing: "auto" });
  await client.run(0);
  assertEquals(client.all("session.updated").length, 2);
  const error = await client.refusal(
    { type: "session.update", session: { type: "realtime", tracing: null } },
    true,
  );
  assertEquals(error.param, "session.tracing");
});

Deno.test("a conversation can't be given more tokens than the model reads, nor less than none", async () => {
  const limited = (post_instructions: number) => ({
    type: "session.update",
    session: {
      type: "realtime",
      truncation: { type: "retention_ratio", retention_ratio: 0.8, token_limits: { post_instructions } },
    },
  });
  const cases = [
    ["gpt-realtime-2.1", 96_001, "integer_above_max_value"],
    ["gpt-realtime-1.5", 30_000, "integer_above_max_value"],
    ["gpt-realtime-2.1", -1, "integer_below_min_value"],
    ["gpt-realtime-2.1", 0.5, "invalid_type"],
  ] as const;
  for (const [model, tokens, code] of cases) {
    const client = await TestClient.open({ model });
    const error = await client.refusal(limited(tokens), true);
    assertEquals([error.code, error.param], [code, "session.truncation.token_limits.post_instructions"]);
    assertEquals(client.session.config.truncation, "auto");
  }
});

Deno.test("truncation is shown as it was set, whatever it was before", async () => {
  const client = await TestClient.open();
  const ratio = {
    type: "retention_ratio",
    retention_ratio: 0.8,
    token_limits: { post_instructions: 24_000 },
  };
  for (const truncation of [ratio, { type: "retention_ratio", retention_ratio: 0 }, "disabled", "auto"]) {
    client.update({ truncation });
    await client.run(0);
    assertEquals(client.last("session.updated").session.truncation, truncation);
  }
});
