import { assertEquals, assertThrows } from "@std/assert";
import { readConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";

const faultsOf = (env: Record<string, string>) =>
  assertThrows(() => readConfig(env), ConfigError).faults.map(String);

Deno.test("METRICS: who may read them is one of four, and nothing that looks like yes", () => {
  for (const mode of ["auto", "open", "off"]) assertEquals(readConfig({ METRICS: mode }).metrics, mode);
  for (const mode of ["on", "true", "private"]) {
    assertEquals(faultsOf({ METRICS: mode }).length, 1);
  }
});

Deno.test("METRICS: token without AUTH_TOKEN would show them to nobody, which is a fault", () => {
  assertEquals(faultsOf({ METRICS: "token" }), ["METRICS is token, for which AUTH_TOKEN must be set"]);
  assertEquals(readConfig({ METRICS: "token", AUTH_TOKEN: "0123456789abcdef" }).metrics, "token");
});
