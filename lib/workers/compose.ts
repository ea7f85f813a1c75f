import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import { PersonaStore, type ReadPersonas } from "../persona/store.ts";
import { Circuit } from "../realtime/circuit.ts";
import type { ModelAddress } from "../realtime/connection.ts";
import { createProbe } from "../realtime/probe.ts";
import { modelFor } from "../realtime/session.ts";
import { createSocketDial } from "../realtime/socket/dial.ts";
import { createService, type Service, type ServiceOptions } from "../server.ts";
import { knownNames } from "../server/known-names.ts";
import { listen, type Listening } from "../server/listen.ts";
import type { Together } from "../server/together.ts";
import { createAmi } from "../tools/ami.ts";
import { createTraces } from "../traces.ts";
import type { About } from "./messages.ts";

export interface ComposeOptions {
  readonly config: Config;
  readonly read: ReadPersonas;
  readonly log: Log;
  /** Of a worker: it shares the port and more with others. */
  readonly worker?: {
    /** @param metrics this worker's own */
    readonly together: (metrics: Metrics) => Together;
    /** 0: any. */
    readonly port: number;
    /** Number of the first generation of personas. */
    readonly generation: number;
    /** Another worker tells what is doubtful in the personas. */
    readonly quiet: boolean;
    readonly watch: NonNullable<ServiceOptions["watch"]>;
  };
}

/** A service that answers calls, all of it in this thread. */
export interface Composed {
  readonly addr: Deno.NetAddr;
  readonly about: About;
  readonly service: Service;
  readonly store: PersonaStore;
  readonly circuit: Circuit;
  readonly metrics: Metrics;
  /** To be called when all calls are over: resolves when every line's socket is closed and nothing waits any more. */
  close(): Promise<void>;
}

/** The port can't be had. */
export class ListenError extends Error {
  constructor(host: string, port: number, why: string) {
    super(`Could not listen on ${host}:${port}: ${why} (HOST and PORT choose another)`);
  }
}

/** Dials of the model under way at once, of all workers together: the account's limits are one. */
const DIALS = 20;

/**
 * Puts the service together and opens its port.
 * @throws {ListenError}
 */
export async function compose({ config, read, log, worker }: ComposeOptions): Promise<Composed> {
  const clock = systemClock;
  const { warn } = log;
  let quiet = worker?.quiet === true;
  const store = await PersonaStore.open(read, {
    config,
    clock,
    log: { ...log, warn: (message, fields) => quiet ? undefined : warn(message, fields) },
    ...(worker ? { generation: worker.generation } : {}),
  });
  quiet = false;
  const address = await modelEndpoint(config, log);
  const probe = createProbe(address, { clock, log });
  const circuit = new Circuit({ clock, log, probe, parallel: Math.ceil(DIALS / config.workers) });
  const known = knownNames(config, store);
  const metrics = createMetrics({
    clock,
    log,
    known,
    page: config.metrics !== "off",
    worker: worker !== undefined,
  });
  metrics.bind({ dials: () => circuit.state });
  const service = createService({
    config,
    generations: store,
    ami: createAmi({ url: config.amiUrl, log }),
    endpoint: { ...address, circuit: metrics.gate(circuit) },
    clock,
    log,
    metrics,
    traces: createTraces({ config, clock, log, known }),
    ...(worker ? { watch: worker.watch, together: worker.together(metrics) } : {}),
  });
  metrics.sampleDelay();
  const listening = open(config, service.handler, log, worker?.port);
  const { current: { personas, toolbox: { permissions } } } = store;
  return {
    addr: listening.addr,
    about: {
      personas: [...personas.keys()],
      model: modelFor(personas.get(config.persona)!, config),
      permissions,
    },
    service,
    store,
    circuit,
    metrics,
    async close() {
      circuit.stop();
      store.close();
      // The lines' close frames are still under way, and shutdown() cuts open sockets.
      await service.gone();
      await listening.shutdown();
    },
  };
}

/** Where the model is: the configured address, or the simulator inside this process. */
async function modelEndpoint({ simulator, model }: Config, log: Log): Promise<ModelAddress> {
  if (!simulator) return { ...model, connect: createSocketDial() };
  const { createFliteSpeech } = await import("../simulator/speech.ts");
  const { createSimulator } = await import("../simulator/simulator.ts");
  const embedded = createSimulator({ requireKey: false, speech: createFliteSpeech({ log }), log });
  return { url: model.url, apiKey: undefined, connect: (url, options) => embedded.connect(url, options) };
}

/** @param shared the port that other workers listen on as well; undefined: it is this thread's alone */
function open(
  { host, port }: Config,
  handler: Service["handler"],
  log: Log,
  shared: number | undefined,
): Listening {
  try {
    const reusePort = shared !== undefined;
    return listen({ hostname: host, port: shared || port, reusePort, handler, clock: systemClock, log });
  } catch (error) {
    throw new ListenError(host, port, messageOf(error));
  }
}
