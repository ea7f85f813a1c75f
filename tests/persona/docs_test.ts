import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { z } from "zod";
import { phone } from "../../lib/persona/define.ts";
import { loadPersonas } from "../../lib/persona/load.ts";
import { personaSchema } from "../../lib/persona/schema.ts";

const guide = await Deno.readTextFile(new URL("../../docs/personas.md", import.meta.url));

Deno.test("every example of docs/personas.md is a persona that loads without a warning", async () => {
  const examples = [...guide.matchAll(/^( *)```ts\n([^]*?)^ *```$/gm)].map(([, , code]) => code!);
  assert(examples.length > 10);
  const dir = await Deno.makeTempDir();
  try {
    for (const [index, code] of examples.entries()) {
      // One that others hand over to says its file's name.
      const name = /^\/\/ personas\/(\w+)\.ts$/m.exec(code)?.[1] ?? `example${index}`;
      await Deno.writeTextFile(`${dir}/${name}.ts`, code);
    }
    const personas = await loadPersonas(dir);
    assertEquals(personas.size, examples.length);
    for (const { warnings } of personas.values()) assertEquals(warnings, []);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("docs/personas.md lists every field of a persona, and no other", () => {
  const { shape } = personaSchema as unknown as z.ZodObject;
  const table = /## All fields\n([^]*?)\n## /.exec(guide)![1]!;
  const listed = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, field]) => field!);
  assertEquals(listed.sort(), Object.keys(shape).sort());
});

Deno.test("docs/personas.md shows every preset with its values", () => {
  for (const [name, preset] of Object.entries(phone)) {
    const row = guide.split("\n").find((line) => line.startsWith(`| \`phone.${name}`)) ?? "";
    if (typeof preset === "function") assertStringIncludes(row, "by meaning");
    else {
      const { silenceMs, threshold, prefixPaddingMs } = preset;
      assertStringIncludes(
        row,
        `silence ${silenceMs} ms, threshold ${threshold}, padding ${prefixPaddingMs} ms`,
      );
    }
  }
});
