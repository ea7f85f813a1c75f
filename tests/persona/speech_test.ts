import { assertEquals, assertMatch } from "@std/assert";
import { z } from "zod";
import type { PersonaDefinition } from "../../lib/persona/define.ts";
import { loadPersonas } from "../../lib/persona/load.ts";
import { speechWarnings } from "../../lib/persona/speech.ts";
import type { OfferedTool } from "../../lib/persona/speech-prompt.ts";

const tool = (name: string, more: Partial<OfferedTool> = {}): OfferedTool => ({
  name,
  description: `Does ${name}`,
  parameters: z.toJSONSchema(z.object({})),
  ...more,
});
const warnings = (
  persona: Partial<PersonaDefinition>,
  tools: readonly OfferedTool[] = [tool("find_order"), tool("hangup")],
  model = "gpt-realtime-2.1",
) => speechWarnings({ instructions: "x", ...persona } as PersonaDefinition, { tools, model });

/** What is told of each, up to what to do. */
const what = (list: readonly string[]) => list.map((warning) => warning.split(/: |;/)[0]);

const TOLD: [instructions: string, told: string[]][] = [
  ["Speak **slowly**.", ["instructions has bold type"]],
  ["Speak __slowly__ and call my__name.", ["instructions has bold type"]],
  ["| a | b |\n|---|---|\n| 1 | 2 |", ["instructions has a table"]],
  ["```json\n{}\n```", ["instructions has a block of code"]],
  ["See [the site](https://shop.example).", [
    "instructions has a link",
    "instructions has the address https://shop.example",
  ]],
  ["Say it<br>slowly.", ["instructions has HTML"]],
  ["Ask for their mail, such as ada@shop.example.", ["instructions has the address ada@shop.example"]],
  ["Go to www.shop.example.", ["instructions has the address www.shop.example"]],
  ["Be nice 😀.", ["instructions has an emoji 😀"]],
  ["Be nice ❤️.", ["instructions has an emoji ❤️"]],
  [`Rooms:\n${"- a room\n".repeat(13)}`, ["instructions has a list of 13 items"]],
  [Array.from({ length: 14 }, (_, index) => `${index + 1}. step\n   more of it`).join("\n"), [
    "instructions has a list of 14 items",
  ]],
];

const FINE = [
  "# Role\n\nYou are a clock.\n\n- Be brief.\n- Be kind.",
  `${"- a rule\n".repeat(8)}\nThen:\n\n${"- another\n".repeat(8)}`,
  "Multiply 3 * 4 * 5, a < b and c > d. Prices are 5 EUR (about 6 USD), e.g. for tea.",
  "It costs © nothing, 10:30 - 11:00, 1/2, §3, v2.1, Smith&Co.",
  "Ask for {{first_name|your name}} and {{order_number}}.",
  "Use find_order with the number, then `hangup`. Say `yes` or `true`.",
];

Deno.test("speech: what the model would copy into its answers is warned of, each once, with what to do", () => {
  for (const [instructions, told] of TOLD) {
    const seen = warnings({ instructions });
    assertEquals(what(seen), told, instructions);
    for (const warning of seen) assertMatch(warning, /[:;] .+/);
  }
  for (const instructions of FINE) assertEquals(warnings({ instructions }), [], instructions);
});

Deno.test("speech: a style is looked at as well, by its field", () => {
  assertEquals(what(warnings({ style: { tone: "**Warm**" } })), ["style.tone has bold type"]);
});

Deno.test("speech: what is spoken word for word may have no marks, lists, addresses or abbreviations", () => {
  const spoken = warnings({
    greeting: { say: "# Welcome" },
    idle: { afterSeconds: 5, say: ["Hello?", "- one\n- two"], thenHangUp: "Bye 👋" },
    limits: {
      minutes: 5,
      warning: "Soon, e.g. in a minute.",
      goodbye: "See shop.example or https://shop.example.",
    },
    outage: { bridge: "One `moment`.", apology: { file: "sorry.wav" } },
  }, [tool("find", { whileWaiting: "Looking, **please** wait." })]);
  assertEquals(what(spoken), [
    "greeting has a heading",
    "idle.say.1 has a list",
    "idle.thenHangUp has an emoji 👋",
    "limits.warning has the abbreviation e.g.",
    "limits.goodbye has the address https://shop.example",
    "outage.bridge has marks of code",
    "find.whileWaiting has bold type",
  ]);
  const fine = warnings({
    greeting: "Good day, Dr. Obermaier's surgery. Calls are recorded - how can I help?",
    idle: { afterSeconds: 5, say: ["Are you still there?"] },
  });
  assertEquals(fine, []);
});

Deno.test("speech: a tool that the prompt names and the persona has not got", () => {
  const named = (instructions: string, more: Partial<PersonaDefinition> = {}, tools?: OfferedTool[]) =>
    warnings({ instructions, ...more }, tools).map((warning) =>
      /names ([\w-]+), which is no tool/.exec(warning)?.[1]
    );
  assertEquals(named("Call lookup_order, then lookup_order again, then `cancelOrder()`."), [
    "cancelOrder",
    "lookup_order",
  ]);
  assertEquals(warnings({ instructions: "Use lookup_order." }), [
    "instructions names lookup_order, which is no tool of this persona: correct the name, or give it the tool. " +
    "It has find_order, hangup",
  ]);
  const arguments_ = z.toJSONSchema(
    z.object({ order_number: z.string(), delivery_kind: z.enum(["by_air", "by_sea"]) }),
  );
  assertEquals(
    named("Give order_number and delivery_kind, which is by_air or by_sea.", {}, [
      tool("find", { parameters: arguments_ }),
    ]),
    [],
  );
  const variables = z.object({ open_invoices: z.string().optional() });
  assertEquals(named("You are told open_invoices.", { variables }), []);
  const server = { label: "crm", url: "https://crm.example" };
  assertEquals(named("Use crm_search.", { mcp: [server] }), []);
  assertEquals(named("Use crm_search and crm_find.", { mcp: [{ ...server, allowedTools: ["crm_find"] }] }), [
    "crm_search",
  ]);
  assertEquals(warnings({ instructions: "Files such as snake_case.ts, and a-b_c, are none." }), []);
});

Deno.test("speech: instructions and tools over what the model takes, by an estimate that says so", () => {
  const long = "word ".repeat(14_000);
  const [known] = warnings({ instructions: long }, [], "gpt-realtime");
  assertMatch(
    known!,
    /^instructions and tools have about 17500 tokens, by an estimate .*gpt-realtime takes at most 16384/,
  );
  const [unknown] = warnings({ instructions: long }, [], "gpt-realtime-2.1");
  assertMatch(unknown!, /no limit is published for gpt-realtime-2\.1/);
  assertEquals(warnings({ instructions: "word ".repeat(13_000) }, []), []);
  const schema = { description: "x".repeat(70_000) };
  assertEquals(warnings({}, [tool("big", { parameters: schema })]).length, 1);
});

Deno.test("speech: a text from elsewhere takes the place of the file's, by its own name", () => {
  const persona: PersonaDefinition = { instructions: () => "**not seen**", style: { tone: "**nor this**" } };
  const resolved = { name: "instructions (url)", text: "**bold**" };
  assertEquals(what(speechWarnings(persona, { tools: [], model: "gpt-realtime-2.1", resolved })), [
    "instructions (url) has bold type",
  ]);
});

Deno.test("speech: Parley's own personas have nothing to warn of", async () => {
  for (const persona of (await loadPersonas("./personas")).values()) {
    assertEquals(speechWarnings(persona, { tools: [], model: "gpt-realtime-2.1" }), [], persona.name);
  }
});
