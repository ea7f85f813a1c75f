import { type Clock, systemClock } from "../../lib/clock.ts";
import { type Config, readConfig } from "../../lib/config.ts";
import type { CallEvent } from "../../lib/call/events.ts";
import { createLog, silentLog } from "../../lib/log.ts";
import type { Metrics } from "../../lib/metrics.ts";
import { definePersona, type PersonaDefinition } from "../../lib/persona/define.ts";
import { type Generations, oneGeneration } from "../../lib/persona/generation.ts";
import type { LoadedPersona } from "../../lib/persona/load.ts";
import { Circuit } from "../../lib/realtime/circuit.ts";
import { createProbe } from "../../lib/realtime/probe.ts";
import { socketDial } from "../../lib/realtime/socket/dial.ts";
import { type Ami, createAmi } from "../../lib/tools/ami.ts";
import type { Tool } from "../../lib/tools/tool.ts";
import { createService, type Service } from "../../lib/server.ts";
import {
  createSimulator,
  NO_DELAY,
  type SentEvent,
  type Simulator,
  type SimulatorOptions,
} from "../../lib/simulator/simulator.ts";
import { createAmiStandIn } from "./ami.ts";
import { checkClient, checkServer } from "./official.ts";

/** A service and the mocked OpenAI behind it, each on a port of its own. */
export interface TestService extends AsyncDisposable {
  /** `ws://127.0.0.1:<port>` of the service. */
  readonly url: string;
  readonly service: Service;
  readonly simulator: Simulator;
  readonly config: Config;
  readonly events: readonly CallEvent[];
  readonly logged: readonly string[];
  /** Client events as the simulator got them, all sessions together. */
  readonly clientEvents: readonly { type: string; [key: string]: unknown }[];
  readonly serverEvents: readonly SentEvent[];
}

export interface TestServiceOptions {
  env?: Record<string, string>;
  /** Says where the model is, given the host and port of the simulator. @default OpenAI's variables do */
  modelEnv?: (host: string) => Record<string, string>;
  personas?: Record<string, PersonaDefinition>;
  /** In place of `personas` and `tools`: those that change while it runs. */
  generations?: Generations;
  simulator?: SimulatorOptions;
  tools?: readonly Tool[];
  /** @default one that does all it is asked for */
  ami?: Ami;
  /** Of the service, not of the simulator. @default the machine's */
  clock?: Clock;
  /** Gives the service a circuit, which goes by this clock. */
  circuitClock?: Clock;
  /** Counts what happens. */
  metrics?: Metrics;
}

const ASSISTANT = definePersona({
  voice: "marin",
  instructions: "You answer the telephone of a museum.",
  greeting: "Museum of clocks, good morning.",
});

/**
 * Starts both over real sockets. Every event either way is checked against OpenAI's official types; a fault fails the
 * test when the service is disposed of.
 */
export function startService(options: TestServiceOptions = {}): TestService {
  const events: CallEvent[] = [];
  const logged: string[] = [];
  const clientEvents: { type: string; [key: string]: unknown }[] = [];
  const serverEvents: SentEvent[] = [];
  const faults: string[] = [];

  const simulator = createSimulator({
    seed: 1,
    pace: NO_DELAY,
    ...options.simulator,
    onClientEvent(event, session) {
      clientEvents.push(event);
      faults.push(...checkClient(event));
      options.simulator?.onClientEvent?.(event, session);
    },
    onServerEvent(event, session) {
      serverEvents.push(event);
      faults.push(...checkServer(event));
      options.simulator?.onServerEvent?.(event, session);
    },
  });
  const model = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => simulator.handler(request),
  );
  const modelEnv = options.modelEnv ?? ((host) => ({
    OPENAI_API_KEY: "sk-test",
    OPENAI_REALTIME_URL: `ws://${host}/v1/realtime`,
  }));
  const config = readConfig({ ...modelEnv(`127.0.0.1:${model.addr.port}`), ...options.env });
  const definitions = options.personas ?? { assistant: ASSISTANT };
  const personas = new Map<string, LoadedPersona>(
    Object.entries(definitions).map(([name, persona]) => [
      name,
      { ...persona, name, file: `${name}.ts`, warnings: [] },
    ]),
  );
  const address = { ...config.model, connect: socketDial };
  const { circuitClock } = options;
  const circuit = circuitClock && new Circuit({
    clock: circuitClock,
    log: silentLog,
    probe: createProbe(address, { clock: systemClock, log: silentLog }),
  });
  const service = createService({
    config,
    generations: options.generations ?? oneGeneration({
      personas,
      toolsFor: () => new Map((options.tools ?? []).map((tool) => [tool.name, tool])),
    }),
    ami: options.ami ?? createAmi({ url: "http://ami.test", fetch: createAmiStandIn().fetch }),
    endpoint: { ...address, ...(circuit ? { circuit: options.metrics?.gate(circuit) ?? circuit } : {}) },
    clock: options.clock ?? systemClock,
    log: createLog({ level: "debug", write: (line) => logged.push(line) }),
    watch: (event) => events.push(event),
    ...(options.metrics ? { metrics: options.metrics } : {}),
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, service.handler);
  return {
    url: `ws://127.0.0.1:${server.addr.port}`,
    service,
    simulator,
    config,
    events,
    logged,
    clientEvents,
    serverEvents,
    async [Symbol.asyncDispose]() {
      service.stop();
      circuit?.stop();
      await simulator.close();
      await server.shutdown();
      await model.shutdown();
      if (faults.length > 0) throw new Error(`Events against the official types:\n${faults.join("\n")}`);
    },
  };
}
