import { assertEquals } from "@std/assert";
import { choosePersona } from "../../lib/persona/choose.ts";
import type { LoadedPersona } from "../../lib/persona/load.ts";

const personas = new Map(
  ["assistant", "supportAgent", "guide-2"].map((name): [string, LoadedPersona] => [name, {
    name,
    file: `${name}.ts`,
    warnings: [],
    instructions: "Help.",
  }]),
);

const CHOICES: [url: string, chosen: string][] = [
  ["/", "assistant"],
  ["/supportAgent", "supportAgent"],
  ["/supportAgent/", "supportAgent"],
  ["/any/path/guide-2?from=2000", "guide-2"],
  ["/support%41gent", "supportAgent"],
  ["/?persona=supportAgent", "supportAgent"],
  ["/guide-2?persona=supportAgent", "guide-2"],
  ["/?persona=", "assistant"],
  ["//?from=2000&to=5001", "assistant"],
];

Deno.test("the path chooses the persona, else the query, else PERSONA", () => {
  for (const [path, name] of CHOICES) {
    const choice = choosePersona(new URL(path.slice(1), "ws://host:6030/"), personas, {
      persona: "assistant",
    });
    assertEquals(choice, personas.get(name), path);
  }
});

const UNKNOWN: [path: string, name: string][] = [
  ["nobody", "nobody"],
  ["supportagent", "supportagent"],
  ["?persona=nobody", "nobody"],
  ["%E0%A4%A", "%E0%A4%A"],
  ["constructor", "constructor"],
  ["..%2Fassistant", "../assistant"],
];

Deno.test("a name that no persona has is handed back, whatever it looks like", () => {
  for (const [path, unknown] of UNKNOWN) {
    assertEquals(choosePersona(new URL(path, "ws://host:6030/"), personas, { persona: "assistant" }), {
      unknown,
    });
  }
});
