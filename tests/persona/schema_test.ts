import { assert, assertEquals } from "@std/assert";
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
    noiseReduction: "near_field",
    speed: 1.5,
    transcription: { model: "gpt-transcribe", prompt: "Parley" },
    reasoning: "minimal",
    maxOutputTokens: 1,
  };
  assertEquals(checkPersona(everything), { persona: everything } as unknown);
  const others = {
    greeting: false,
    transcription: "off",
    maxOutputTokens: "inf",
    turn: { type: "semantic_vad" },
  };
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
