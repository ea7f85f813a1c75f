import { assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/dotenv";
import { printEnvExample, printTable, readConfig, VARIABLES } from "../../lib/config.ts";

const root = new URL("../../", import.meta.url);

Deno.test(".env.example is what lib/config/print.ts prints", async () => {
  const shipped = await Deno.readTextFile(new URL(".env.example", root));
  assertEquals(shipped, printEnvExample(), "Run: deno run lib/config/print.ts env > .env.example");
});

/** The formatter aligns the columns of a table: that counts for nothing. */
const unaligned = (table: string) => table.trim().replaceAll(/ +\|/g, " |").replaceAll(/-{3,}/g, "---");

Deno.test("the README's table of variables is what lib/config/print.ts prints", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  const table = /<!-- variables -->\n([^]*?)<!-- \/variables -->/.exec(readme)?.[1] ?? "";
  assertEquals(unaligned(table), unaligned(printTable()), "Run: deno run lib/config/print.ts table");
});

Deno.test("every variable and alias is in both prints", () => {
  for (const { name, alias, help } of VARIABLES) {
    for (const text of [printEnvExample(), printTable()]) {
      assertStringIncludes(text, name);
      if (alias !== undefined) assertStringIncludes(text, alias);
    }
    assertStringIncludes(printEnvExample(), help);
  }
});

Deno.test(".env.example sets nothing as it is, and is valid with every line uncommented", () => {
  assertEquals(parse(printEnvExample()), {});
  const uncommented = printEnvExample().replaceAll(/^# ([A-Z_]+=)/gm, "$1");
  const values = parse(uncommented);
  assertEquals(Object.keys(values).sort(), VARIABLES.map(({ name }) => name).sort() as string[]);
  readConfig(values);
});
