import { assert, assertEquals } from "@std/assert";
import { Recovery } from "../../lib/call/recovery.ts";
import { VirtualClock } from "../support/clock.ts";

function outage(limitMs = 30_000, random = () => 1) {
  const clock = new VirtualClock();
  const recovery = new Recovery(clock, limitMs, random);
  const dialsAtMs: number[] = [];
  let gaveUpAtMs: number | undefined;
  const fail = () => {
    if (
      !recovery.again(() => {
        dialsAtMs.push(clock.now());
        fail();
      })
    ) gaveUpAtMs = clock.now();
  };
  return { clock, recovery, dialsAtMs, fail, gaveUp: () => gaveUpAtMs };
}

Deno.test("recovery: dials soon, then ever later, and gives up in time", () => {
  const { clock, dialsAtMs, fail, gaveUp } = outage();
  fail();
  clock.advance(60_000);
  assertEquals(dialsAtMs, [250, 750, 1750, 3750, 7750, 15_750, 23_750]);
  assertEquals(gaveUp(), 23_750);
  assertEquals(clock.pending, 0);
});

Deno.test("recovery: many calls that lost one server do not come back as one", () => {
  const first = (seed: number) => {
    const { clock, dialsAtMs, fail } = outage(30_000, () => seed);
    fail();
    clock.advance(1000);
    return dialsAtMs[0]!;
  };
  assert(first(0) < first(0.5) && first(0.5) < first(1));
});

Deno.test("recovery: a session that comes back starts the count anew", () => {
  const { clock, recovery, dialsAtMs } = outage();
  recovery.again(() => dialsAtMs.push(clock.now()));
  clock.advance(1000);
  recovery.done();
  assertEquals(recovery.lostMs, undefined);
  recovery.again(() => dialsAtMs.push(clock.now()));
  clock.advance(1000);
  assertEquals(dialsAtMs, [250, 1250]);
});

Deno.test("recovery: switched off, it gives up at once", () => {
  const { clock, fail, gaveUp } = outage(0);
  fail();
  assertEquals(gaveUp(), 0);
  assertEquals(clock.pending, 0);
});

Deno.test("recovery: a call that ends leaves no timer", () => {
  const { clock, recovery, fail } = outage();
  fail();
  recovery.stop();
  assertEquals(clock.pending, 0);
});
