import { assertEquals } from "@std/assert";
import { readConfig } from "../../lib/config.ts";
import { flags } from "../../lib/permissions.ts";
import { readExposition } from "../support/exposition.ts";
import { runDeno } from "../support/run.ts";

Deno.test("metrics: they are counted and shown with the rights that the service has, and no other", async () => {
  const script = new URL("../support/run-metrics.ts", import.meta.url).pathname;
  const { code, out, error } = await runDeno(["--no-prompt", ...flags(readConfig({})), script]);
  assertEquals([code, error], [0, ""]);
  const { faults, value } = readExposition(out);
  assertEquals(faults, []);
  assertEquals(value("parley_calls_live"), 4);
});
