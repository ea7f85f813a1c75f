import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { z } from "zod";
import { writeWav } from "../../lib/audio/wav.ts";
import { phone } from "../../lib/persona/define.ts";
import { loadPersonas } from "../../lib/persona/load.ts";
import { personaSchema } from "../../lib/persona/schema.ts";
import { rehearseCommand } from "../../lib/rehearsal/command.ts";

const REHEARSAL = /^ *\/\/ personas\/(\w+)\.rehearsal\.ts$/m;

const guide = await Deno.readTextFile(new URL("../../docs/personas.md", import.meta.url));

Deno.test("every example of docs/personas.md is a persona that loads without a warning", async () => {
  const examples = [...guide.matchAll(/^( *)```ts\n([^]*?)^ *```$/gm)].map(([, , code]) => code!);
  const rehearsals = examples.filter((code) => REHEARSAL.test(code));
  assert(examples.length > 10);
  const dir = await Deno.makeTempDir();
  try {
    for (const [index, code] of examples.entries()) {
      // One that others hand over to says its file's name.
      const name = /^ *\/\/ personas\/(\w+)\.ts$/m.exec(code)?.[1] ?? `example${index}`;
      if (!rehearsals.includes(code)) await Deno.writeTextFile(`${dir}/${name}.ts`, code);
      for (const [, file] of code.matchAll(/\bfile: "([\w-]+\.wav)"/g)) {
        await Deno.writeFile(`${dir}/${file}`, writeWav(8000, new Int16Array(8000)));
      }
    }
    const personas = await loadPersonas(dir);
    assertEquals(personas.size, examples.length - rehearsals.length);
    for (const { warnings } of personas.values()) assertEquals(warnings, []);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("the rehearsals of docs/personas.md hold, with the persona beside them", async () => {
  const codeOf = (name: string) =>
    [...guide.matchAll(/^( *)```ts\n([^]*?)^ *```$/gm)].map(([, , code]) => code!)
      .filter((code) => code.trimStart().startsWith(`// personas/${name}\n`));
  const [persona] = codeOf("clockMuseum.ts");
  const rehearsals = codeOf("clockMuseum.rehearsal.ts");
  assertEquals(rehearsals.length, 2);
  const dir = await Deno.makeTempDir();
  try {
    for (const [index, rehearsal] of rehearsals.entries()) {
      await Deno.writeTextFile(`${dir}/museum${index}.ts`, persona!);
      await Deno.writeTextFile(`${dir}/museum${index}.rehearsal.ts`, rehearsal);
    }
    const told: string[] = [];
    const tell = (line: string) => void told.push(line);
    const env = { PERSONAS_DIR: dir, PERSONA: "museum0" };
    assertEquals(await rehearseCommand([], () => env, { out: tell, error: tell }), 0, told.join("\n"));
    assertStringIncludes(told.at(-1)!, "6 held, 0 failed");
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
