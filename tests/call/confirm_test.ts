import { assertEquals } from "@std/assert";
import { Confirmations } from "../../lib/call/confirm.ts";

Deno.test("confirm: what changes something runs only after the caller has had a word", () => {
  const confirmations = new Confirmations();
  const order = { item: "clock", count: 2 };
  assertEquals(confirmations.check("order", order)?.startsWith("Not done yet"), true);
  // The model may not answer its own question.
  assertEquals(confirmations.check("order", order)?.startsWith("Not done yet"), true);
  confirmations.callerSpoke();
  assertEquals(confirmations.check("order", { count: 2, item: "clock" }), undefined);
});

Deno.test("confirm: other arguments are another question, and each yes is good for once", () => {
  const confirmations = new Confirmations();
  confirmations.check("order", { count: 2 });
  confirmations.callerSpoke();
  assertEquals(confirmations.check("order", { count: 3 }) === undefined, false);
  assertEquals(confirmations.check("order", { count: 2 }), undefined);
  assertEquals(confirmations.check("order", { count: 2 }) === undefined, false);
});
