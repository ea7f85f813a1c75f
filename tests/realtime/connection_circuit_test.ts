import { assertEquals } from "@std/assert";
import { silentLog } from "../../lib/log.ts";
import { Circuit, type CircuitOptions } from "../../lib/realtime/circuit.ts";
import { dialModel, type ModelEnd } from "../../lib/realtime/connection.ts";
import { createProbe } from "../../lib/realtime/probe.ts";
import { createSimulator, type Faults } from "../../lib/simulator/simulator.ts";
import { VirtualClock } from "../support/clock.ts";

/** Calls that share a circuit in front of the simulator, in virtual time. */
function callsAt(options: Partial<CircuitOptions> & { faults?: Faults } = {}) {
  const { faults = {}, ...rest } = options;
  const clock = new VirtualClock();
  const simulator = createSimulator({ clock, seed: 5, key: "sk-right", faults });
  let handshakes = 0;
  let mostAtOnce = 0;
  const address = {
    url: "wss://model.example/v1/realtime",
    apiKey: "sk-right",
    connect(url: string, init: { headers: Record<string, string> }) {
      handshakes++;
      mostAtOnce = Math.max(mostAtOnce, circuit.state.dialling);
      return simulator.connect(url, init);
    },
  };
  const probe = createProbe(address, { clock, log: silentLog });
  const circuit: Circuit = new Circuit({ clock, log: silentLog, probe, random: () => 0, ...rest });

  function call(model = "gpt-realtime-2.1", onOpened = () => {}) {
    const told: string[] = [];
    const ends: ModelEnd[] = [];
    /** What the circuit said when the end was told. */
    const openAtEnd: boolean[] = [];
    const { close } = dialModel({ ...address, circuit }, model, {
      clock,
      log: silentLog,
      events: {
        dialling: () => told.push("dialling"),
        away: () => told.push("away"),
        opened() {
          told.push("opened");
          onOpened();
        },
        event: (event) => told.push(event.type),
        ended(end) {
          told.push("ended");
          ends.push(end);
          openAtEnd.push(circuit.isOpen(model));
        },
      },
    });
    return { told, ends, openAtEnd, close };
  }
  return {
    clock,
    simulator,
    circuit,
    call,
    handshakes: () => handshakes,
    mostAtOnce: () => mostAtOnce,
    live: () => simulator.sessions.filter(({ closed }) => !closed).length,
  };
}

Deno.test("connection with a circuit: a burst of 100 calls is answered, no more than the bound at once", async () => {
  const { clock, circuit, call, live, mostAtOnce } = callsAt({ parallel: 8, faults: { delayMs: 400 } });
  const calls = Array.from({ length: 100 }, () => call());
  assertEquals([circuit.state.dialling, circuit.state.waiting], [8, 92]);
  assertEquals([calls[0]!.told, calls[99]!.told], [["dialling"], []]);
  await clock.run(399);
  assertEquals(circuit.state.waiting, 92);
  await clock.run(400 * 13);
  assertEquals([live(), mostAtOnce()], [100, 8]);
  assertEquals(circuit.state, { dialling: 0, waiting: 0, away: [] });
  assertEquals(calls[99]!.told, ["dialling", "opened", "session.created"]);
  for (const { close } of calls) close();
  await clock.run(1000);
  assertEquals(clock.pending, 0);
});

Deno.test("connection with a circuit: the limit of the handshake counts from its turn, not from the call", async () => {
  const { clock, circuit, call, simulator } = callsAt({ parallel: 1, faults: { lose: ["session.created"] } });
  const [first, second] = [call(), call()];
  await clock.run(9_900);
  assertEquals([first.told, second.told], [["dialling", "opened"], []]);
  await clock.run(200);
  assertEquals(first.ends.map(({ reason, recoverable }) => [reason, recoverable]), [
    ["No answer within 10000 ms", true],
  ]);
  simulator.faults.lose = [];
  await clock.run(100);
  // Opened when the fault was still there: the model has said nothing to it.
  assertEquals(second.told, ["dialling", "opened"]);
  await clock.run(9_700);
  assertEquals(second.ends.length, 0);
  await clock.run(300);
  assertEquals([second.ends.length, circuit.state.dialling, clock.pending], [1, 0, 0]);
});

Deno.test.each(
  [
    ["handshakes that are refused", { refuseStatus: 503 }, "http_503"],
    ["a wrong key", { refuseWith: "invalid_api_key" }, "invalid_api_key"],
    ["a quota that is used up", { refuseWith: "insufficient_quota" }, "insufficient_quota"],
    ["a model that says nothing", { lose: ["session.created"] }, "no_answer"],
    [
      "sessions that break before the first word",
      { delayMs: 900, end: { afterMs: 20, how: "drop" } },
      "unreachable",
    ],
  ] satisfies [string, Faults, string][],
)("connection with a circuit: %s open it, and the call that sees it first is told so at its end", async (
  _,
  faults,
  code,
) => {
  const { clock, circuit, call, handshakes } = callsAt({ faults, failuresInARow: 3 });
  for (let count = 0; count < 3; count++) {
    const { openAtEnd } = call();
    await clock.run(count < 2 ? 12_000 : 0);
    for (let ms = 0; openAtEnd.length === 0 && ms < 12_000; ms += 10) await clock.run(10);
    assertEquals(openAtEnd, [count === 2]);
  }
  assertEquals([circuit.state.away[0]?.reason, handshakes()], [code, 3]);
  const late = call();
  assertEquals(late.told, []);
  await clock.run(10);
  assertEquals([late.told, handshakes()], [["away"], 3]);
  const gone = call();
  gone.close();
  late.close();
  circuit.stop();
  await clock.run(20_000);
  assertEquals([clock.pending, late.told, gone.told], [0, ["away"], []]);
});

Deno.test("connection with a circuit: a call that waits for a model that is away gets it when it is back", async () => {
  const { clock, circuit, call, simulator, handshakes, live } = callsAt({ failuresInARow: 1, parallel: 2 });
  simulator.faults.refuseStatus = 500;
  call();
  await clock.run(5);
  const waiting = Array.from({ length: 6 }, () => call());
  await clock.run(6500);
  // The probes after 1 and 3 s, and the call that found it out.
  assertEquals(handshakes(), 3);
  simulator.faults.refuseStatus = undefined;
  await clock.run(3000);
  assertEquals(circuit.isOpen("gpt-realtime-2.1"), false);
  assertEquals(waiting.map(({ told }) => told.join()), Array(6).fill("away,dialling,opened,session.created"));
  assertEquals(live(), 6);
  for (const { close } of waiting) close();
  await clock.run(1);
  assertEquals(clock.pending, 0);
});

Deno.test("connection with a circuit: calls that hang up while they wait or are dialled are never dialled, nor failures", async () => {
  const { clock, circuit, call, handshakes, live } = callsAt({
    failuresInARow: 1,
    parallel: 1,
    faults: { delayMs: 300 },
  });
  const [first, second, third] = [call(), call(), call()];
  second.close();
  await clock.run(100);
  first.close();
  await clock.run(1000);
  assertEquals([second.told, third.told], [[], ["dialling", "opened", "session.created"]]);
  assertEquals([handshakes(), live(), circuit.state], [2, 1, { dialling: 0, waiting: 0, away: [] }]);
  third.close();
  await clock.run(1);
  assertEquals(clock.pending, 0);
});

Deno.test("connection with a circuit: a turn that never comes is told, and counts as no failure", async () => {
  const { clock, circuit, call } = callsAt({ failuresInARow: 1, parallel: 1 });
  const ticket = circuit.enter("gpt-realtime-2.1", { go() {} });
  const { told, ends } = call();
  await clock.run(61_000);
  assertEquals([told, ends[0]?.recoverable, clock.pending], [["ended"], true, 0]);
  assertEquals(circuit.state, { dialling: 1, waiting: 0, away: [] });
  ticket.cancel();
});

Deno.test("connection with a circuit: our own fault while it is dialled is not the model's failure", async () => {
  const { clock, circuit, call } = callsAt({ failuresInARow: 1 });
  const { ends } = call("gpt-realtime-2.1", () => {
    throw new Error("Boom");
  });
  await clock.run(100);
  assertEquals(ends.map(({ reason }) => reason), ["Internal error"]);
  assertEquals(circuit.state, { dialling: 0, waiting: 0, away: [] });
});

Deno.test("connection with a circuit: a session that ends later is no failed dial", async () => {
  const { clock, circuit, call, simulator } = callsAt({ failuresInARow: 1 });
  const { told } = call();
  await clock.run(30_000);
  assertEquals(told, ["dialling", "opened", "session.created"]);
  simulator.sessions[0]!.end("drop");
  await clock.run(10);
  assertEquals(told.at(-1), "ended");
  assertEquals(circuit.state.away, []);
});
