import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { z } from "zod";
import { defineTool } from "../../lib/tools/define.ts";

Deno.test("a definition is completed with the defaults: no permission at all", () => {
  assertEquals(defineTool({ name: "time", description: "Tells the time.", run: () => "12:00" }), {
    kind: "sandboxed",
    name: "time",
    description: "Tells the time.",
    parameters: { type: "object", properties: {}, additionalProperties: false },
    permissions: { net: [], env: [], read: [] },
    timeoutSeconds: 10,
    effect: "read",
    confirm: false,
  });
});

Deno.test("the arguments are typed by the schema, and the model is told what it has to write", () => {
  const { parameters } = defineTool({
    name: "order",
    description: "Looks up an order.",
    input: z.object({
      id: z.string().regex(/^\d+$/).describe("Number of the order"),
      detail: z.enum(["short", "full"]).default("short"),
    }),
    run({ id, detail }) {
      const typed: [string, "short" | "full"] = [id, detail];
      return typed;
    },
  });
  assertEquals(parameters, {
    type: "object",
    properties: {
      id: { type: "string", pattern: "^\\d+$", description: "Number of the order" },
      detail: { type: "string", enum: ["short", "full"], default: "short" },
    },
    required: ["id"],
  });
});

const FAULTS: [what: object, fault: RegExp][] = [
  [{ name: "a b" }, /name must be up to 64 letters, digits, _ and -: "a b"/],
  [{ name: "x".repeat(65) }, /name must be up to 64/],
  [{ description: " " }, /description must not be empty/],
  [{ input: z.string() }, /input must be a z\.object/],
  [{ net: ["crm.example.com"] }, /net\.0 must name host and port, such as .*: "crm\.example\.com"/],
  [{ net: ["https://crm.example.com:443"] }, /net\.0 must name host and port/],
  [{ net: ["a:1,b:2"] }, /net\.0 must name host and port/],
  [{ env: ["A=1"] }, /env\.0 must be the name of a variable/],
  [{ read: ["a b"] }, /read\.0 must be a path without spaces/],
  [{ timeoutSeconds: 121 }, /timeoutSeconds .*120/],
  [{ effect: "delete" }, /effect .*"read"\|"write"/],
  [{ timeout: 3 }, /Unrecognized key: "timeout"/],
];

Deno.test("whatever is wrong with a definition is told when it is made", () => {
  for (const [what, fault] of FAULTS) {
    const definition = { name: "x", description: "x", run: () => "", ...what };
    assertMatch(assertThrows(() => defineTool(definition), TypeError).message, fault);
  }
  const dated = { name: "x", description: "x", run: () => "", input: z.object({ at: z.date() }) };
  assertMatch(
    assertThrows(() => defineTool(dated), TypeError).message,
    /Tool x can't tell the model its input: Date/,
  );
});
