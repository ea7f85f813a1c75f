import { assertEquals } from "@std/assert";
import { definePersona } from "../../lib/persona/define.ts";

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
  ];
  assertEquals(refused.length, 8);
});
