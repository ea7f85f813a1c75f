import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { hangup, transfer } from "../../lib/persona/define.ts";
import { checkPersona } from "../../lib/persona/schema.ts";

function faultsOf(value: unknown): string[] {
  const result = checkPersona(value);
  return "faults" in result ? result.faults : [];
}

Deno.test("checkPersona() takes a persona with every field", () => {
  const everything = {
    description: "All of it",
    voice: "voice_123",
    model: "gpt-realtime-2",
    language: "pt-BR",
    style: {
      affect: "a",
      tone: "b",
      pacing: "c",
      emotion: "d",
      personality: "e",
      pronunciation: "f",
      pauses: "g",
    },
    instructions: () => "x",
    greeting: { say: "Hello", protect: true },
    turn: {
      type: "server_vad",
      threshold: 0.7,
      prefixPaddingMs: 0,
      silenceMs: 700,
      idleTimeoutMs: 5000,
      createResponse: false,
      interruptResponse: false,
    },
    interrupt: { minSpeechMs: 0, ignoreFirstMs: 10_000, echoGuard: false },
    limits: { minutes: 0.5, usd: 0.25, warning: "Soon.", warningSeconds: 10, goodbye: "Bye." },
    outage: { bridge: { file: "sounds/moment.wav" }, apology: "x".repeat(200) },
    fallback: { extension: "2001", context: "internal", priority: 999 },
    dtmf: {
      until: "*",
      length: 32,
      timeoutSeconds: 0.5,
      keys: { "0": "ignore", "1": "repeat", "9": "hangUp", "#": { tell: "The caller wants a person." } },
    },
    variables: z.object({ from: z.string().optional() }),
    timeZone: "Europe/Rome",
    tools: [
      transfer({
        desk: { extension: "2001", context: "internal", priority: 999, description: "People." },
        "night-desk": { extension: "+39*1#" },
      }, { description: "After a yes." }),
      hangup(),
      { kind: "sandboxed", name: "look_up", description: "Looks up.", run: () => 1 },
    ],
    handoffs: { sales: "The caller wants to buy." },
    handoffVoice: "switch",
    holdSound: true,
    mcp: [
      { label: "crm", url: "https://crm.example/mcp" },
      {
        label: "local",
        url: "http://127.0.0.1:9000/mcp",
        allowedTools: ["find", "create"],
        requireApproval: { never: ["find"], always: ["create"] },
        authorizationEnv: "CRM_TOKEN",
        description: "Customers.",
      },
    ],
    noiseReduction: "near_field",
    speed: 1.5,
    transcription: { model: "gpt-transcribe", prompt: "Parley" },
    reasoning: "minimal",
    maxOutputTokens: 1,
    truncation: { retentionRatio: 0.5, tokenLimit: 96_000 },
    summarize: { afterTokens: 1000, keepTurns: 20 },
    summary: z.object({ topic: z.string(), callBack: z.boolean().optional() }),
  };
  assertEquals(checkPersona(everything), { persona: everything } as unknown);
  const others = {
    greeting: false,
    transcription: "off",
    maxOutputTokens: "inf",
    turn: { type: "semantic_vad" },
    idle: { afterSeconds: 8, say: ["Are you there?"], thenHangUp: "Goodbye." },
    dtmf: "ignore",
    interrupt: {},
    limits: {},
    truncation: "disabled",
    summarize: true,
    outage: {},
    fallback: { extension: "night-desk" },
  };
  assertEquals(faultsOf({ ...everything, ...others, dtmf: { until: false } }), []);
  assertEquals(faultsOf({ ...everything, ...others }), []);
});

const FAULTS: [hazard: string, persona: Record<string, unknown>, fault: string][] = [
  ["an unknown key", { voise: "marin" }, 'unrecognized key: "voise"'],
  ["an unknown key of the style", { style: { afect: "x" } }, 'style unrecognized key: "afect"'],
  ["an empty style", { style: {} }, "style must have at least one line: {}"],
  [
    "an unknown voice",
    {
      voice: "nova",
    },
    'voice must be one of alloy, ash, ballad, cedar, coral, echo, marin, sage, shimmer, verse, or a custom voice_... id: "nova"',
  ],
  [
    "a model that is shut down",
    { model: "gpt-4o-realtime-preview" },
    'model is shut down, use gpt-realtime-2.1: "gpt-4o-realtime-preview"',
  ],
  ["a language by name", {
    language: "german",
  }, 'language must be an ISO 639-1 code such as en, de or pt-BR: "german"'],
  ["a speed out of range", { speed: 2 }, "speed too big: expected number to be <=1.5: 2"],
  ["a number as text", { speed: "1" }, 'speed invalid input: expected number, received string: "1"'],
  [
    "undefined for a value",
    { speed: undefined },
    "speed invalid input: expected number, received undefined: nothing",
  ],
  [
    "too many tokens",
    { maxOutputTokens: 5000 },
    "maxOutputTokens too big: expected number to be <=4096: 5000",
  ],
  [
    "truncation by a misspelt way",
    { truncation: "off" },
    'truncation must be { retentionRatio, tokenLimit }, "auto" or "disabled": "off"',
  ],
  [
    "truncation in the API's own words",
    { truncation: { retention_ratio: 0.8 } },
    'truncation unrecognized key: "retention_ratio"',
  ],
  [
    "truncation to more than all",
    { truncation: { retentionRatio: 80 } },
    "truncation.retentionRatio too big: expected number to be <=1: 80",
  ],
  [
    "truncation at less than an exchange",
    { truncation: { tokenLimit: 100 } },
    "truncation.tokenLimit too small: expected number to be >=1000: 100",
  ],
  [
    "truncation at more than any model reads",
    { truncation: { tokenLimit: 128_000 } },
    "truncation.tokenLimit too big: expected number to be <=96000: 128000",
  ],
  [
    "a summary of no kind",
    { summarize: "yes" },
    'summarize must be true, false or { afterTokens, keepTurns }: "yes"',
  ],
  [
    "a summary of the very last words",
    { summarize: { keepTurns: 0 } },
    "summarize.keepTurns too small: expected number to be >=1: 0",
  ],
  [
    "a summary with a misspelt key",
    { summarize: { after: 9000 } },
    'summarize unrecognized key: "after"',
  ],
  ["blank instructions", { instructions: " " }, 'instructions must not be empty: " "'],
  ["instructions of no kind", { instructions: 1 }, "instructions must be a text or a function: 1"],
  ["a greeting of true", { greeting: true }, "greeting must be a text, { say, protect } or false: true"],
  ["a greeting without words", {
    greeting: { protect: true },
  }, "greeting.say invalid input: expected string, received undefined: nothing"],
  ["a misspelt key of the greeting", {
    greeting: { say: "Hi", protected: true },
  }, 'greeting unrecognized key: "protected"'],
  ["turn detection without a type", {
    turn: { threshold: 1 },
  }, 'turn.type must be "server_vad" or "semantic_vad": {"threshold":1}'],
  ["an idle timeout out of range", {
    turn: { type: "server_vad", idleTimeoutMs: 100 },
  }, "turn.idleTimeoutMs too small: expected number to be >=5000: 100"],
  ["a field of the other kind of turn detection", {
    turn: { type: "semantic_vad", silenceMs: 1 },
  }, 'turn unrecognized key: "silenceMs"'],
  ["a protected greeting that says it in words", {
    greeting: { say: "Hi", protect: "yes" },
  }, 'greeting.protect invalid input: expected boolean, received string: "yes"'],
  ["a guard with a misspelt key", { interrupt: { minSpeech: 1 } }, 'interrupt unrecognized key: "minSpeech"'],
  ["a guard that never lets the caller in", {
    interrupt: { minSpeechMs: 5000 },
  }, "interrupt.minSpeechMs too big: expected number to be <=2000: 5000"],
  ["idle without a sentence", {
    idle: { afterSeconds: 8, say: [] },
  }, "idle.say too small: expected array to have >=1 items: []"],
  ["idle with too many", {
    idle: { afterSeconds: 8, say: Array(11).fill("x") },
  }, 'idle.say too big: expected array to have <=10 items: ["x","x","x","x","x","x","x","x","x","x","x"]'],
  ["idle with a blank sentence", {
    idle: { afterSeconds: 8, say: ["x", " "] },
  }, 'idle.say.1 must not be empty: " "'],
  ["idle at once", {
    idle: { afterSeconds: 0, say: ["x"] },
  }, "idle.afterSeconds too small: expected number to be >=1: 0"],
  [
    "idle beside the API's own",
    {
      idle: { afterSeconds: 8, say: ["x"] },
      turn: { type: "server_vad", idleTimeoutMs: 8000 },
    },
    'idle can\'t be together with turn.idleTimeoutMs, as both would speak into a silence: {"afterSeconds":8,"say":["x"]}',
  ],
  ["a call of no length", {
    limits: { minutes: 0 },
  }, "limits.minutes too small: expected number to be >0: 0"],
  ["a call of no money", { limits: { usd: 0 } }, "limits.usd too small: expected number to be >0: 0"],
  [
    "a summary that is no schema",
    { summary: { topic: "string" } },
    'summary must be a zod schema of an object, such as z.object({ topic: z.string() }): {"topic":"string"}',
  ],
  [
    "a summary of no object",
    { summary: z.string() },
    "summary must be a zod schema of an object, such as z.object({ topic: z.string() }): a schema",
  ],
  [
    "a summary that has no JSON schema",
    { summary: z.object({ at: z.date() }) },
    "summary can't be told to the model: Date cannot be represented in JSON Schema: a schema",
  ],
  ["an outage of no kind", { outage: { bridge: true } }, "outage.bridge must be words or { file }: true"],
  ["an outage with a misspelt key", { outage: { bridgde: "x" } }, 'outage unrecognized key: "bridgde"'],
  ["a recording with a key of no meaning", {
    outage: { apology: { file: "a.wav", volume: 1 } },
  }, 'outage.apology unrecognized key: "volume"'],
  ["an apology without words", { outage: { apology: " " } }, 'outage.apology must not be empty: " "'],
  ["an apology with the caller's name in it, which all others would hear", {
    outage: { apology: "Sorry, {{name}}." },
  }, 'outage.apology must not have {{...}}, as the words are kept for all calls: "Sorry, {{name}}."'],
  [
    "an apology that takes longer than the model is given for it",
    { outage: { apology: "x".repeat(201) } },
    `outage.apology too big: expected string to have <=200 characters: "${"x".repeat(59)}...`,
  ],
  ["a fallback to nowhere", {
    fallback: { context: "internal" },
  }, "fallback.extension invalid input: expected string, received undefined: nothing"],
  [
    "a fallback that dials a second channel",
    { fallback: { extension: "2001&PJSIP/9001" } },
    'fallback.extension must be an extension: up to 40 letters, digits and + * # . - _: "2001&PJSIP/9001"',
  ],
  ["a fallback with another's option", {
    fallback: { extension: "2001", description: "People." },
  }, 'fallback unrecognized key: "description"'],
  ["a fallback that the dialplan has no place for", {
    fallback: { extension: "2001", priority: 0 },
  }, "fallback.priority too small: expected number to be >=1: 0"],
  [
    "keys of no kind",
    { dtmf: true },
    'dtmf must be { until, length, timeoutSeconds, keys } or "ignore": true',
  ],
  ["an end key of two", { dtmf: { until: "##" } }, 'dtmf.until must be a key, 0-9, * or #, or false: "##"'],
  ["a key that no telephone has", { dtmf: { keys: { A: "repeat" } } }, 'dtmf.keys unrecognized key: "A"'],
  ["an unknown action of a key", {
    dtmf: { keys: { "0": "hangup" } },
  }, 'dtmf.keys.0 must be "ignore", "repeat", "hangUp" or { tell }: "hangup"'],
  ["an action that tells nothing", {
    dtmf: { keys: { "0": { tell: "" } } },
  }, 'dtmf.keys.0.tell must not be empty: ""'],
  ["an entry too long", { dtmf: { length: 33 } }, "dtmf.length too big: expected number to be <=32: 33"],
  ["a time zone that is none", {
    timeZone: "Europe/Room",
  }, 'timeZone must be an IANA time zone such as Europe/Rome: "Europe/Room"'],
  ["a time zone without summer time", {
    timeZone: "+02:00",
  }, 'timeZone must be an IANA time zone such as Europe/Rome: "+02:00"'],
  ["variables that are no schema", {
    variables: { from: "text" },
  }, 'variables must be a zod schema, such as z.object({ from: z.string().optional() }): {"from":"text"}'],
  [
    "variables that a call must bring",
    {
      variables: z.object({ from: z.string(), to: z.string(), name: z.string().optional() }),
    },
    "variables must take a call that brings no parameters: make from, to optional, or give a default: a schema",
  ],
  [
    "variables that are no object",
    {
      variables: z.string().default("x"),
    },
    "variables must take a call that brings no parameters: make its fields optional, or give a default: a schema",
  ],
  [
    "variables that are checked later",
    {
      variables: z.object({}).refine(async () => await Promise.resolve(true)),
    },
    "variables must take a call that brings no parameters: make its fields optional, or give a default: a schema",
  ],
  [
    "tools that are no list",
    { tools: hangup() },
    'tools invalid input: expected array, received object: {"kind":"hangup","name":"hangup"}',
  ],
  [
    "a tool that defineTool() did not make",
    { tools: [hangup(), { name: "x", run: () => 1 }] },
    'tools.1 must be made by defineTool(), transfer() or hangup(): {"name":"x"}',
  ],
  [
    "a tool of an inherited kind",
    { tools: [{ kind: "constructor" }] },
    'tools.0 must be made by defineTool(), transfer() or hangup(): {"kind":"constructor"}',
  ],
  [
    "a tool whose name the API refuses",
    { tools: [{ kind: "sandboxed", name: "look up" }] },
    'tools.0.name must be up to 64 letters, digits, _ and -: "look up"',
  ],
  [
    "two tools of one name",
    { tools: [hangup(), hangup()] },
    'tools.1.name must not be the name of another tool: "hangup"',
  ],
  ["a tool with the name of a handoff", {
    tools: [{ kind: "sandboxed", name: "handoff_to_sales" }],
    handoffs: { sales: "x" },
  }, 'tools.0.name must not be the name of another tool: "handoff_to_sales"'],
  [
    "a transfer to nowhere",
    { tools: [transfer({})] },
    "tools.0.destinations must have at least one destination: {}",
  ],
  [
    "a destination with two channels",
    { tools: [transfer({ desk: { extension: "2001&SIP/0099" } })] },
    'tools.0.destinations.desk.extension must be an extension: up to 40 letters, digits and + * # . - _: "2001&SIP/0099"',
  ],
  [
    "a destination with an empty context",
    { tools: [transfer({ desk: { extension: "1", context: "" } })] },
    'tools.0.destinations.desk.context must be up to 40 letters, digits, _ and -: ""',
  ],
  [
    "a priority of no dialplan",
    { tools: [transfer({ desk: { extension: "1", priority: 1000 } })] },
    "tools.0.destinations.desk.priority too big: expected number to be <=999: 1000",
  ],
  [
    "a destination whose name is a sentence",
    { tools: [transfer({ "the desk": { extension: "1" } })] },
    'tools.0.destinations.the desk invalid key in record: "the desk"',
  ],
  ["a handoff without a reason", { handoffs: { sales: " " } }, 'handoffs.sales must not be empty: " "'],
  [
    "a handoff to no name",
    { handoffs: { "../sales": "x" } },
    'handoffs.../sales invalid key in record: "../sales"',
  ],
  [
    "an unknown policy of the voice",
    { handoffVoice: "change" },
    'handoffVoice invalid option: expected one of "keep"|"switch": "change"',
  ],
  [
    "an MCP server without TLS",
    { mcp: [{ label: "crm", url: "http://crm.example/mcp" }] },
    'mcp.0.url must be an https:// URL without a user name, or http:// on this machine: "http://crm.example/mcp"',
  ],
  [
    "an MCP server that only looks local",
    { mcp: [{ label: "crm", url: "http://localhost.example/mcp" }] },
    'mcp.0.url must be an https:// URL without a user name, or http:// on this machine: "http://localhost.example/mcp"',
  ],
  ["a token in the file", {
    mcp: [{ label: "crm", url: "https://crm.example/mcp", authorization: "s3cret" }],
  }, 'mcp.0 unrecognized key: "authorization"'],
  [
    "our own key sent to another's server",
    { mcp: [{ label: "crm", url: "https://crm.example", authorizationEnv: "OPENAI_API_KEY" }] },
    'mcp.0.authorizationEnv must not be one of Parley\'s own variables, as the server is told its value: "OPENAI_API_KEY"',
  ],
  ["two MCP servers of one label", {
    mcp: [{ label: "crm", url: "https://a.example" }, { label: "crm", url: "https://b.example" }],
  }, 'mcp.1.label must not be the label of another server: "crm"'],
  [
    "an unknown approval",
    { mcp: [{ label: "crm", url: "https://a.example", requireApproval: "ask" }] },
    'mcp.0.requireApproval must be "always", "never" or { always, never } with the names of tools: "ask"',
  ],
];

Deno.test.each(FAULTS)("checkPersona() names the field and the value for %s", (_hazard, persona, fault) => {
  assertEquals(faultsOf({ instructions: "Help.", ...persona }), [fault]);
});

Deno.test("checkPersona() wants a style or instructions, and an object at all", () => {
  assertEquals(faultsOf({ voice: "marin" }), ["must have a style, instructions or both"]);
  assertEquals(faultsOf({ style: { tone: "Warm." } }), []);
  for (const value of [null, "text", 1, [], () => ({})]) assert(faultsOf(value).length === 1, String(value));
});

Deno.test("checkPersona() tells all faults at once", () => {
  const faults = faultsOf({ instructions: "Help.", voice: "nova", speed: 9, extra: 1 });
  assertEquals(faults.map((fault) => fault.split(" ")[0]).sort(), ["speed", "unrecognized", "voice"]);
});

Deno.test("checkPersona() keeps each tool the very object that the file made", () => {
  const tools = [transfer({ desk: { extension: "1" } }), { kind: "sandboxed", name: "x", run: () => 1 }];
  const result = checkPersona({ instructions: "Help.", tools });
  assert("persona" in result);
  assert(result.persona.tools!.every((tool, index) => tool === tools[index]));
});
