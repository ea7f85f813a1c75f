import { type Clock, systemClock } from "../../lib/clock.ts";
import { readConfig } from "../../lib/config.ts";
import { createLog } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import { oneGeneration } from "../../lib/persona/generation.ts";
import { loadPersonas } from "../../lib/persona/load.ts";
import { Circuit } from "../../lib/realtime/circuit.ts";
import type { ModelAddress } from "../../lib/realtime/connection.ts";
import { createProbe } from "../../lib/realtime/probe.ts";
import { createService, type ServiceOptions } from "../../lib/server.ts";
import { knownNames } from "../../lib/server/known-names.ts";
import { createAmi } from "../../lib/tools/ami.ts";
import { loadTools } from "../../lib/tools/load.ts";
import { socketDial } from "../../lib/realtime/socket/dial.ts";

export interface InnerServiceOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Of the calls. What belongs to the process has the machine's own. */
  readonly clock: Clock;
  /** Takes each line of the log, as JSON; none: it goes to the terminal, with all that there is to tell. */
  readonly onLog: ((line: string) => void) | undefined;
  readonly watch: NonNullable<ServiceOptions["watch"]>;
}

export interface InnerService {
  readonly port: number;
  /** Calls that are live. */
  readonly live: number;
  close(): Promise<void>;
}

/** The service put together as main.ts does, in this process; its personas stay what they are. */
export async function openInnerService(
  { env, clock, onLog, watch }: InnerServiceOptions,
): Promise<InnerService> {
  const config = readConfig(env);
  const log = createLog(onLog ? { level: "info", format: "json", write: onLog } : { level: "debug" });
  const personas = await loadPersonas(config.personasDir);
  const toolbox = await loadTools({ personas, config, log });
  const generations = oneGeneration({ personas, toolsFor: (persona) => toolbox.toolsFor(persona) });
  const address: ModelAddress = { ...config.model, connect: socketDial };
  const probe = createProbe(address, { clock: systemClock, log });
  const circuit = new Circuit({ clock: systemClock, log, probe });
  const metrics = createMetrics({
    clock: systemClock,
    log,
    known: knownNames(config, generations),
    page: true,
  });
  const service = createService({
    config,
    generations,
    ami: createAmi({ url: config.amiUrl, clock, log }),
    endpoint: { ...address, circuit: metrics.gate(circuit) },
    metrics,
    clock,
    log,
    watch,
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, service.handler);
  return {
    port: server.addr.port,
    get live() {
      return service.calls.size;
    },
    async close() {
      service.stop();
      circuit.stop();
      toolbox.close();
      await server.shutdown();
    },
  };
}
