import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { type Config, readConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { flags } from "../../lib/permissions.ts";
import { modelFor, modelUrl, sessionUpdate } from "../../lib/realtime/session.ts";
import { definePersona, type PersonaDefinition } from "../../lib/persona/define.ts";

const AZURE = {
  AZURE_OPENAI_ENDPOINT: "https://my-resource.openai.azure.com/",
  AZURE_OPENAI_DEPLOYMENT: "desk-voice",
  AZURE_OPENAI_API_KEY: "k".repeat(32),
};
const PERSONA: PersonaDefinition = definePersona({ instructions: "You answer the telephone." });

function faultsOf(env: Record<string, string>): readonly string[] {
  return assertThrows(() => readConfig(env), ConfigError).faults;
}

function dialled(config: Config, persona = PERSONA): string {
  return modelUrl(config.model.url, modelFor(persona, config), config.model.deployments);
}

const GA = "wss://my-resource.openai.azure.com/openai/v1/realtime";
const ENDPOINTS: [given: string, url: string][] = [
  ["https://my-resource.openai.azure.com", GA],
  ["https://my-resource.openai.azure.com/", GA],
  ["my-resource.openai.azure.com", GA],
  ["wss://MY-resource.openai.azure.com/openai/v1/realtime?model=desk-voice", GA],
  ["https://my-resource.openai.azure.com/openai/v1/", GA],
  ["https://my-resource.openai.azure.com/openai/realtime?api-version=2024-10-01-preview&deployment=x", GA],
  ["https://my-resource.openai.azure.com/openai/deployments/x/realtime?api-version=2025-08-28", GA],
  ["https://r.cognitiveservices.azure.com/", "wss://r.cognitiveservices.azure.com/openai/v1/realtime"],
  ["https://r.services.ai.azure.com/api/projects/p", "wss://r.services.ai.azure.com/openai/v1/realtime"],
  ["https://r.openai.azure.us", "wss://r.openai.azure.us/openai/v1/realtime"],
  ["https://gate.example.com/voice/", "wss://gate.example.com/voice/openai/v1/realtime"],
  ["https://gate.example.com/openai?subscription=x", "wss://gate.example.com/openai/v1/realtime"],
  ["https://gate.example.com:8443/rt/v1", "wss://gate.example.com:8443/rt/v1/realtime"],
  ["http://127.0.0.1:8090/mine/realtime", "ws://127.0.0.1:8090/mine/realtime"],
];

Deno.test("azure: whatever address of a resource is pasted, its v1 address is dialled", () => {
  for (const [given, url] of ENDPOINTS) {
    assertEquals(readConfig({ ...AZURE, AZURE_OPENAI_ENDPOINT: given }).model.url, url, given);
  }
});

const REFUSED: [given: string, why: RegExp][] = [
  ["https://portal.azure.com/#view/x", /must be the address of a resource/],
  ["https://ai.azure.com/resource/overview", /must be the address of a resource/],
  ["https://me:hunter2@my-resource.openai.azure.com", /must be the address of a resource/],
  ["ftp://my-resource.openai.azure.com", /must be the address of a resource/],
  ["my resource", /must be the address of a resource/],
  ["http://my-resource.openai.azure.com", /must begin with https/],
];

Deno.test("azure: what is no resource's address is refused, and a password or key in it is not shown", () => {
  for (const [given, why] of REFUSED) {
    const [fault, ...more] = faultsOf({ ...AZURE, AZURE_OPENAI_ENDPOINT: given });
    assertMatch(fault!, why, given);
    assertEquals(more, [], given);
    assertEquals(/hunter2/.test(fault!), false);
  }
  const [fault] = faultsOf({ ...AZURE, AZURE_OPENAI_ENDPOINT: "https://ai.azure.com/x?api-key=secret" });
  assertEquals(fault!.includes("secret"), false);
});

Deno.test("azure: each variable that is missing is told, all at once", () => {
  const all = (env: Record<string, string>) => faultsOf(env).map((fault) => fault.split(" ")[0]);
  assertEquals(all({ AZURE_OPENAI_ENDPOINT: AZURE.AZURE_OPENAI_ENDPOINT }), [
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_DEPLOYMENT",
  ]);
  assertEquals(faultsOf({ AZURE_OPENAI_API_KEY: "x", OPENAI_API_KEY: "sk-x" }), [
    "AZURE_OPENAI_ENDPOINT must be set, as AZURE_OPENAI_API_KEY is: the address of the resource",
  ]);
  assertEquals(all({ AZURE_OPENAI_DEPLOYMENT: "x" }), ["AZURE_OPENAI_ENDPOINT"]);
  assertEquals(
    all({ AZURE_OPENAI_ENDPOINT: "?", AZURE_OPENAI_DEPLOYMENT: "a/b", AZURE_OPENAI_API_KEY: "\u00e9" }),
    ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_API_KEY"],
  );
});

Deno.test("azure: the simulator, when it is asked for, needs none of them", () => {
  const config = readConfig({ SIMULATOR: "always", AZURE_OPENAI_DEPLOYMENT: "x" });
  assertEquals([config.simulator, config.model.keyHeader], [true, undefined]);
});

Deno.test("azure: it wins over OpenAI, which is told, and the key of the one never goes to the other", () => {
  const both = { OPENAI_API_KEY: "sk-openai", OPENAI_REALTIME_URL: "wss://api.openai.com/v1/realtime" };
  const { model, warnings } = readConfig({ ...both, ...AZURE, OPENAI_MODEL: "gpt-realtime-2.1" });
  assertEquals([model.url, model.apiKey, model.keyHeader], [GA, AZURE.AZURE_OPENAI_API_KEY, "api-key"]);
  assertEquals(warnings, [
    "OPENAI_API_KEY is ignored, as AZURE_OPENAI_ENDPOINT is set",
    "OPENAI_REALTIME_URL is ignored, as AZURE_OPENAI_ENDPOINT is set",
  ]);
});

Deno.test("azure: the target URI of a deployment names that deployment; the variable has the last word", () => {
  const { AZURE_OPENAI_API_KEY } = AZURE;
  const AZURE_OPENAI_ENDPOINT =
    "https://r.openai.azure.com/openai/realtime?api-version=2025-04-01-preview&deployment=gpt-realtime";
  const { model, warnings } = readConfig({ AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_KEY });
  assertEquals(model.name, "gpt-realtime");
  assertMatch(warnings.join(), /^The api-version in AZURE_OPENAI_ENDPOINT is ignored/);
  assertEquals(readConfig({ ...AZURE, AZURE_OPENAI_ENDPOINT }).model.name, "desk-voice");
});

Deno.test("azure: a deployment is dialled by its name, and known by the model that OPENAI_MODEL names", () => {
  const unknown = readConfig(AZURE);
  assertEquals(dialled(unknown), `${GA}?model=desk-voice`);
  assertEquals(modelFor(PERSONA, unknown), "desk-voice");
  assertMatch(
    unknown.warnings.join(),
    /^OPENAI_MODEL should name the model behind the deployment desk-voice/,
  );

  const known = readConfig({ ...AZURE, OPENAI_MODEL: "gpt-realtime-2.1" });
  assertEquals(dialled(known), `${GA}?model=desk-voice`);
  assertEquals([modelFor(PERSONA, known), known.warnings], ["gpt-realtime-2.1", []]);
  const instructions = { text: "x", source: "persona" } as const;
  const reasons = (config: Config) =>
    "reasoning" in sessionUpdate(PERSONA, config, instructions).event.session;
  assertEquals([reasons(known), reasons(unknown)], [true, false]);
});

Deno.test("azure: a persona that names a model means the deployment of that name, unless OPENAI_MODEL is set", () => {
  const mini = definePersona({ instructions: "x", model: "gpt-realtime-2.1-mini" });
  assertEquals(dialled(readConfig(AZURE), mini), `${GA}?model=gpt-realtime-2.1-mini`);
  const known = readConfig({ ...AZURE, OPENAI_MODEL: "gpt-realtime-2.1" });
  assertEquals(dialled(known, mini), `${GA}?model=desk-voice`);
});

Deno.test("azure: a deployment that is called like its model needs no OPENAI_MODEL", () => {
  assertEquals(readConfig({ ...AZURE, AZURE_OPENAI_DEPLOYMENT: "gpt-realtime-2.1" }).warnings, []);
});

Deno.test("azure: the net permission is for the resource's host, and OpenAI's is not in it", () => {
  assertEquals(
    flags(readConfig({ ...AZURE, OPENAI_API_KEY: "sk-x" }))[0],
    "--allow-net=0.0.0.0:6030,my-resource.openai.azure.com:443,127.0.0.1:6006",
  );
});

Deno.test("other servers: their voices have names of their own, which OpenAI's, Azure's and the simulator's have not", () => {
  const OPENAI_VOICE = "af_Heart";
  const { overrides } = readConfig({ OPENAI_REALTIME_URL: "ws://127.0.0.1:8000", OPENAI_VOICE });
  assertEquals(overrides.voice, "af_Heart");
  for (const env of [{}, { OPENAI_API_KEY: "sk-x" }, { ...AZURE, OPENAI_MODEL: "gpt-realtime-2.1" }]) {
    assertMatch(
      faultsOf({ ...env, OPENAI_VOICE }).join("\n"),
      /^OPENAI_VOICE must be one of alloy.*: "af_Heart"$/,
    );
  }
});

Deno.test("other servers: one that is not OpenAI's may do without a key, over TLS with a word about it", () => {
  const { model, warnings, simulator } = readConfig({
    OPENAI_REALTIME_URL: "wss://gate.example.com/v1/realtime",
  });
  assertEquals([simulator, model.apiKey], [false, undefined]);
  assertEquals(warnings, ["OPENAI_API_KEY is not set: gate.example.com is dialled without a key"]);
  assertEquals(readConfig({ OPENAI_REALTIME_URL: "ws://127.0.0.1:8000" }).warnings, []);
  assertMatch(
    faultsOf({ OPENAI_REALTIME_URL: "wss://eu.api.openai.com" }).join(),
    /^OPENAI_API_KEY must be set/,
  );
});
