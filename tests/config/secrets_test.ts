import { assertEquals } from "@std/assert";
import { readSecret } from "../../lib/config/secrets.ts";

Deno.test("a secret is the real environment's, else that of .env, else nothing", async () => {
  const file = await Deno.makeTempFile();
  const name = "PARLEY_TEST_SECRET";
  try {
    await Deno.writeTextFile(file, `${name}="from file"\nOTHER=\n`);
    assertEquals(readSecret(name, file), "from file");
    assertEquals(readSecret("OTHER", file), undefined);
    assertEquals(readSecret(name, `${file}.missing`), undefined);
    Deno.env.set(name, " real ");
    assertEquals(readSecret(name, file), "real");
    Deno.env.set(name, " ");
    assertEquals(readSecret(name, file), "from file");
  } finally {
    Deno.env.delete(name);
    await Deno.remove(file);
  }
});
