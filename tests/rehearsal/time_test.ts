import { assert, assertEquals, assertRejects } from "@std/assert";
import { inSceneTime, virtualTime } from "../../lib/rehearsal/time.ts";
import { VirtualClock } from "../../lib/rehearsal/virtual-clock.ts";

const real = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

Deno.test("virtual time stands still until what is held is over, and goes on when it fails", async () => {
  const clock = new VirtualClock();
  let doneAtMs = -1;
  clock.hold(real(30).then(() => doneAtMs = clock.now()));
  await clock.run(1000);
  assertEquals(doneAtMs, 0);
  const failing = clock.hold(real(10).then(() => Promise.reject(new Error("broken"))));
  const told = assertRejects(() => failing, Error, "broken");
  await clock.run(1000);
  await told;
  assertEquals(clock.now(), 2000);
});

Deno.test("virtual time: what is held only later stops it then", async () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  clock.after(500, () => void clock.hold(real(20).then(() => seen.push(clock.now()))));
  clock.after(510, () => seen.push(clock.now()));
  await clock.run(1000);
  assertEquals(seen, [500, 510]);
});

Deno.test("virtual time goes on without what never comes, after the machine has waited", async () => {
  const time = virtualTime();
  const never = new Promise<void>(() => {});
  time.hold(never, 50);
  const before = performance.now();
  await time.pass(new Promise<void>((resolve) => time.clock.after(100, resolve)));
  assert(performance.now() - before >= 45);
});

Deno.test("a wait inside of held work takes the call's time, alone or side by side", async () => {
  const time = virtualTime();
  const work = inSceneTime(time, async (wait) => {
    await real(20);
    const early = time.clock.now();
    await wait(3000);
    await real(20);
    await Promise.all([wait(100), wait(200)]);
    return [early, time.clock.now()];
  });
  assertEquals(await time.pass(work), [0, 3200]);
});

Deno.test("work that fails in its own time does not hold the call's", async () => {
  const time = virtualTime();
  await assertRejects(() => time.pass(inSceneTime(time, () => Promise.reject(new Error("no")))), Error, "no");
  await time.pass(new Promise<void>((resolve) => time.clock.after(100, resolve)));
});
