import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import { type LoadOptions, loadPersonas, type Personas } from "../../lib/persona/load.ts";
import { importFile } from "../../lib/tools/import-file.ts";

const FINE = 'export default { instructions: "Help.", description: "Fine" };';

async function load(files: Record<string, string>, options?: LoadOptions): Promise<Personas> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/${name}`, text);
    return await loadPersonas(dir, options);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function faultsOf(files: Record<string, string>, options?: LoadOptions): Promise<string[]> {
  const { faults } = await assertRejects(() => load(files, options), ConfigError);
  return faults.map((fault) => fault.replace(/^.*\//, ""));
}

Deno.test("the shipped personas load, in the order of their names, without warnings", async () => {
  const personas = await loadPersonas("./personas", { persona: "assistant" });
  assertEquals([...personas.keys()], ["assistant", "navigationGuide", "sportsCommentator", "supportAgent"]);
  for (const { description, voice, greeting, style, instructions, warnings } of personas.values()) {
    assert(description && voice && greeting && style && instructions);
    assertEquals(warnings, []);
  }
});

Deno.test("a persona is named after its file, .ts, .js and .mjs alike", async () => {
  const personas = await load({ "one.ts": FINE, "Two-2.js": FINE, "three_3.mjs": FINE });
  assertEquals([...personas.keys()], ["Two-2", "one", "three_3"]);
  assertMatch(personas.get("one")!.file, /\/one\.ts$/);
  assertEquals(personas.get("one")!.name, "one");
});

Deno.test("what is no persona is left alone", async () => {
  const other = "throw new Error('loaded');";
  const personas = await load({
    "one.ts": FINE,
    "one.test.ts": other,
    "one_test.ts": other,
    "one.rehearsal.ts": other,
    "one.d.ts": other,
    "_shared.ts": other,
    ".hidden.ts": other,
    "README.md": other,
    "deno.json": "{}",
  });
  assertEquals([...personas.keys()], ["one"]);
});

Deno.test("all faults of all files are told at once, each with its file and field", async () => {
  const faults = await faultsOf({
    "a-syntax.ts": "export default {",
    "b-throws.ts": "throw new Error('No such luck\\nand more');",
    "c-missing.ts": 'import "./nowhere.ts"; export default {};',
    "d-noDefault.ts": 'export const persona = { instructions: "x" };',
    "e-fields.ts":
      'export default { instructions: "x", voice: "nova", turn: { type: "server_vad", threshold: 2 } };',
    "f-fine.ts": FINE,
    "1bad.ts": FINE,
  });
  assertEquals(faults.length, 7);
  assertMatch(faults[0]!, /^1bad\.ts: the name must be a letter/);
  assertMatch(faults[1]!, /^a-syntax\.ts: can't be loaded: /);
  assertMatch(faults[2]!, /^b-throws\.ts: can't be loaded: No such luck$/);
  assertMatch(faults[3]!, /nowhere\.ts/);
  assertMatch(faults[4]!, /^d-noDefault\.ts: has no default export/);
  assertMatch(faults[5]!, /^e-fields\.ts: voice must be one of /);
  assertMatch(faults[6]!, /^e-fields\.ts: turn\.threshold .*: 2$/);
  assert(faults.every((fault) => !fault.includes("\n")));
});

Deno.test("two files of one name are a fault", async () => {
  const faults = await faultsOf({ "one.js": FINE, "one.ts": FINE });
  assertEquals(faults.length, 1);
  assertMatch(faults[0]!, /one\.js$/);
});

Deno.test("an empty folder and a missing one are faults", async () => {
  assertMatch(
    (await assertRejects(() => load({ "README.md": "" }), ConfigError)).message,
    /holds no persona: "/,
  );
  const missing = await assertRejects(() => loadPersonas("/nowhere/personas"), ConfigError);
  assertMatch(missing.message, /^PERSONAS_DIR can't be read: "\/nowhere\/personas"/);
});

Deno.test("a default persona that does not exist is a fault that lists the names", async () => {
  const faults = await faultsOf({ "one.ts": FINE, "two.ts": FINE }, { persona: "three" });
  assertEquals(faults, ['PERSONA must name one of the personas one, two: "three"']);
});

Deno.test("a model with a shutdown date is a warning with the date, reasoning without effect another", async () => {
  const personas = await load({
    "old.ts": `export default { instructions: "x", model: "gpt-realtime", reasoning: "low",
      transcription: { model: "whisper-1" } };`,
  });
  const { warnings } = personas.get("old")!;
  assertEquals(warnings.length, 3);
  assertMatch(warnings[0]!, /old\.ts: model gpt-realtime shuts down on 2027-01-20; use gpt-realtime-2\.1$/);
  assertMatch(warnings[1]!, /transcription\.model whisper-1 shuts down on 2027-02-26/);
  assertMatch(warnings[2]!, /reasoning has no effect/);
});

Deno.test("files are read by the importer that is given, else from the module cache", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const write = (text: string) =>
      Deno.writeTextFile(`${dir}/one.ts`, `export default { instructions: "${text}" };`);
    const read = async (options?: LoadOptions) => (await loadPersonas(dir, options)).get("one")!.instructions;
    await write("first");
    assertEquals(await read(), "first");
    await write("second");
    assertEquals(await read(), "first");
    assertEquals(await read({ importFile: (file) => importFile(file, "?anew") }), "second");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("handoffs to nobody and to oneself are faults that name file, field and the others", async () => {
  const faults = await faultsOf({
    "a.ts": 'export default { instructions: "x", handoffs: { b: "Fine.", salse: "Typo.", a: "Myself." } };',
    "b.ts": 'export default { instructions: "x", handoffs: { broken: "Told with its own fault." } };',
    "broken.ts": "export default {};",
  });
  assertEquals(faults, [
    "broken.ts: must have a style, instructions or both",
    'a.ts: handoffs.salse must name another persona, one of b, broken: "salse"',
    "a.ts: handoffs.a is the persona itself",
  ]);
  const alone = 'export default { instructions: "x", handoffs: { b: "x" } };';
  assertEquals(await faultsOf({ "a.ts": alone }), [
    'a.ts: handoffs.b must name another persona, there is no other: "b"',
  ]);
});

Deno.test("personas may hand to each other", async () => {
  const to = (name: string) => `export default { instructions: "x", handoffs: { ${name}: "When." } };`;
  const personas = await load({ "a.ts": to("b"), "b.ts": to("a") });
  assertEquals(personas.get("a")!.handoffs, { b: "When." });
});

const MCP = `export default { instructions: "x", mcp: [
  { label: "crm", url: "https://crm.example", authorizationEnv: "CRM_TOKEN" },
  { label: "open", url: "https://open.example" },
] };`;

Deno.test("the token of an MCP server comes from the environment, and shows in no text of the persona", async () => {
  const secret = (name: string) => name === "CRM_TOKEN" ? "s3cret" : undefined;
  const persona = (await load({ "one.ts": MCP }, { secret })).get("one")!;
  assertEquals([...persona.secrets!], [["CRM_TOKEN", "s3cret"]]);
  assertEquals(persona.warnings, []);
  assert(!JSON.stringify(persona).includes("s3cret"));
});

Deno.test("a token that is not set is a warning that names the variable", async () => {
  const { warnings } = (await load({ "one.ts": MCP }, { secret: () => undefined })).get("one")!;
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0]!, /one\.ts: mcp crm is left out, as CRM_TOKEN is not set$/);
});
