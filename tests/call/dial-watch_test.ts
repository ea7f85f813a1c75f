import { assertEquals } from "@std/assert";
import { DialWatch } from "../../lib/call/dial-watch.ts";
import type { CallEvent } from "../../lib/call/events.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import { VirtualClock } from "../support/clock.ts";
import { virtualCall } from "../support/virtual-call.ts";

function bench() {
  const clock = new VirtualClock(500);
  const told: CallEvent[] = [];
  const dial = new DialWatch({ clock, model: "m", persona: "p", tell: (event) => told.push(event) });
  return { clock, dial, told };
}

Deno.test("dial: its time is told by parts: until its turn, until the socket is open, until it is ready", () => {
  const { clock, dial, told } = bench();
  clock.advance(30);
  dial.turn();
  clock.advance(200);
  dial.opened();
  clock.advance(70);
  dial.over("ready");
  dial.over("closed");
  assertEquals(told, [{
    type: "dialled",
    outcome: "ready",
    model: "m",
    persona: "p",
    durationMs: 300,
    waitedMs: 30,
    openMs: 200,
  }]);
});

Deno.test("dial: one whose turn never came has only waited", () => {
  const { clock, dial, told } = bench();
  clock.advance(4_000);
  dial.over("closed");
  assertEquals(told, [{
    type: "dialled",
    outcome: "closed",
    model: "m",
    persona: "p",
    durationMs: 4_000,
    waitedMs: 4_000,
  }]);
});

Deno.test("dial: each dial of a call is told once, with a code where it failed", async () => {
  let sockets = 0;
  const it = virtualCall({
    persona: { instructions: "Speak.", greeting: "Hello." },
    simulator: { agent: script([say("Hello.")]) },
    between(socket) {
      if (++sockets === 2) throw new Error("No network");
      return socket;
    },
  });
  await it.silence(1_000);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(3_000);
  it.call.end("hung_up");
  const dialled = it.events.filter((event) => event.type === "dialled");
  assertEquals(dialled.map(({ outcome }) => outcome), ["ready", "failed", "ready"]);
  assertEquals(dialled.map(({ code }) => code), [undefined, "unreachable", undefined]);
  await it[Symbol.asyncDispose]();
});
