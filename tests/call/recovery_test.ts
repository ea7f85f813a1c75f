import { assert, assertEquals } from "@std/assert";
import { Recovery } from "../../lib/call/recovery.ts";
import { VirtualClock } from "../support/clock.ts";

function outage({ limitMs = 30_000, random = (): number => 1, failing = true } = {}) {
  const clock = new VirtualClock();
  const dialsAtMs: number[] = [];
  let gaveUp: { atMs: number; reason: string } | undefined;
  const recovery: Recovery = new Recovery({
    clock,
    limitMs,
    random,
    dial() {
      dialsAtMs.push(clock.now());
      if (failing) recovery.again(`Dial ${dialsAtMs.length} failed`);
    },
    giveUp: (reason) => gaveUp = { atMs: clock.now(), reason },
  });
  return { clock, recovery, dialsAtMs, gaveUp: () => gaveUp };
}

Deno.test("recovery: dials soon, then ever later, and gives up in time with the last reason", () => {
  const { clock, recovery, dialsAtMs, gaveUp } = outage();
  recovery.again("Lost");
  clock.advance(60_000);
  assertEquals(dialsAtMs, [250, 750, 1750, 3750, 6750, 9750, 12_750, 15_750, 18_750, 21_750, 24_750, 27_750]);
  assertEquals(gaveUp(), { atMs: 30_000, reason: "Dial 12 failed" });
  assertEquals(clock.pending, 0);
});

Deno.test("recovery: a dial that hangs does not hold the end of the time", () => {
  const { clock, recovery, dialsAtMs, gaveUp } = outage({ failing: false });
  recovery.again("Lost");
  clock.advance(60_000);
  assertEquals(dialsAtMs, [250]);
  assertEquals(gaveUp(), { atMs: 30_000, reason: "Lost" });
});

Deno.test("recovery: many calls that lost one server do not come back as one", () => {
  const first = (seed: number) => {
    const { clock, recovery, dialsAtMs } = outage({ random: () => seed });
    recovery.again("Lost");
    clock.advance(1000);
    return dialsAtMs[0]!;
  };
  assert(first(0) < first(0.5) && first(0.5) < first(1));
});

Deno.test("recovery: a session that comes back starts the count and the time anew", () => {
  const { clock, recovery, dialsAtMs, gaveUp } = outage({ failing: false });
  recovery.again("Lost");
  clock.advance(1000);
  assertEquals(recovery.lostMs, 1000);
  recovery.done();
  assertEquals(recovery.lostMs, undefined);
  clock.advance(29_500);
  assertEquals(gaveUp(), undefined);
  recovery.again("Lost again");
  clock.advance(1000);
  assertEquals(dialsAtMs, [250, 30_750]);
});

Deno.test("recovery: switched off, it gives up at once", () => {
  const { clock, recovery, gaveUp } = outage({ limitMs: 0 });
  recovery.again("Lost");
  assertEquals(gaveUp(), { atMs: 0, reason: "Lost" });
  assertEquals(clock.pending, 0);
});

Deno.test("recovery: a call that ends leaves no timer", () => {
  const { clock, recovery } = outage();
  recovery.again("Lost");
  recovery.stop();
  assertEquals(clock.pending, 0);
});
