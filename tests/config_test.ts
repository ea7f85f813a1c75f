import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { type Config, readConfig, VARIABLES } from "../lib/config.ts";
import { ConfigError } from "../lib/errors.ts";

const KEY = { OPENAI_API_KEY: "sk-test" };

function faultsOf(env: Record<string, string>): readonly string[] {
  return assertThrows(() => readConfig(env), ConfigError).faults;
}

Deno.test("an empty environment gives the defaults and the simulator", () => {
  assertEquals(readConfig({}), {
    host: "0.0.0.0",
    port: 6030,
    workers: 1,
    access: { token: undefined, networks: undefined, origins: [] },
    console: "auto",
    metrics: "auto",
    limits: {
      calls: undefined,
      callMinutes: undefined,
      lineIdleMs: 120_000,
      lineGraceMs: 2000,
      usdPerDay: undefined,
    },
    drainMs: 8000,
    recoveryMs: 30_000,
    rotateMs: 3_300_000,
    persona: "assistant",
    personasDir: "./personas",
    simulator: true,
    model: { url: "wss://api.openai.com/v1/realtime", apiKey: undefined },
    overrides: {},
    instructions: {},
    audioFormat: "pcmu",
    lineFrameMs: 20,
    lineLatencyMs: 60,
    amiUrl: "http://127.0.0.1:6006",
    transferAllow: [],
    tools: { dir: "./tools", allowNet: [], allowEnv: [], allowRead: [] },
    records: { file: undefined, url: undefined, secret: undefined, content: "full" },
    logLevel: "info",
    logFormat: "text",
    logTranscripts: false,
    traceContent: false,
    warnings: [],
  });
});

const VALID: [name: string, value: string, read: (config: Config) => unknown, expected: unknown][] = [
  ["HOST", "127.0.0.1", (c) => c.host, "127.0.0.1"],
  ["HOST", "::", (c) => c.host, "::"],
  ["PORT", "0", (c) => c.port, 0],
  ["PORT", " 7000 ", (c) => c.port, 7000],
  ["AUTH_TOKEN", "a-token.of~16_chars", (c) => c.access.token, "a-token.of~16_chars"],
  ["ALLOW_FROM", "10.1.2.3/8, ::1,", (c) => c.access.networks, [
    { groups: [0x0a01, 0x0203], bits: 8 },
    { groups: [0, 0, 0, 0, 0, 0, 0, 1], bits: 128 },
  ]],
  ["ALLOW_ORIGIN", "https://Desk.example.com:443, http://localhost:8080/", (c) => c.access.origins, [
    "https://desk.example.com",
    "http://localhost:8080",
  ]],
  ["METRICS", "Open", (c) => c.metrics, "open"],
  ["MAX_CALLS", "40", (c) => c.limits.calls, 40],
  ["MAX_CALL_MINUTES", "90", (c) => c.limits.callMinutes, 90],
  ["BUDGET_USD_PER_DAY", "2.50", (c) => c.limits.usdPerDay, 2.5],
  ["RECORDS_FILE", "/data/records.jsonl", (c) => c.records.file, "/data/records.jsonl"],
  ["RECORDS_ENDPOINT", "https://crm/calls", (c) => c.records.url, "https://crm/calls"],
  ["RECORDS_SECRET", "s3cret", (c) => c.records.secret, "s3cret"],
  ["RECORDS_CONTENT", "No-Content", (c) => c.records.content, "no-content"],
  ["LOG_TRANSCRIPTS", "true", (c) => c.logTranscripts, true],
  ["LINE_IDLE_SECONDS", "30", (c) => c.limits.lineIdleMs, 30_000],
  ["DRAIN_SECONDS", "0", (c) => c.drainMs, 0],
  ["RECOVERY_SECONDS", "5", (c) => c.recoveryMs, 5000],
  ["ROTATE_MINUTES", "20", (c) => c.rotateMs, 1_200_000],
  ["PERSONA", "supportAgent", (c) => c.persona, "supportAgent"],
  ["PERSONAS_DIR", "/data/personas", (c) => c.personasDir, "/data/personas"],
  ["TRANSFER_ALLOW", "2001, 20XX,0039*, 600@internal,", (c) => c.transferAllow, [
    "2001",
    "20XX",
    "0039*",
    "600@internal",
  ]],
  ["TOOLS_DIR", "/data/tools", (c) => c.tools.dir, "/data/tools"],
  ["TOOLS_ALLOW_NET", "a.b:1, [::1]:2,*.c.d:3", (c) => c.tools.allowNet, ["a.b:1", "[::1]:2", "*.c.d:3"]],
  ["TOOLS_ALLOW_ENV", "A,B_2", (c) => c.tools.allowEnv, ["A", "B_2"]],
  ["TOOLS_ALLOW_READ", "./a.json", (c) => c.tools.allowRead, ["./a.json"]],
  ["OPENAI_API_KEY", "sk-1", (c) => c.model.apiKey, "sk-1"],
  ["OPENAI_MODEL", "gpt-realtime-2", (c) => c.overrides.model, "gpt-realtime-2"],
  ["OPENAI_MODEL", "gpt-realtime-9-unheard-of", (c) => c.overrides.model, "gpt-realtime-9-unheard-of"],
  ["OPENAI_VOICE", "Cedar", (c) => c.overrides.voice, "cedar"],
  ["OPENAI_VOICE", "voice_Ab1", (c) => c.overrides.voice, "voice_Ab1"],
  ["OPENAI_LANGUAGE", "pt-BR", (c) => c.overrides.language, "pt-BR"],
  ["OPENAI_LANGUAGE", "auto", (c) => c.overrides, {}],
  ["OPENAI_MAX_TOKENS", "4096", (c) => c.overrides.maxOutputTokens, 4096],
  ["OPENAI_MAX_TOKENS", "INF", (c) => c.overrides.maxOutputTokens, "inf"],
  ["OPENAI_REASONING_EFFORT", "xhigh", (c) => c.overrides.reasoningEffort, "xhigh"],
  [
    "OPENAI_TRANSCRIPTION_MODEL",
    "gpt-live-transcribe",
    (c) => c.overrides.transcriptionModel,
    "gpt-live-transcribe",
  ],
  ["OPENAI_TURN_DETECTION", "semantic_vad", (c) => c.overrides.turnDetection, "semantic_vad"],
  ["OPENAI_TURN_DETECTION_EAGERNESS", "high", (c) => c.overrides.eagerness, "high"],
  ["OPENAI_TURN_DETECTION_THRESHOLD", "0.75", (c) => c.overrides, { threshold: 0.75 }],
  ["OPENAI_TURN_DETECTION_THRESHOLD", ".5", (c) => c.overrides, { threshold: 0.5 }],
  ["OPENAI_TURN_DETECTION_SILENCE_MS", "0", (c) => c.overrides, { silenceMs: 0 }],
  ["OPENAI_TURN_DETECTION_PREFIX_PADDING_MS", "400", (c) => c.overrides, { prefixPaddingMs: 400 }],
  ["OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS", "5000", (c) => c.overrides, { idleTimeoutMs: 5000 }],
  ["OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS", "OFF", (c) => c.overrides, { idleTimeoutMs: "off" }],
  ["OPENAI_TURN_DETECTION_CREATE_RESPONSE", "false", (c) => c.overrides, { createResponse: false }],
  ["OPENAI_TURN_DETECTION_INTERRUPT_RESPONSE", "True", (c) => c.overrides, { interruptResponse: true }],
  ["OPENAI_NOISE_REDUCTION", "far_field", (c) => c.overrides, { noiseReduction: "far_field" }],
  ["OPENAI_SPEED", "1.25", (c) => c.overrides, { speed: 1.25 }],
  ["OPENAI_TRUNCATION_RETENTION_RATIO", "0.5", (c) => c.overrides, { retentionRatio: 0.5 }],
  ["OPENAI_TRUNCATION_RETENTION_RATIO", "0", (c) => c.overrides, { retentionRatio: 0 }],
  ["OPENAI_TRUNCATION_RETENTION_RATIO", "Auto", (c) => c.overrides, { retentionRatio: "auto" }],
  ["OPENAI_TRUNCATION_RETENTION_RATIO", "disabled", (c) => c.overrides, { retentionRatio: "disabled" }],
  ["OPENAI_TRUNCATION_TOKEN_LIMIT", "1000", (c) => c.overrides, { tokenLimit: 1000 }],
  ["OPENAI_AUDIO_FORMAT", "PCMU", (c) => c.audioFormat, "pcmu"],
  ["OPENAI_INSTRUCTIONS", " Be kind. ", (c) => c.instructions, { text: "Be kind." }],
  ["OPENAI_URL_INSTRUCTIONS", "http://a/b?c=d", (c) => c.instructions, { url: "http://a/b?c=d" }],
  ["OPENAI_FILE_INSTRUCTIONS", "./a.txt", (c) => c.instructions, { file: "./a.txt" }],
  ["LINE_LATENCY_MS", "0", (c) => c.lineLatencyMs, 0],
  ["AMI_URL", "http://avr-ami:6006/", (c) => c.amiUrl, "http://avr-ami:6006"],
  ["AMI_ENDPOINT", "http://avr-ami:6006", (c) => c.amiUrl, "http://avr-ami:6006"],
  ["LOG_LEVEL", "DEBUG", (c) => c.logLevel, "debug"],
  ["LOG_FORMAT", "json", (c) => c.logFormat, "json"],
];

Deno.test.each(VALID)("%s=%s is taken", (name, value, read, expected) => {
  assertEquals(read(readConfig({ [name]: value })), expected);
});

const INVALID: [name: string, value: string, allowed: RegExp][] = [
  ["HOST", "http://x", /host name/],
  ["PORT", "70000", /from 0 to 65535/],
  ["PORT", "6030.5", /whole number/],
  ["ALLOW_FROM", "10.0.0.0/33", /addresses or networks such as/],
  ["ALLOW_FROM", "localhost", /addresses or networks such as/],
  ["ALLOW_ORIGIN", "desk.example.com", /without a path/],
  ["ALLOW_ORIGIN", "https://desk.example.com/page", /without a path/],
  ["ALLOW_ORIGIN", "*", /web sites such as/],
  ["MAX_CALLS", "0", /from 1 to 100000/],
  ["MAX_CALL_MINUTES", "1.5", /whole number/],
  ["BUDGET_USD_PER_DAY", "0", /above 0/],
  ["BUDGET_USD_PER_DAY", "$50", /above 0/],
  ["RECORDS_FILE", "a b.jsonl", /without spaces/],
  ["RECORDS_URL", "collector:8080", /http:\/\/ or https:\/\//],
  ["RECORDS_CONTENT", "some", /full, no-content/],
  ["LOG_TRANSCRIPTS", "yes", /true, false/],
  ["LINE_IDLE_SECONDS", "5", /from 10 to 3600/],
  ["DRAIN_SECONDS", "-1", /from 0 to 86400/],
  ["PERSONA", "../etc", /name of a persona/],
  ["PERSONAS_DIR", "my personas", /without spaces/],
  ["PERSONAS_DIR", "a,b", /commas/],
  ["OPENAI_FILE_INSTRUCTIONS", "a b.txt", /without spaces/],
  ["TRANSFER_ALLOW", "2001,desk", /extensions such as 2001/],
  ["TOOLS_ALLOW_NET", "https://crm.example.com", /hosts with their ports/],
  ["TOOLS_ALLOW_NET", "crm.example.com", /hosts with their ports/],
  ["TOOLS_ALLOW_ENV", "A=1", /names of variables/],
  ["TOOLS_ALLOW_READ", "a b", /without spaces/],
  ["OPENAI_MODEL", "gpt-4o-realtime-preview", /not shut down, such as gpt-realtime-2\.1:/],
  ["OPENAI_MODEL", "gpt-4o-realtime-preview-2024-12-17", /such as gpt-realtime-2\.1:/],
  ["OPENAI_MODEL", "gpt-4o-mini-realtime-preview", /such as gpt-realtime-2\.1-mini:/],
  ["OPENAI_VOICE", "nova", /alloy, ash, ballad, cedar, coral, echo, marin, sage, shimmer, verse/],
  ["OPENAI_LANGUAGE", "english", /ISO 639-1/],
  ["OPENAI_MAX_TOKENS", "4097", /1 to 4096, or inf/],
  ["OPENAI_MAX_TOKENS", "-1", /1 to 4096, or inf/],
  ["OPENAI_REASONING_EFFORT", "max", /minimal, low, medium, high, xhigh/],
  ["OPENAI_TURN_DETECTION", "none", /server_vad, semantic_vad/],
  ["OPENAI_TURN_DETECTION_EAGERNESS", "eager", /low, medium, high, auto/],
  ["OPENAI_TURN_DETECTION_THRESHOLD", "1.1", /a number from 0 to 1/],
  ["OPENAI_TURN_DETECTION_THRESHOLD", "5e-1", /a number from 0 to 1/],
  ["OPENAI_TURN_DETECTION_SILENCE_MS", "0.5", /whole number from 0 to 10000/],
  ["OPENAI_TURN_DETECTION_PREFIX_PADDING_MS", "-1", /whole number from 0 to 10000/],
  ["OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS", "4999", /from 5000 to 30000, or off/],
  ["OPENAI_TURN_DETECTION_CREATE_RESPONSE", "yes", /true, false/],
  ["OPENAI_TURN_DETECTION_INTERRUPT_RESPONSE", "0", /true, false/],
  ["OPENAI_NOISE_REDUCTION", "none", /near_field, far_field, off/],
  ["OPENAI_SPEED", "1.6", /from 0\.25 to 1\.5/],
  ["OPENAI_TRUNCATION_RETENTION_RATIO", "80%", /a number from 0 to 1, auto or disabled/],
  ["OPENAI_TRUNCATION_RETENTION_RATIO", "1.1", /a number from 0 to 1, auto or disabled/],
  ["OPENAI_TRUNCATION_RETENTION_RATIO", "off", /a number from 0 to 1, auto or disabled/],
  ["OPENAI_TRUNCATION_TOKEN_LIMIT", "999", /a whole number from 1000 to 96000/],
  ["OPENAI_TRUNCATION_TOKEN_LIMIT", "96001", /a whole number from 1000 to 96000/],
  ["OPENAI_TRUNCATION_TOKEN_LIMIT", "24k", /a whole number from 1000 to 96000/],
  ["OPENAI_AUDIO_FORMAT", "opus", /pcm, pcmu, pcma/],
  ["LINE_FRAME_MS", "30", /a multiple of 20/],
  ["LINE_FRAME_MS", "220", /from 20 to 200/],
  ["OPENAI_REALTIME_URL", "api.openai.com", /wss:\/\//],
  ["OPENAI_REALTIME_ENDPOINT", "ftp://x", /wss:\/\//],
  ["OPENAI_URL_INSTRUCTIONS", "ws://x", /http:\/\/ or https:\/\//],
  ["AMI_ENDPOINT", "avr-ami:6006", /http:\/\/ or https:\/\//],
  ["SIMULATOR", "yes", /auto, always, never/],
  ["LINE_LATENCY_MS", "fast", /from 0 to 2000/],
  ["LOG_LEVEL", "verbose", /debug, info, warn, error/],
  ["LOG_FORMAT", "xml", /text, json/],
];

Deno.test.each(INVALID)("%s=%s is a fault that tells what is allowed", (name, value, allowed) => {
  const faults = faultsOf({ ...KEY, [name]: value });
  assertEquals(faults.length, 1);
  assertMatch(faults[0]!, new RegExp(`^${name} must be `));
  assertMatch(faults[0]!, allowed);
  assertStringIncludes(faults[0]!, JSON.stringify(value));
});

Deno.test("records that nobody can check, and a secret that signs nothing, are warned of", () => {
  const RECORDS_URL = "http://127.0.0.1:1/calls";
  assertEquals(readConfig({ RECORDS_URL, RECORDS_SECRET: "s3cret" }).warnings, []);
  assertMatch(readConfig({ RECORDS_URL }).warnings.join(), /RECORDS_SECRET is not set/);
  assertMatch(readConfig({ RECORDS_SECRET: "s3cret" }).warnings.join(), /no effect without RECORDS_URL/);
  assertEquals(JSON.stringify(readConfig({ RECORDS_SECRET: "s3cret" }).warnings).includes("s3cret"), false);
});

Deno.test("all faults are told at once", () => {
  const faults = faultsOf({ PORT: "x", OPENAI_VOICE: "nova", SIMULATOR: "never" });
  assertEquals(faults.map((fault) => fault.split(" ")[0]), ["PORT", "OPENAI_VOICE", "OPENAI_API_KEY"]);
});

Deno.test("a faulty key is not shown, nor is a password or a token in a URL", () => {
  const told = faultsOf({
    OPENAI_API_KEY: "sk-se cret",
    AUTH_TOKEN: "to ken",
    OPENAI_REALTIME_URL: "wss://me:hunter2@host/v1?token=abc",
  }).join("\n");
  assertMatch(told, /OPENAI_API_KEY/);
  assertMatch(told, /OPENAI_REALTIME_URL/);
  assertMatch(told, /AUTH_TOKEN/);
  assert(!/cret|hunter2|abc|to ken/.test(told), told);
});

Deno.test("a token that could be guessed is warned about, and not shown", () => {
  const [warning, ...others] = readConfig({ AUTH_TOKEN: "hunter2" }).warnings;
  assertEquals(others, []);
  assertMatch(warning!, /^AUTH_TOKEN is shorter than 16 characters/);
  assertEquals(readConfig({ AUTH_TOKEN: "0123456789abcdef" }).warnings, []);
});

Deno.test("an empty or blank value counts as not set", () => {
  const env = Object.fromEntries(VARIABLES.map(({ name }, index) => [name, index % 2 ? "" : "  "]));
  assertEquals(readConfig(env), readConfig({}));
});

type Who = "simulator" | "model" | RegExp;
const SIMULATOR_RULES: [env: Record<string, string>, expected: Who][] = [
  [{}, "simulator"],
  [KEY, "model"],
  [{ SIMULATOR: "always", ...KEY }, "simulator"],
  [{ SIMULATOR: "never", ...KEY }, "model"],
  [{ SIMULATOR: "never" }, /^OPENAI_API_KEY must be set when SIMULATOR is never$/],
  [{ SIMULATOR: "never", OPENAI_REALTIME_URL: "ws://127.0.0.1:9" }, /^OPENAI_API_KEY must be set/],
  [{ OPENAI_REALTIME_URL: "ws://127.0.0.1:9" }, "model"],
  [{ OPENAI_REALTIME_ENDPOINT: "http://127.0.0.1:9" }, "model"],
  [{ OPENAI_REALTIME_URL: "wss://eu.api.openai.com/v1/realtime" }, /^OPENAI_API_KEY must be set.*wss:/],
  [{ SIMULATOR: "always", OPENAI_REALTIME_URL: "wss://eu.api.openai.com/v1/realtime" }, "simulator"],
];

Deno.test("who answers follows from SIMULATOR, the key and the URL", () => {
  for (const [env, expected] of SIMULATOR_RULES) {
    if (expected instanceof RegExp) assertMatch(faultsOf(env).join("\n"), expected);
    else assertEquals(readConfig(env).simulator, expected === "simulator", JSON.stringify(env));
  }
});

const URLS: [given: string, dialled: string][] = [
  ["wss://eu.api.openai.com/v1/realtime", "wss://eu.api.openai.com/v1/realtime"],
  ["https://eu.api.openai.com/v1/realtime", "wss://eu.api.openai.com/v1/realtime"],
  ["http://127.0.0.1:8080/rt", "ws://127.0.0.1:8080/rt"],
  ["ws://127.0.0.1:8080", "ws://127.0.0.1:8080/v1/realtime"],
  [
    "wss://r.openai.azure.com/openai/realtime?api-version=1#x",
    "wss://r.openai.azure.com/openai/realtime?api-version=1",
  ],
];

Deno.test("the model's URL may be ws, wss, http or https, and keeps its query", () => {
  for (const [given, dialled] of URLS) {
    assertEquals(readConfig({ ...KEY, OPENAI_REALTIME_URL: given }).model.url, dialled);
  }
});

const WARNINGS: [env: Record<string, string>, expected: RegExp][] = [
  [{ OPENAI_TEMPERATURE: "0.8" }, /^OPENAI_TEMPERATURE is ignored/],
  [{ OPENAI_MODEL: "gpt-realtime" }, /gpt-realtime, which shuts down on 2027-01-20; use gpt-realtime-2\.1$/],
  [{ OPENAI_MODEL: "gpt-realtime-mini-2025-12-15" }, /2027-01-20; use gpt-realtime-2\.1-mini$/],
  [
    { OPENAI_TRANSCRIPTION_MODEL: "whisper-1" },
    /whisper-1, which shuts down on 2027-02-26; use gpt-transcribe$/,
  ],
  [{ OPENAI_TRANSCRIPTION_MODEL: "gpt-4o-mini-transcribe" }, /2027-02-26/],
  [
    { OPENAI_TURN_DETECTION: "server_vad", OPENAI_TURN_DETECTION_EAGERNESS: "low" },
    /no effect with server_vad/,
  ],
  ...["THRESHOLD", "SILENCE_MS", "PREFIX_PADDING_MS", "IDLE_TIMEOUT_MS"].map((
    field,
  ): [Record<string, string>, RegExp] => [
    {
      OPENAI_TURN_DETECTION: "semantic_vad",
      [`OPENAI_TURN_DETECTION_${field}`]: field === "THRESHOLD" ? "1" : "5000",
    },
    new RegExp(`^OPENAI_TURN_DETECTION_${field} has no effect with semantic_vad$`),
  ]),
  [{ OPENAI_MODEL: "gpt-realtime-1.5", OPENAI_REASONING_EFFORT: "low" }, /gpt-realtime-1\.5 does not reason/],
  ...["auto", "disabled"].map((way): [Record<string, string>, RegExp] => [
    { OPENAI_TRUNCATION_RETENTION_RATIO: way, OPENAI_TRUNCATION_TOKEN_LIMIT: "9000" },
    new RegExp(`^OPENAI_TRUNCATION_TOKEN_LIMIT has no effect with ${way}$`),
  ]),
  [{ AMI_URL: "http://a", AMI_ENDPOINT: "http://b" }, /^AMI_ENDPOINT is ignored, as AMI_URL is set$/],
  [{ OPENAI_VOISE: "alloy" }, /^OPENAI_VOISE is not a variable of Parley: was OPENAI_VOICE meant\?$/],
];

Deno.test("what is accepted and doubtful is one warning each", () => {
  for (const [env, expected] of WARNINGS) {
    const { warnings } = readConfig(env);
    assertEquals(warnings.length, 1, JSON.stringify(env));
    assertMatch(warnings[0]!, expected);
  }
});

Deno.test("models in good standing and unknown ones give no warning", () => {
  for (
    const model of [
      "gpt-realtime-2.1",
      "gpt-realtime-2.1-mini",
      "gpt-realtime-2",
      "gpt-realtime-1.5",
      "new-one",
    ]
  ) {
    assertEquals(readConfig({ OPENAI_MODEL: model }).warnings, []);
  }
});

Deno.test("every variable that ends in _URL has an alias that does not", () => {
  const urls = VARIABLES.filter(({ name }) => name.endsWith("_URL"));
  assert(urls.length >= 2);
  for (const { name, alias } of urls) assert(alias !== undefined && !alias.endsWith("_URL"), name);
});

Deno.test("config: WORKERS takes a number up to 64, or as many as there are cores to be used", () => {
  assertEquals(["1", "8", "64"].map((WORKERS) => readConfig({ WORKERS }).workers), [1, 8, 64]);
  const { workers } = readConfig({ WORKERS: "Auto" });
  assertEquals(workers, Math.min(64, navigator.hardwareConcurrency));
  for (const WORKERS of ["0", "65", "-1", "2.5", "all"]) {
    const { faults } = assertThrows(() => readConfig({ WORKERS }), ConfigError);
    assertEquals(faults, [`WORKERS must be a whole number from 1 to 64, or auto: "${WORKERS}"`]);
  }
});
