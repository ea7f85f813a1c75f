import { assert, assertEquals, assertMatch } from "@std/assert";
import { z } from "zod";
import { definePersona } from "../../lib/persona/define.ts";
import { declaredNames, readVariables } from "../../lib/persona/variables.ts";

const plain = { instructions: "x" };
const schema = z.object({
  from: z.string().regex(/^\+?\d+$/).optional(),
  tier: z.enum(["free", "pro"]).default("free"),
  age: z.coerce.number().int().max(150).optional(),
});
const typed = definePersona({ instructions: "x", variables: schema });

Deno.test("without a schema all parameters are texts, but the persona's name and the token", () => {
  const url = new URL("ws://host:6030/guide?persona=guide&token=secret&from=%2B39&to=5001&x-note=a%20b");
  assertEquals(readVariables(plain, url), {
    variables: { from: "+39", to: "5001", "x-note": "a b" },
    warnings: [],
  });
  assertEquals(readVariables(plain, url.searchParams), readVariables(plain, url));
});

Deno.test("a schema coerces, fills in defaults and leaves out what it does not have", () => {
  assertEquals(readVariables(typed, new URLSearchParams("from=123&age=42&other=1")), {
    variables: { from: "123", tier: "free", age: 42 },
    warnings: [],
  });
});

Deno.test("a faulty parameter is left out and named without its value, the others stay", () => {
  const { variables, warnings } = readVariables(typed, new URLSearchParams("from=evil&tier=gold&age=7"));
  assertEquals(variables, { tier: "free", age: 7 });
  assertEquals(warnings.map((warning) => warning.split(" ")[2]), ["from", "tier"]);
  assert(!/evil|gold/.test(warnings.join()), warnings.join());
});

Deno.test("a strict schema's unknown parameters are left out by name", () => {
  const strict = { ...plain, variables: z.strictObject({ from: z.string().optional() }) };
  const { variables, warnings } = readVariables(strict, new URLSearchParams("from=1&other=secret"));
  assertEquals(variables, { from: "1" });
  assertEquals(warnings, ["Query parameter other is left out, as the persona's variables do not take it"]);
});

Deno.test("a fault of several parameters together leaves all of them out", () => {
  const pair = z.object({ low: z.coerce.number().default(0), high: z.coerce.number().default(9) })
    .refine(({ low, high }) => low < high, "out of order");
  const { variables, warnings } = readVariables(
    { ...plain, variables: pair },
    new URLSearchParams("low=5&high=1"),
  );
  assertEquals([variables, warnings.length], [{ low: 0, high: 9 }, 2]);
});

Deno.test("a fault that only shows when another is gone is found too", () => {
  const late = z.object({ a: z.string().max(1).optional(), b: z.string().optional() })
    .superRefine(({ b }, context) => {
      if (b === "bad") context.addIssue({ code: "custom", path: ["b"], message: "bad" });
    });
  const { variables, warnings } = readVariables(
    { ...plain, variables: late },
    new URLSearchParams("a=long&b=bad"),
  );
  assertEquals([variables, warnings.length], [{}, 2]);
});

Deno.test("a schema that throws leaves everything out instead of ending the call", () => {
  const throwing = z.object({
    a: z.string().transform((): string => {
      throw new Error("secret");
    }).optional(),
  });
  const { variables, warnings } = readVariables(
    { ...plain, variables: throwing },
    new URLSearchParams("a=1"),
  );
  assertEquals([variables, warnings.length], [{}, 1]);
});

Deno.test("parameters are bounded in number, name and length", () => {
  const many = new URLSearchParams(Array.from({ length: 70 }, (_, index) => [`p${index}`, "1"]));
  const bounded = readVariables(plain, many);
  assertEquals(Object.keys(bounded.variables).length, 64);
  assertEquals(bounded.warnings, ["Query parameters beyond 64 are left out: 6"]);

  const value = "x".repeat(1024);
  assertEquals(readVariables(plain, new URLSearchParams({ a: value })).variables, { a: value });
  const long = readVariables(plain, new URLSearchParams({ a: value + "x", b: "1" }));
  assertEquals(long.variables, { b: "1" });
  assertEquals(long.warnings, ["Query parameter a is left out, as it is longer than 1024 characters"]);

  const strange = readVariables(plain, new URLSearchParams("__proto__=1&1a=1&a%0Ab=1&=1&a.b=1&ok=1"));
  assertEquals(strange.variables, { ok: "1" });
  assertEquals(strange.warnings, ["Query parameters with names of another form are left out: 5"]);
});

Deno.test("of a repeated parameter the first counts, and the names of Object are names like others", () => {
  const query = new URLSearchParams("from=1&from=2&constructor=c&toString=t");
  assertEquals(readVariables(plain, query).variables, { from: "1", constructor: "c", toString: "t" });
});

Deno.test("the names of a schema are known where it is one of an object", () => {
  assertEquals([...declaredNames(schema)!], ["from", "tier", "age"]);
  assertEquals(declaredNames(z.record(z.string(), z.string())), undefined);
  assertEquals(declaredNames(undefined), undefined);
});

Deno.test("a record as a schema takes every parameter that fits", () => {
  const digits = { ...plain, variables: z.record(z.string(), z.string().regex(/^\d+$/)) };
  const { variables, warnings } = readVariables(digits, new URLSearchParams("a=1&b=x"));
  assertEquals(variables, { a: "1" });
  assertMatch(warnings[0]!, /^Query parameter b is left out/);
});
