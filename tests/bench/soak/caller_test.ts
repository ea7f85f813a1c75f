import { assert, assertEquals } from "@std/assert";
import { acceptWebSocket } from "../../../bench/load/handshake.ts";
import { Caller } from "../../../bench/soak/caller.ts";
import { type Behaviour, type CallPlan, FAULTS, planCall } from "../../../bench/soak/plan.ts";
import { makeSounds } from "../../../bench/soak/sounds.ts";

const OPTIONS = { seed: 1, lengthMs: [1000, 6000] } as const;
const STEP_MS = 20;

const planned = (behaviour: Behaviour): CallPlan => ({
  ...planCall(OPTIONS, 1),
  persona: "steady",
  fault: undefined,
  behaviour,
  lengthMs: 400,
  awayMs: 40,
  garbage: 0,
});

/** Runs a call against a service, its time much faster than the real one; returns its outcome. */
async function outcomeOf(plan: CallPlan, port: number): Promise<string | undefined> {
  const caller = new Caller(plan, port, await makeSounds(), 0);
  for (let nowMs = 0; nowMs < 60_000 && !caller.result; nowMs += STEP_MS) {
    await new Promise((wake) => setTimeout(wake, 1));
    caller.tick(nowMs);
  }
  caller.stop();
  return caller.result?.outcome;
}

/** A service that opens every line and then does as it is told. */
function serve(then: (connection: Deno.TcpConn) => Promise<unknown>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = new Set<Promise<void>>();
  const serveOne = async (connection: Deno.TcpConn) => {
    try {
      await acceptWebSocket(connection, new Uint8Array(0));
      await then(connection);
    } catch {
      // Reset by the caller.
    }
    connection.close();
  };
  const accepted = (async () => {
    for await (const connection of listener) served.add(serveOne(connection));
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepted;
      await Promise.all(served);
    },
  };
}

/** Reads and answers nothing until the caller is gone. */
const hang = async (connection: Deno.TcpConn) => {
  const bytes = new Uint8Array(65_536);
  while (await connection.read(bytes) !== null);
};

for (const behaviour of ["hangs_up", "agent_ends", "second_line", "floods", "giant"] as const) {
  Deno.test(`a caller notices a service that never closes a line: ${behaviour}`, async () => {
    await using service = serve(hang);
    assertEquals(await outcomeOf(planned(behaviour), service.port), "stuck");
  });
}

Deno.test("a call whose second line is not opened ends all the same", async () => {
  let lines = 0;
  await using service = serve((connection) => ++lines === 1 ? hang(connection) : Promise.resolve());
  const plan = planned("second_line");
  assertEquals(await outcomeOf(plan, service.port), "stuck");
  assertEquals(lines, 2);
});

Deno.test("a caller notices a line that is cut without a word", async () => {
  await using service = serve((connection) => connection.closeWrite());
  assertEquals(await outcomeOf(planned("hangs_up"), service.port), "cut");
});

Deno.test("a plan is the same in every process, and nothing is left out of a soak", () => {
  const plans = Array.from({ length: 2000 }, (_, number) => planCall(OPTIONS, number));
  assertEquals(planCall(OPTIONS, 1234), plans[1234]);
  assertEquals(new Set(plans.map(({ behaviour }) => behaviour)).size, 12);
  assertEquals(new Set(plans.flatMap(({ fault }) => fault ?? [])), new Set(FAULTS));
  assertEquals(new Set(plans.map(({ ami }) => ami)).size, 4);
  const steady = plans.filter(({ persona }) => persona === "steady");
  assert(Math.abs(steady.length - 1200) < 100, `${steady.length} of 2000 calls have a sound model`);
  assert(steady.every(({ fault, ami }) => fault === undefined && ami === "done"));
});
