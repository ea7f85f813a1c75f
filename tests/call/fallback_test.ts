import { assertEquals } from "@std/assert";
import { fallbackOf } from "../../lib/call/fallback.ts";

Deno.test("fallback: it goes where a transfer of the same words would go", () => {
  assertEquals(fallbackOf({}), undefined);
  const type = "transfer";
  assertEquals(fallbackOf({ fallback: { extension: "2001" } }), {
    type,
    extension: "2001",
    context: "demo",
    priority: 1,
  });
  const whole = { extension: "desk", context: "internal", priority: 7 };
  assertEquals(fallbackOf({ fallback: whole }), { type, ...whole });
});
