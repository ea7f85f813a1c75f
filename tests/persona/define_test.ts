import { assertEquals } from "@std/assert";
import { z } from "zod";
import { definePersona, hangup, type PersonaDefinition, phone, transfer } from "../../lib/persona/define.ts";

Deno.test("definePersona() gives back what it is given, with its literal types", () => {
  const persona = definePersona({
    voice: "marin",
    style: { tone: "Warm." },
    greeting: { say: "Hello", protect: true },
    turn: { type: "semantic_vad", eagerness: "low" },
    instructions: async (call) => await Promise.resolve(`Call ${call.uuid.toUpperCase()} of ${call.persona}`),
  });
  const voice: "marin" = persona.voice;
  const say: "Hello" = persona.greeting.say;
  const eagerness: "low" = persona.turn.eagerness;
  assertEquals([voice, say, eagerness], ["marin", "Hello", "low"]);
});

// Each `@ts-expect-error` fails the type check if the compiler accepts the line below it.
Deno.test("the compiler refuses what a persona can't be", () => {
  const refused = [
    // @ts-expect-error neither style nor instructions
    definePersona({ description: "Empty" }),
    // @ts-expect-error misspelt key
    definePersona({ instructions: "x", voise: "marin" }),
    // @ts-expect-error misspelt key of the style
    definePersona({ style: { afect: "Calm" } }),
    // @ts-expect-error misspelt key of the greeting
    definePersona({ instructions: "x", greeting: { say: "Hi", protected: true } }),
    // @ts-expect-error a field of the other kind of turn detection
    definePersona({ instructions: "x", turn: { type: "server_vad", eagernes: "low" } }),
    // @ts-expect-error unknown voice
    definePersona({ instructions: "x", voice: "nova" }),
    // @ts-expect-error a number is no text
    definePersona({ instructions: () => 1 }),
    // @ts-expect-error true is no greeting
    definePersona({ instructions: "x", greeting: true }),
    // @ts-expect-error misspelt key of the interruption guard
    definePersona({ instructions: "x", interrupt: { minSpeech: 200 } }),
    // @ts-expect-error idle without sentences
    definePersona({ instructions: "x", idle: { afterSeconds: 8 } }),
    // @ts-expect-error misspelt key of the limits
    definePersona({ instructions: "x", limits: { minute: 5 } }),
    // @ts-expect-error A is no key of a telephone
    definePersona({ instructions: "x", dtmf: { keys: { A: "ignore" } } }),
    // @ts-expect-error unknown action of a key
    definePersona({ instructions: "x", dtmf: { keys: { "0": "hangup" } } }),
    // @ts-expect-error no end key of two
    definePersona({ instructions: "x", dtmf: { until: "##" } }),
    // @ts-expect-error variables that are no schema
    definePersona({ instructions: "x", variables: { from: "text" } }),
    // @ts-expect-error a schema of no object
    definePersona({ instructions: "x", variables: z.string() }),
    // @ts-expect-error unknown eagerness
    definePersona({ instructions: "x", turn: phone.semantic({ eagerness: "soon" }) }),
    // @ts-expect-error misspelt key of a destination
    definePersona({ instructions: "x", tools: [transfer({ desk: { extention: "2001" } })] }),
    // @ts-expect-error a function is no tool: defineTool() makes one
    definePersona({ instructions: "x", tools: [{ name: "look_up", run: () => 1 }] }),
    // @ts-expect-error the tool itself, not what makes it
    definePersona({ instructions: "x", tools: [hangup] }),
    // @ts-expect-error handoffs by name, each with when to
    definePersona({ instructions: "x", handoffs: ["sales"] }),
    // @ts-expect-error a handoff's reason is a text
    definePersona({ instructions: "x", handoffs: { sales: true } }),
    // @ts-expect-error unknown policy of the voice
    definePersona({ instructions: "x", handoffVoice: "change" }),
    // @ts-expect-error a token has no place in the file
    definePersona({ instructions: "x", mcp: [{ label: "a", url: "https://a", authorization: "s" }] }),
    // @ts-expect-error misspelt key of the approval
    definePersona({ instructions: "x", mcp: [{ label: "a", url: "b", requireApproval: { neve: [] } }] }),
    // @ts-expect-error misspelt key of the outage
    definePersona({ instructions: "x", outage: { brigde: "One moment." } }),
    // @ts-expect-error misspelt key of a recording
    definePersona({ instructions: "x", outage: { bridge: { fille: "moment.wav" } } }),
    // @ts-expect-error a fallback without its extension
    definePersona({ instructions: "x", fallback: { context: "internal" } }),
    // @ts-expect-error misspelt key of the fallback
    definePersona({ instructions: "x", fallback: { extension: "2001", contxt: "internal" } }),
    // @ts-expect-error an MCP server without its URL
    definePersona({ instructions: "x", mcp: [{ label: "crm" }] }),
    // @ts-expect-error the API's own words
    definePersona({ instructions: "x", truncation: { retention_ratio: 0.8 } }),
    // @ts-expect-error misspelt key of the summary
    definePersona({ instructions: "x", summarize: { after: 9000 } }),
  ];
  assertEquals(refused.length, 32);
});

Deno.test("an instructions function sees the variables as the persona's own schema has them", async () => {
  const persona = definePersona({
    instructions: ({ variables, date, time, timeZone }) => {
      const tier: "free" | "pro" = variables.tier;
      const from: string | undefined = variables.from;
      // @ts-expect-error a name that the schema does not have
      const wrong: unknown = variables.form;
      // @ts-expect-error not a text but one of two
      const other: "gold" = variables.tier;
      return [tier, from, wrong, typeof other, date, time, timeZone].join(" ");
    },
    variables: z.object({ from: z.string().optional(), tier: z.enum(["free", "pro"]).default("free") }),
  });
  const call = { uuid: "u", persona: "p", date: "2027-03-14", time: "15:04", timeZone: "UTC" } as const;
  const text = await persona.instructions({ ...call, variables: { tier: "pro" } });
  assertEquals(text, "pro   string 2027-03-14 15:04 UTC");
  const anyPersona: PersonaDefinition = persona;
  assertEquals(anyPersona, persona);
});

Deno.test("without a schema every variable is a text that may be missing", () => {
  definePersona({
    instructions: ({ variables }) => {
      const from: string | undefined = variables.from;
      // @ts-expect-error it may be missing
      const sure: string = variables.from;
      return `${from}${sure}`;
    },
  });
});

Deno.test("every field of a telephone call is accepted with its literal types", () => {
  const persona = definePersona({
    instructions: "x",
    turn: phone.noisy,
    interrupt: { minSpeechMs: 300, ignoreFirstMs: 500, echoGuard: false },
    idle: { afterSeconds: 8, say: ["Are you there?", "Hello?"], thenHangUp: "Goodbye." },
    limits: { minutes: 10, warning: "One minute left.", warningSeconds: 60, goodbye: "Goodbye." },
    dtmf: {
      until: false,
      length: 6,
      timeoutSeconds: 3,
      keys: { "0": "hangUp", "*": { tell: "Back." }, "#": "repeat" },
    },
    timeZone: "Europe/Rome",
    outage: { bridge: { file: "moment.wav" }, apology: "Sorry, call again." },
    fallback: { extension: "2001" },
  });
  const extension: "2001" = persona.fallback.extension;
  assertEquals(extension, "2001");
  const silenceMs: 600 = persona.turn.silenceMs;
  const second: "Hello?" = persona.idle.say[1];
  assertEquals([silenceMs, second], [600, "Hello?"]);
});

Deno.test("what lets the agent act is accepted", () => {
  const persona = definePersona({
    instructions: "x",
    tools: [transfer({ desk: { extension: "2001", context: "internal" } }), hangup()],
    handoffs: { sales: "The caller wants to buy." },
    handoffVoice: "keep",
    mcp: [{ label: "crm", url: "https://crm.example/mcp", requireApproval: { never: ["find"] } }],
  });
  const when: "The caller wants to buy." = persona.handoffs.sales;
  const label: "crm" = persona.mcp[0].label;
  assertEquals([when, label, persona.tools[1].name], [when, "crm", "hangup"]);
  const anyPersona: PersonaDefinition = persona;
  assertEquals(anyPersona, persona);
});
