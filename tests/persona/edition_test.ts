import { assertEquals, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { Edition } from "../../lib/persona/edition.ts";
import type { SandboxedTool } from "../../lib/tools/define.ts";
import { importFault } from "../../lib/tools/import-file.ts";
import { Sandbox } from "../../lib/tools/sandbox.ts";
import { sandboxed } from "../../lib/tools/sandboxed.ts";
import { type Folder, makeFolder } from "../support/folder.ts";
import { toolCall } from "../support/tool-call.ts";

/** Deno itself waits for modules that hooks load, from the first edition on. */
const test = (name: string, fn: () => Promise<void>) => Deno.test({ name, fn, sanitizeOps: false });

/** Reads a file and all that it imports. */
async function read(folder: Folder, file: string): Promise<{ edition: Edition; value: unknown }> {
  const edition = new Edition();
  try {
    return { edition, value: (await edition.import(`${folder.path}/${file}`)).default };
  } finally {
    edition.seal();
  }
}

test("an edition reads a file anew with all that it imports, JSON and what comes later included", async () => {
  await using folder = await makeFolder({
    "one.ts": `import { shared } from "./_shared.ts";
      export default { now: () => shared, later: async () => (await import("./_later.ts")).later };`,
    "_shared.ts": `import { deep } from "./deep/_deep.mjs";
      import data from "./_data.json" with { type: "json" };
      import text from "./_text.md" with { type: "text" };
      export const shared: string = deep + " " + data.word + " " + text;`,
    "_text.md": "text",
    "deep/_deep.mjs": `export const deep = "deep";`,
    "_data.json": `{ "word": "first" }`,
    "_later.ts": `export const later = "first";`,
  });
  type Value = { now(): string; later(): Promise<string> };
  const first = (await read(folder, "one.ts")).value as Value;
  await folder.write("_data.json", `{ "word": "second" }`);
  await folder.write("deep/_deep.mjs", `export const deep = "deeper";`);
  await folder.write("_text.md", "changed");
  const second = (await read(folder, "one.ts")).value as Value;
  await folder.write("_later.ts", `export const later = "third";`);
  const third = (await read(folder, "one.ts")).value as Value;
  assertEquals([first.now(), second.now()], ["deep first text", "deeper second changed"]);
  assertEquals(await third.later(), "third");
});

test("our own code and packages are one for all editions", async () => {
  await using folder = await makeFolder({
    "one.ts":
      `import { definePersona } from "parley"; import { z } from "zod"; export default [definePersona, z];`,
  });
  const [one] = (await read(folder, "one.ts")).value as unknown[];
  const [other] = (await read(folder, "one.ts")).value as unknown[];
  assertStrictEquals(one, definePersona);
  assertStrictEquals(other, definePersona);
});

test("a file that can't be read or parsed is told of with its line, and can be read when it is mended", async () => {
  await using folder = await makeFolder({
    "one.ts": `import "./_shared.ts";\nexport default 1;`,
    "_shared.ts": `export const a = 1;\nexport const b = [1`,
  });
  const fault = async () => importFault(await assertRejects(() => read(folder, "one.ts")));
  assertMatch(await fault(), /^SyntaxError: .* \(_shared\.ts, line 2\)$/);
  await folder.remove("_shared.ts");
  assertMatch(await fault(), /^Module not found "file:.*\/_shared\.ts"\.$/);
  await folder.write("_shared.ts", `throw new Error("At the top\\nand more");`);
  assertEquals(await fault(), "At the top");
  await folder.write("_shared.ts", "");
  assertEquals((await read(folder, "one.ts")).value, 1);
});

test("JSON that a CommonJS package requires is no code, while an edition is read and in a sandbox", async () => {
  await using folder = await makeFolder({
    "one.ts": `import { defineTool } from "parley"; import word from "./package.cjs";
      export default defineTool({ name: "says", description: "Says.", run: () => word });`,
    "package.cjs": `module.exports = require("./package.json").word;`,
    "package.json": `{ "word": "from JSON" }`,
  });
  const { edition, value } = await read(folder, "one.ts");
  assertEquals(await run(edition, value as SandboxedTool, [folder.path]), "from JSON");
});

const TOOL = `import { defineTool } from "parley";
  import { word } from "./_word.ts";
  import data from "./_data.json" with { type: "json" };
  import text from "./_text.md" with { type: "text" };
  enum Kind { Old = "old" }
  export default defineTool({
    name: "says", description: "Says.",
    async run() {
      const tries = await Promise.allSettled([
        (async () => Deno.readTextFile(new URL(import.meta.url)))(),
        fetch("http://127.0.0.1:8009/"),
        (async () => Deno.env.get("HOME"))(),
      ]);
      return [Kind.Old, word, data.word, text, ...tries.map((each) => each.reason?.name ?? "allowed")].join(" ");
    },
  });`;

test("a sandbox runs what was read, with no right to read it, whatever is on the disk when it starts", async () => {
  await using folder = await makeFolder({
    "tool.ts": TOOL,
    "_word.ts": `export const word: string = "word";`,
    "_data.json": `{ "word": "data" }`,
    "_text.md": "text",
  });
  const { edition, value } = await read(folder, "tool.ts");
  const before = "old word data text NotCapable NotCapable NotCapable";
  await folder.write("_word.ts", `export const word = "new word";`);
  const after = await read(folder, "tool.ts");
  await folder.write("tool.ts", "export default {{{");
  await folder.remove("_data.json");
  assertEquals(await run(edition, value as SandboxedTool), before);
  assertEquals(
    await run(after.edition, after.value as SandboxedTool),
    before.replace("word", "new word"),
  );
});

test("a top level that throws in the sandbox alone is answered for, and told to the operator", async () => {
  await using folder = await makeFolder({
    "tool.ts": `import { defineTool } from "parley";
      Deno.readTextFileSync(import.meta.filename!);
      export default defineTool({ name: "says", description: "Says.", run: () => "done" });`,
  });
  const { edition, value } = await read(folder, "tool.ts");
  const call = toolCall();
  const text = await run(edition, value as SandboxedTool, [], call);
  assertMatch(text, /stopped working/);
  assertMatch(call.logged.join("\n"), /sandbox was ended.*top level.*Requires read access/);
});

async function run(
  edition: Edition,
  definition: SandboxedTool,
  readable: string[] = [],
  call = toolCall(),
): Promise<string> {
  const file = edition.files[0]!;
  const sandbox = new Sandbox({
    name: definition.name,
    ...edition.sandboxOf(file, { ...definition.permissions, read: readable }),
    clock: systemClock,
    log: call.log,
  });
  try {
    const outcome = await sandboxed(definition, sandbox).run({}, call);
    return outcome.kind === "control" ? "control" : outcome.text;
  } finally {
    sandbox.close();
  }
}
