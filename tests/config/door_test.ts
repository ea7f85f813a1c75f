import { assertEquals, assertThrows } from "@std/assert";
import { readConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";

const graceMs = (seconds?: string) =>
  readConfig(seconds === undefined ? {} : { LINE_GRACE_SECONDS: seconds }).limits.lineGraceMs;

Deno.test("a lost line is waited for 2 s, or as told, never so long that what is kept for it runs over", () => {
  assertEquals([graceMs(), graceMs("0"), graceMs("30")], [2000, 0, 30_000]);
  for (const wrong of ["31", "-1", "1.5", "soon"]) assertThrows(() => graceMs(wrong), ConfigError);
});
