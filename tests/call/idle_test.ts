import { assertEquals } from "@std/assert";
import { Idle, type IdleOptions } from "../../lib/call/idle.ts";
import { VirtualClock } from "../support/clock.ts";

function silence(options: Partial<IdleOptions> = {}) {
  const clock = new VirtualClock();
  const told: string[] = [];
  let busy = 0;
  const idle = new Idle(clock, {
    afterMs: 8000,
    say: ["Are you there?", "Hello?"],
    goodbye: "Goodbye.",
    busyMs: () => busy,
    onSay: (words) => told.push(`${clock.now()} ${words}`),
    onGoodbye: (words) => told.push(`${clock.now()} bye: ${words}`),
    ...options,
  });
  return { clock, told, idle, setBusy: (ms: number) => busy = ms };
}

Deno.test("idle: asks, asks again, says goodbye", () => {
  const { clock, told, idle } = silence();
  idle.start();
  clock.advance(60_000);
  assertEquals(told, ["8000 Are you there?", "16500 Hello?", "25000 bye: Goodbye."]);
  assertEquals(clock.pending, 0);
});

Deno.test("idle: silence counts from the end of what the agent says, not from its beginning", () => {
  const { clock, told, idle, setBusy } = silence();
  idle.start();
  setBusy(Infinity);
  clock.advance(20_000);
  assertEquals(told, []);
  setBusy(0);
  clock.advance(8000);
  assertEquals(told, []);
  clock.advance(500);
  assertEquals(told.length, 1);
});

Deno.test("idle: a caller who answers starts the questions anew", () => {
  const { clock, told, idle } = silence();
  idle.start();
  clock.advance(9000);
  idle.callerActive();
  clock.advance(8500);
  assertEquals(told.map((line) => line.split(" ").slice(1).join(" ")), ["Are you there?", "Are you there?"]);
});

Deno.test("idle: without a goodbye it falls silent, and asks again once the caller was there", () => {
  const { clock, told, idle } = silence({ goodbye: undefined, say: ["Hello?"] });
  idle.start();
  clock.advance(60_000);
  assertEquals(told.length, 1);
  idle.callerActive();
  clock.advance(20_000);
  assertEquals(told.length, 2);
  idle.stop();
  assertEquals(clock.pending, 0);
});
