import { assertEquals, assertStringIncludes } from "@std/assert";
import { startCeiling } from "../../lib/call/ceiling.ts";
import { createLog } from "../../lib/log.ts";
import type { Ami, AmiAnswer } from "../../lib/tools/ami.ts";
import { VirtualClock } from "../support/clock.ts";

function ceiling(minutes: number | undefined) {
  const clock = new VirtualClock();
  const done: string[] = [];
  const logged: string[] = [];
  const answer = Promise.withResolvers<AmiAnswer>();
  const ami: Ami = {
    hangup(uuid) {
      done.push(`hangup ${uuid} at ${clock.now()}`);
      return answer.promise;
    },
    transfer: () => answer.promise,
  };
  const log = createLog({ write: (line) => logged.push(line) });
  const stop = startCeiling({ clock, uuid: "u-1", minutes, ami, log, end: () => done.push("end") });
  return { clock, done, logged, answer, stop };
}

Deno.test("ceiling: the phone is hung up, then the call ends, whatever avr-ami says", async () => {
  const { clock, done, logged, answer } = ceiling(2);
  await clock.run(119_999);
  assertEquals(done, []);
  await clock.run(1);
  assertEquals(done, ["hangup u-1 at 120000"]);
  assertStringIncludes(logged[0]!, "MAX_CALL_MINUTES");
  answer.resolve({ ok: false, status: 404, words: "" });
  await clock.run(0);
  assertEquals(done, ["hangup u-1 at 120000", "end"]);
});

Deno.test("ceiling: a call that ends before it leaves nothing behind", async () => {
  const { clock, done, stop } = ceiling(2);
  await clock.run(60_000);
  stop();
  assertEquals(clock.pending, 0);
  await clock.run(120_000);
  assertEquals(done, []);
});

Deno.test("ceiling: a call that ends while avr-ami is asked is not ended again", async () => {
  const { clock, done, answer, stop } = ceiling(1);
  await clock.run(60_000);
  stop();
  answer.resolve({ ok: true, message: "" });
  await clock.run(0);
  assertEquals(done, ["hangup u-1 at 60000"]);
});

Deno.test("ceiling: none is set without MAX_CALL_MINUTES", () => {
  assertEquals(ceiling(undefined).clock.pending, 0);
});
