import { assertEquals } from "@std/assert";
import { provideEnvironment } from "../../lib/config/provide.ts";

Deno.test("what tools may read of .env gets into the environment; what is set or not named stays as it is", async () => {
  const file = await Deno.makeTempFile();
  const names = ["PARLEY_TEST_A", "PARLEY_TEST_B", "PARLEY_TEST_C", "PARLEY_TEST_D"];
  const [a, b, c, d] = names as [string, string, string, string];
  await Deno.writeTextFile(file, `${a}=file\n${b}="of\\nfile"\n${d}=not named\n`);
  Deno.env.set(a, "real");
  try {
    provideEnvironment([a, b, c], file);
    assertEquals(names.map((name) => Deno.env.get(name)), ["real", "of\nfile", undefined, undefined]);
  } finally {
    for (const name of names) Deno.env.delete(name);
    await Deno.remove(file);
  }
});
