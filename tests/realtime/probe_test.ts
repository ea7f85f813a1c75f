import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { createLog, silentLog } from "../../lib/log.ts";
import { Circuit } from "../../lib/realtime/circuit.ts";
import type { Endpoint, ModelSocket } from "../../lib/realtime/connection.ts";
import { createProbe } from "../../lib/realtime/probe.ts";
import { listen } from "../../lib/simulator/listen.ts";
import { createSimulator, type Faults } from "../../lib/simulator/simulator.ts";
import { VirtualClock } from "../support/clock.ts";

const MODEL = "gpt-realtime-2.1";

/** A probe against the simulator, in virtual time. */
function probing(apiKey: string | undefined = "sk-right") {
  const clock = new VirtualClock();
  const told: (string | undefined)[] = [];
  const clientEvents: string[] = [];
  const simulator = createSimulator({
    clock,
    seed: 3,
    key: "sk-right",
    onClientEvent: ({ type }) => clientEvents.push(type),
  });
  const address = {
    url: "wss://model.example/v1/realtime",
    apiKey,
    connect: (url: string, init: { headers: Record<string, string> }) => simulator.connect(url, init),
  };
  const probe = createProbe(address, { clock, log: silentLog });
  const start = (model = MODEL) => probe(model, (fault) => told.push(fault));
  return { clock, told, clientEvents, simulator, address, probe, start };
}

Deno.test("probe: a model that is there is found, and nothing is asked of it", async () => {
  const { clock, told, clientEvents, simulator, start } = probing();
  start();
  assertEquals(told, []);
  await clock.run(2000);
  assertEquals(told, [undefined]);
  assertEquals(simulator.sessions.map(({ closed }) => closed?.by), ["client"]);
  assertEquals([clientEvents, clock.pending], [[], 0]);
});

Deno.test.each(
  [
    ["refuses the handshake", { refuseStatus: 503 }, "http_503"],
    ["is out of quota", { refuseWith: "insufficient_quota" }, "insufficient_quota"],
    ["drops", { lose: ["session.created"], end: { afterMs: 50, how: "drop" } }, "unreachable"],
    ["breaks", { lose: ["session.created"], end: { afterMs: 50, how: "server_error" } }, "close_1011"],
  ] satisfies [string, Faults, string][],
)("probe: a model that %s is told as away, once, by a code", async (_, faults, code) => {
  const { clock, simulator, told, start } = probing();
  Object.assign(simulator.faults, faults);
  start();
  await clock.run(30_000);
  assertEquals([told, clock.pending], [[code], 0]);
});

Deno.test("probe: a wrong key is told without a piece of the key", async () => {
  const { clock, told, start } = probing("sk-wrong-and-secret");
  start();
  await clock.run(2000);
  assertEquals(told, ["invalid_api_key"]);
});

Deno.test("probe: a handshake that succeeds is not enough, the model has to say something", async () => {
  const { clock, told, simulator, start } = probing();
  simulator.faults.lose = ["session.created"];
  start();
  await clock.run(9000);
  assertEquals([told, simulator.sessions[0]?.closed], [[], undefined]);
  await clock.run(2000);
  assertEquals([told, simulator.sessions[0]?.closed?.by, clock.pending], [["no_answer"], "client", 0]);
});

Deno.test("probe: one that is ended says nothing and leaves nothing", async () => {
  const { clock, told, simulator, start } = probing();
  simulator.faults.delayMs = 500;
  start()();
  assertEquals(clock.pending, 0);
  const stop = start();
  await clock.run(200);
  assertEquals(simulator.sessions.filter(({ closed }) => !closed).length, 1);
  stop();
  await clock.run(30_000);
  assertEquals([told, clock.pending, simulator.sessions.filter(({ closed }) => !closed)], [[], 0, []]);
});

Deno.test("probe: a dial that can't even begin is told later, never by a throw", async () => {
  const clock = new VirtualClock();
  const told: (string | undefined)[] = [];
  const connect = (): ModelSocket => {
    throw new Error("Requires net access to model.example");
  };
  createProbe({ url: "wss://model.example", apiKey: undefined, connect }, { clock, log: silentLog })(
    MODEL,
    (fault) => told.push(fault),
  );
  assertEquals(told, []);
  await clock.run(1);
  assertEquals([told, clock.pending], [["unreachable"], 0]);
});

Deno.test("probe: it does not wait at the circuit, which waits for it", async () => {
  const { clock, address, probe } = probing();
  const circuit = new Circuit({ clock, log: silentLog, probe, parallel: 1 });
  circuit.enter("other", { go() {} });
  const endpoint: Endpoint = { ...address, circuit };
  const told: (string | undefined)[] = [];
  createProbe(endpoint, { clock, log: silentLog })(MODEL, (fault) => told.push(fault));
  await clock.run(1000);
  assertEquals(told, [undefined]);
});

Deno.test("probe: the end of an outage is found without a call", async () => {
  const { clock, simulator, probe } = probing();
  const logged: string[] = [];
  const log = createLog({ format: "json", write: (line) => logged.push(JSON.parse(line).message) });
  const circuit = new Circuit({ clock, log, probe, random: () => 0, failuresInARow: 1 });
  simulator.faults.refuseStatus = 503;
  circuit.enter(MODEL, { go() {} }).outcome("failed", "http_500");
  await clock.run(2500);
  assertEquals(circuit.state.away, [{ model: MODEL, forMs: 2500, reason: "http_503" }]);
  simulator.faults.refuseStatus = undefined;
  await clock.run(2500);
  assertEquals([circuit.isOpen(MODEL), clock.pending], [false, 0]);
  assertEquals(logged, ["Model is away, new calls are told so", "Model is back"]);
  assertEquals(simulator.sessions.filter(({ closed }) => !closed), []);
});

Deno.test("probe: over a real socket the status of a refused handshake is told, and nobody listening too", async () => {
  const simulator = createSimulator({ requireKey: false });
  const server = listen(simulator);
  const ask = (url: string) =>
    new Promise<string | undefined>((resolve) => {
      const connect = (to: string, options: { headers: Record<string, string> }) =>
        new WebSocket(to, options);
      createProbe({ url, apiKey: undefined, connect }, { clock: systemClock, log: silentLog })(
        MODEL,
        resolve,
      );
    });
  assertEquals(await ask(server.url), undefined);
  simulator.faults.refuseStatus = 429;
  assertEquals(await ask(server.url), "http_429");
  await server.close();
  assertEquals(await ask(server.url), "unreachable");
});
