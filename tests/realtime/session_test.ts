import { assert, assertEquals, assertExists, assertMatch } from "@std/assert";
import type { SessionUpdateEvent } from "openai/resources/realtime/realtime";
import { readConfig } from "../../lib/config.ts";
import { silentLog } from "../../lib/log.ts";
import type { PersonaDefinition } from "../../lib/persona/define.ts";
import { resolveInstructions } from "../../lib/persona/instructions.ts";
import { loadPersonas } from "../../lib/persona/load.ts";
import { builtInTools, controlTools } from "../../lib/tools/built-in.ts";
import type { Tool } from "../../lib/tools/tool.ts";
import { modelFor, modelUrl, sessionUpdate } from "../../lib/realtime/session.ts";
import { TestClient } from "../simulator/client.ts";
import { checkClient } from "../support/official.ts";

const SAID = { text: "Help.", source: "persona" } as const;

function update(persona: Partial<PersonaDefinition> = {}, env: Record<string, string> = {}) {
  return sessionUpdate({ instructions: "Help.", ...persona }, readConfig(env), SAID);
}

/** The value at a path such as `audio.output.voice`. */
function at(event: object, path: string): unknown {
  let value: unknown = (event as { session: unknown }).session;
  for (const key of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}

Deno.test("each shipped persona gives its session.update", async (t) => {
  const config = readConfig({});
  for (const persona of (await loadPersonas("./personas")).values()) {
    const instructions = await resolveInstructions(persona, config, { uuid: "u", log: silentLog });
    await t.step(persona.name, async (step) => {
      const tools = [...controlTools(persona), ...builtInTools(persona, {})];
      await step.assertSnapshot(sessionUpdate(persona, config, instructions, tools));
    });
  }
});

const ratio = (retention_ratio: number, post_instructions: number) => ({
  type: "retention_ratio",
  retention_ratio,
  token_limits: { post_instructions },
});

const FIELDS: [persona: Partial<PersonaDefinition>, path: string, sent: unknown][] = [
  [{ voice: "sage" }, "audio.output.voice", "sage"],
  [{ voice: "voice_1" }, "audio.output.voice", { id: "voice_1" }],
  [{ speed: 1.25 }, "audio.output.speed", 1.25],
  [{}, "audio.output.speed", undefined],
  [{ noiseReduction: "near_field" }, "audio.input.noise_reduction", { type: "near_field" }],
  [{ noiseReduction: "off" }, "audio.input.noise_reduction", null],
  [{}, "audio.input.noise_reduction", null],
  [{ transcription: "off" }, "audio.input.transcription", null],
  [{}, "audio.input.transcription", { model: "gpt-transcribe" }],
  [{ language: "pt-BR" }, "audio.input.transcription", { model: "gpt-transcribe", language: "pt" }],
  [{ transcription: { prompt: "Parley" } }, "audio.input.transcription", {
    model: "gpt-transcribe",
    prompt: "Parley",
  }],
  [
    { transcription: { model: "gpt-realtime-whisper", prompt: "Parley" } },
    "audio.input.transcription",
    { model: "gpt-realtime-whisper" },
  ],
  [{ maxOutputTokens: 300 }, "max_output_tokens", 300],
  [{}, "truncation", ratio(0.8, 24_000)],
  [{ truncation: {} }, "truncation", ratio(0.8, 24_000)],
  [{ truncation: { retentionRatio: 0 } }, "truncation", ratio(0, 24_000)],
  [{ truncation: { tokenLimit: 60_000 } }, "truncation", ratio(0.8, 60_000)],
  [{ truncation: { tokenLimit: 60_000 }, model: "gpt-realtime-1.5" }, "truncation", ratio(0.8, 27_904)],
  [{ truncation: "auto" }, "truncation", "auto"],
  [{ truncation: "disabled" }, "truncation", "disabled"],
  [{ reasoning: "high" }, "reasoning", { effort: "high" }],
  [{ reasoning: "high", model: "gpt-realtime-2.1-mini" }, "reasoning", { effort: "high" }],
  [{ reasoning: "high", model: "gpt-realtime-1.5" }, "reasoning", undefined],
  [{ reasoning: "high", model: "gpt-realtime-2025-08-28" }, "reasoning", undefined],
  [{}, "reasoning", { effort: "low" }],
  [
    { turn: { type: "semantic_vad", eagerness: "low", interruptResponse: false } },
    "audio.input.turn_detection",
    { type: "semantic_vad", eagerness: "low", create_response: true, interrupt_response: false },
  ],
  [
    {
      turn: {
        type: "server_vad",
        threshold: 0.7,
        prefixPaddingMs: 200,
        silenceMs: 800,
        idleTimeoutMs: 8000,
        createResponse: false,
      },
    },
    "audio.input.turn_detection",
    {
      type: "server_vad",
      threshold: 0.7,
      prefix_padding_ms: 200,
      silence_duration_ms: 800,
      idle_timeout_ms: 8000,
      create_response: false,
      interrupt_response: true,
    },
  ],
];

Deno.test("each field of a persona is sent at its place", () => {
  for (const [persona, path, sent] of FIELDS) {
    const { event } = update(persona);
    assertEquals(at(event, path), sent, `${JSON.stringify(persona)} at ${path}`);
    assertEquals(checkClient(event), []);
  }
});

Deno.test("tools go out flat, with no key that the API does not know", () => {
  const [tool] = controlTools({ handoffs: { sales: "To buy." } });
  const { event, sources } = sessionUpdate({ instructions: "x" }, readConfig({}), SAID, [tool!]);
  const { name, description, parameters } = tool as Tool;
  assertEquals(event.session.tools, [{ type: "function", name, description, parameters }]);
  assertEquals([sources.tools, sources.tool_choice], ["default", "default"]);
  assertEquals(checkClient(event), []);
});

Deno.test("no tools are told as none, so that those of the persona before end with a handoff", () => {
  const { event } = update();
  assertEquals([event.session.tools, event.session.tool_choice], [[], "auto"]);
});

Deno.test("whatever lets a persona act makes the tools its own", () => {
  const own: Partial<PersonaDefinition>[] = [{ tools: [] }, { handoffs: { sales: "To buy." } }, {
    mcp: [{ label: "crm", url: "https://crm.example" }],
  }];
  for (const persona of own) assertEquals(update(persona).sources.tools, "persona");
});

/** A persona that sets everything that the environment can override. */
const FULL: Partial<PersonaDefinition> = {
  voice: "sage",
  language: "de",
  model: "gpt-realtime-2",
  reasoning: "high",
  maxOutputTokens: 300,
  transcription: { model: "gpt-live-transcribe", prompt: "Parley" },
  turn: {
    type: "server_vad",
    threshold: 0.6,
    prefixPaddingMs: 200,
    silenceMs: 800,
    idleTimeoutMs: 9000,
    createResponse: false,
    interruptResponse: false,
  },
  noiseReduction: "near_field",
  truncation: { retentionRatio: 0.6, tokenLimit: 12_000 },
};

const OVERRIDES: [env: Record<string, string>, path: string, sent: unknown][] = [
  [{ OPENAI_VOICE: "ash" }, "audio.output.voice", "ash"],
  [{ OPENAI_LANGUAGE: "fr" }, "audio.input.transcription.language", "fr"],
  [{ OPENAI_MAX_TOKENS: "inf" }, "max_output_tokens", "inf"],
  [{ OPENAI_REASONING_EFFORT: "minimal" }, "reasoning.effort", "minimal"],
  [{ OPENAI_TRANSCRIPTION_MODEL: "whisper-1" }, "audio.input.transcription.model", "whisper-1"],
  [{ OPENAI_TURN_DETECTION: "semantic_vad" }, "audio.input.turn_detection.type", "semantic_vad"],
  [{ OPENAI_TURN_DETECTION_THRESHOLD: "0.75" }, "audio.input.turn_detection.threshold", 0.75],
  [{ OPENAI_TURN_DETECTION_SILENCE_MS: "0" }, "audio.input.turn_detection.silence_duration_ms", 0],
  [{ OPENAI_TURN_DETECTION_PREFIX_PADDING_MS: "0" }, "audio.input.turn_detection.prefix_padding_ms", 0],
  [{ OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS: "5000" }, "audio.input.turn_detection.idle_timeout_ms", 5000],
  [{ OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS: "off" }, "audio.input.turn_detection.idle_timeout_ms", null],
  [{ OPENAI_TURN_DETECTION_CREATE_RESPONSE: "true" }, "audio.input.turn_detection.create_response", true],
  [
    { OPENAI_TURN_DETECTION_INTERRUPT_RESPONSE: "true" },
    "audio.input.turn_detection.interrupt_response",
    true,
  ],
  [{ OPENAI_NOISE_REDUCTION: "off" }, "audio.input.noise_reduction", null],
  [{ OPENAI_TRUNCATION_RETENTION_RATIO: "0.5" }, "truncation.retention_ratio", 0.5],
  [{ OPENAI_TRUNCATION_TOKEN_LIMIT: "9000" }, "truncation.token_limits.post_instructions", 9000],
  [{ OPENAI_AUDIO_FORMAT: "pcm" }, "audio.input.format", { type: "audio/pcm", rate: 24000 }],
  [{ OPENAI_AUDIO_FORMAT: "pcma" }, "audio.output.format", { type: "audio/pcma" }],
];

Deno.test("the environment overrides the persona's field of its meaning, and says so", () => {
  for (const [env, path, sent] of OVERRIDES) {
    const { event, sources } = update(FULL, env);
    assertEquals([at(event, path), sources[path]], [sent, "env"], path);
    if (!path.endsWith("format")) {
      assertEquals(update(FULL).sources[path], "persona", path);
      if (path !== "audio.input.transcription.language") {
        assertEquals(update().sources[path], "default", path);
      }
    }
  }
});

Deno.test("of an overridden turn detection the fields that both kinds have stay", () => {
  const env = { OPENAI_TURN_DETECTION: "semantic_vad", OPENAI_TURN_DETECTION_EAGERNESS: "high" };
  assertEquals(at(update(FULL, env).event, "audio.input.turn_detection"), {
    type: "semantic_vad",
    eagerness: "high",
    create_response: false,
    interrupt_response: false,
  });
  const both = {
    OPENAI_TURN_DETECTION: "semantic_vad",
    OPENAI_TURN_DETECTION_CREATE_RESPONSE: "true",
    OPENAI_TURN_DETECTION_INTERRUPT_RESPONSE: "true",
    OPENAI_TURN_DETECTION_SILENCE_MS: "300",
  };
  assertEquals(at(update(FULL, both).event, "audio.input.turn_detection"), {
    type: "semantic_vad",
    eagerness: "auto",
    create_response: true,
    interrupt_response: true,
  });
});

Deno.test("a variable of the truncation counts whatever way the persona has, and the rest stays the persona's", () => {
  const sent = (truncation: PersonaDefinition["truncation"], env: Record<string, string>) => {
    const { event, sources } = update(truncation === undefined ? {} : { truncation }, env);
    return [at(event, "truncation"), sources.truncation ?? sources["truncation.type"]];
  };
  const limit = { OPENAI_TRUNCATION_TOKEN_LIMIT: "9000" };
  const half = { OPENAI_TRUNCATION_RETENTION_RATIO: "0.5" };
  assertEquals(sent("disabled", limit), [ratio(0.8, 9000), "env"]);
  assertEquals(sent("auto", half), [ratio(0.5, 24_000), "env"]);
  assertEquals(sent({ tokenLimit: 12_000 }, half), [ratio(0.5, 12_000), "env"]);
  assertEquals(sent({ retentionRatio: 0.6 }, limit), [ratio(0.6, 9000), "env"]);
  assertEquals(sent({ tokenLimit: 9000 }, { OPENAI_TRUNCATION_RETENTION_RATIO: "auto" }), ["auto", "env"]);
  assertEquals(sent(undefined, { OPENAI_TRUNCATION_RETENTION_RATIO: "disabled" }), ["disabled", "env"]);
  assertEquals(sent("auto", {}), ["auto", "persona"]);
  assertEquals(sent({ tokenLimit: 9000 }, {}), [ratio(0.8, 9000), "persona"]);
  assertEquals(sent(undefined, {}), [ratio(0.8, 24_000), "default"]);
});

Deno.test("no session asks for more than its model reads: the API would refuse the whole update", async () => {
  for (
    const model of ["gpt-realtime-2.1", "gpt-realtime-2", "gpt-realtime-1.5", "gpt-realtime-mini"]
  ) {
    const { event } = update({ model }, { OPENAI_TRUNCATION_TOKEN_LIMIT: "96000" });
    const client = await TestClient.open({ model });
    await client.ask({ ...event });
    assertEquals(client.all("error"), []);
    assertEquals(client.last("session.updated").session.truncation, event.session.truncation);
  }
});

Deno.test("the speed is sent when persona or environment sets it", () => {
  const path = "audio.output.speed";
  const slow = update({ speed: 0.9 }, { OPENAI_SPEED: "1.25" });
  assertEquals([at(slow.event, path), slow.sources[path]], [1.25, "env"]);
  assertEquals(at(update({}, { OPENAI_SPEED: "0.25" }).event, path), 0.25);
  assert(!(path in update().sources));
});

Deno.test("a persona's own idle keeps the API from speaking into the same silence", () => {
  const idle = { afterSeconds: 8, say: ["Hello?"] };
  const { event, sources } = update({ idle }, { OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS: "6000" });
  const path = "audio.input.turn_detection.idle_timeout_ms";
  assertEquals([at(event, path), sources[path]], [null, "persona"]);
});

Deno.test("a language is pinned for the transcription and told to the model, one and the same", async () => {
  const cases: [own: string | undefined, env: string, code: string | undefined, name: RegExp][] = [
    ["de", "", "de", /Speak German, /],
    ["de", "pt-BR", "pt", /Speak Brazilian Portuguese, /],
    [undefined, "it", "it", /Speak Italian, /],
    ["de", "auto", "de", /Speak German, /],
    [undefined, "auto", undefined, /^Help\.$/],
  ];
  for (const [own, env, code, name] of cases) {
    const persona = { instructions: "Help.", ...(own && { language: own }) };
    const config = readConfig({ OPENAI_LANGUAGE: env });
    const instructions = await resolveInstructions(persona, config, { uuid: "u", log: silentLog });
    const { event } = sessionUpdate(persona, config, instructions);
    assertEquals(at(event, "audio.input.transcription.language"), code);
    assertMatch(String(at(event, "instructions")), name);
  }
});

Deno.test("the environment switches transcription off, and on again", () => {
  const path = "audio.input.transcription";
  assertEquals(at(update({}, { OPENAI_TRANSCRIPTION_MODEL: "off" }).event, path), null);
  const on = { OPENAI_TRANSCRIPTION_MODEL: "gpt-live-transcribe" };
  assertEquals(at(update({ transcription: "off" }, on).event, path), { model: "gpt-live-transcribe" });
});

Deno.test("reasoning follows the model that is dialled, not the persona's", () => {
  assertEquals(at(update(FULL, { OPENAI_MODEL: "gpt-realtime-1.5" }).event, "reasoning"), undefined);
});

Deno.test("no temperature and no model is ever sent: the API would refuse or ignore the update", () => {
  const { event } = update(FULL, { OPENAI_TEMPERATURE: "0.8", OPENAI_MODEL: "gpt-realtime-2" });
  assert(
    !/"(temperature|model)":(?!"(gpt-live-transcribe))/.test(JSON.stringify(event)),
    JSON.stringify(event),
  );
});

Deno.test("every path that is sent has a source, and every source a path that is sent", () => {
  const { event, sources } = update(FULL);
  const sent: SessionUpdateEvent = event;
  for (const path of Object.keys(sources)) assert(at(sent, path) !== undefined, path);
  const told = new Set(["type", "output_modalities", ...Object.keys(sources)]);
  const untold = leaves(event.session).filter((path) =>
    ![...told].some((each) => `${path}.`.startsWith(`${each}.`))
  );
  assertEquals(untold, []);
  assertExists(sources.instructions);
});

function leaves(value: unknown, path = ""): string[] {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === "" ? key : `${path}.${key}`));
}

Deno.test("the model is the environment's, else the persona's, else gpt-realtime-2.1", () => {
  const persona = { instructions: "Help." };
  assertEquals(modelFor(persona, readConfig({})), "gpt-realtime-2.1");
  assertEquals(modelFor({ ...persona, model: "a" }, readConfig({})), "a");
  assertEquals(modelFor({ ...persona, model: "a" }, readConfig({ OPENAI_MODEL: "b" })), "b");
});

Deno.test("the model is added to the URL, whose own query stays", () => {
  assertEquals(modelUrl("wss://a/v1/realtime", "gpt x"), "wss://a/v1/realtime?model=gpt+x");
  assertEquals(modelUrl("wss://a/rt?api-version=1", "m"), "wss://a/rt?api-version=1&model=m");
  assertEquals(modelUrl("wss://a/rt?model=mine", "m"), "wss://a/rt?model=mine");
});
