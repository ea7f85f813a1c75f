import { assert, assertEquals } from "@std/assert";
import { readConfig } from "../../lib/config.ts";
import { definePersona, phone } from "../../lib/persona/define.ts";
import { checkPersona } from "../../lib/persona/schema.ts";
import { sessionUpdate } from "../../lib/realtime/session.ts";

const TURNS = [
  phone.quick,
  phone.patient,
  phone.noisy,
  phone.semantic(),
  phone.semantic({ eagerness: "low" }),
];

Deno.test("every preset is a turn detection that the schema takes and the session carries whole", () => {
  for (const turn of TURNS) {
    const persona = definePersona({ instructions: "x", turn });
    assert("persona" in checkPersona(persona), JSON.stringify(turn));
    const { sources } = sessionUpdate(persona, readConfig({}), { text: "x", source: "persona" });
    const fromPersona = Object.values(sources).filter((source) => source === "persona").length;
    // The instructions are the persona's too.
    assertEquals(fromPersona, Object.keys(turn).length + 1);
  }
});

Deno.test("the presets are what their names say beside the defaults of 500 ms and 0.5", () => {
  assert(phone.quick.silenceMs < 500 && phone.patient.silenceMs > 500);
  assert(phone.noisy.threshold > 0.5);
  assertEquals(phone.semantic({ eagerness: "high", interruptResponse: false }), {
    type: "semantic_vad",
    eagerness: "high",
    interruptResponse: false,
  });
});

Deno.test("a preset can be changed in place", () => {
  const turn = { ...phone.noisy, silenceMs: 800 };
  assert("persona" in checkPersona({ instructions: "x", turn }));
  assertEquals(phone.noisy.silenceMs, 600);
});
