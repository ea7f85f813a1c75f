import { assertEquals, assertGreater } from "@std/assert";
import { createGarbage } from "../support/garbage.ts";
import { fuzzLine } from "../support/fuzz.ts";
import { dialIn } from "../support/phone.ts";
import { startService } from "../support/service.ts";

Deno.test("fuzz: nothing that a phone sends throws, is told wrongly or leaves a timer", () => {
  const { faults, understood, messages } = fuzzLine(6000, 1);
  assertEquals(faults, []);
  // Neither all garbage nor all valid: both would prove nothing.
  assertGreater(understood, messages / 10);
  assertGreater(messages, understood * 2);
});

Deno.test("fuzz: a line that ends at a limit in the midst of it leaves the next one whole", () => {
  const outcome = fuzzLine(3000, 2);
  assertEquals(outcome.faults, []);
  assertGreater(outcome.ended, 0);
});

Deno.test("fuzz: a live call stands hostile messages, and the service takes the next call", async () => {
  await using service = startService();
  const garbage = createGarbage(3, [{ type: "audio", audio: "AAAA" }, { type: "init", uuid: "other" }]);
  const phone = await dialIn(service.url, { uuid: "u-1" });
  await phone.next("greeting", ({ type }) => type === "transcript");
  for (let count = 0; count < 300; count++) phone.sendRaw(garbage());
  phone.send({ type: "dtmf_digit", digit: "5" });
  while (!service.events.some(({ type }) => type === "digit") && !phone.isClosed()) {
    await new Promise((wake) => setTimeout(wake, 1));
  }
  assertEquals(phone.isClosed(), false);
  assertEquals(service.logged.filter((line) => line.includes(" error ")), []);
  await phone.hangUp();
  const next = await dialIn(service.url);
  await next.next("greeting", ({ type }) => type === "transcript");
  await next.hangUp();
});
