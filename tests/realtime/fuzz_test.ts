import { assertEquals, assertGreater } from "@std/assert";
import { fuzzEvents } from "../support/fuzz.ts";

Deno.test("fuzz: nothing that the model's socket brings throws or is read as what it is not", () => {
  const { faults, understood, messages } = fuzzEvents(6000, 1);
  assertEquals(faults, []);
  assertGreater(understood, messages / 10);
  assertGreater(messages, understood);
});
