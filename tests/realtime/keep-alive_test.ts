import { assertEquals } from "@std/assert";
import { createKeepAlive, PING_MS } from "../../lib/realtime/keep-alive.ts";
import { VirtualClock } from "../support/clock.ts";

function start() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const keepAlive = createKeepAlive({
    clock,
    ping: () => void told.push(`ping ${clock.now()}`),
    lost: () => void told.push(`lost ${clock.now()}`),
  });
  return { clock, told, keepAlive };
}

Deno.test("a peer that says nothing is pinged once, then lost once", () => {
  const { clock, told } = start();
  clock.advance(60_000);
  assertEquals(told, [`ping ${PING_MS}`, `lost ${2 * PING_MS}`]);
  assertEquals(clock.pending, 0);
});

Deno.test("anything heard after a ping counts, what came before it does not", () => {
  const { clock, told, keepAlive } = start();
  clock.advance(9_999);
  keepAlive.heard();
  clock.advance(1);
  clock.advance(9_999);
  keepAlive.heard();
  clock.advance(10_001);
  assertEquals(told, ["ping 10000", "ping 20000", "lost 30000"]);
});

Deno.test("a stopped keep-alive leaves no timer", () => {
  const { clock, told, keepAlive } = start();
  clock.advance(10_000);
  keepAlive.stop();
  assertEquals(clock.pending, 0);
  clock.advance(60_000);
  assertEquals(told, ["ping 10000"]);
});

Deno.test("a machine that slept does not take its peer for lost: what came meanwhile is not read yet", () => {
  let nowMs = 0;
  let due = () => {};
  const told: string[] = [];
  createKeepAlive({
    clock: { now: () => nowMs, after: (_delayMs, fn) => (due = fn, () => {}) },
    ping: () => void told.push(`ping ${nowMs}`),
    lost: () => void told.push(`lost ${nowMs}`),
  });
  for (nowMs of [10_000, 600_000, 610_000]) due();
  assertEquals(told, ["ping 10000", "ping 600000", "lost 610000"]);
});
