import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import type { ReadPersonas } from "../persona/store.ts";
import { compose, ListenError } from "./compose.ts";
import type { About } from "./messages.ts";
import { Supervisor } from "./supervisor.ts";
import { startThread } from "./thread.ts";

/** A service that answers calls, in this thread or in several. */
export interface Running {
  readonly addr: { readonly hostname: string; readonly port: number };
  readonly about: About;
  /** Calls that are live now. */
  readonly live: number;
  /** Loads the personas and tools anew. @param reason for the log */
  reload(reason: string): void;
  /** New calls are refused, live ones go on up to DRAIN_SECONDS. Resolves when all are over. */
  drain(): Promise<void>;
  /** New calls are refused, live ones end. */
  stop(): void;
  /** To be called when all calls are over. Resolves when nothing is open any more; the caller has a limit for it. */
  close(): Promise<void>;
  /** Resolves when it can't go on well and the process had better be started anew; mostly never. */
  readonly failed: Promise<void>;
}

/** Answers calls in this thread. @throws {ListenError} */
export async function runAlone(config: Config, read: ReadPersonas, log: Log): Promise<Running> {
  const { addr, about, service, store, close } = await compose({ config, read, log });
  return {
    addr,
    about,
    get live() {
      return service.calls.size;
    },
    reload: (reason) => void store.reload(reason),
    drain: () => service.drain(),
    stop: () => service.stop(),
    close,
    failed: new Promise(() => {}),
  };
}

/**
 * Answers calls in threads of their own, WORKERS of them. Nothing of what operators write is loaded in this one.
 * @throws {ListenError}
 * @throws {ConfigError} with every fault that a worker found
 */
export async function runTogether(config: Config, log: Log): Promise<Running> {
  checkPort(config);
  const failed = Promise.withResolvers<void>();
  let personas: readonly string[] = [];
  const supervisor = new Supervisor({
    config,
    clock: systemClock,
    log,
    metrics: createMetrics({
      clock: systemClock,
      log,
      known: { personas: () => personas, tools: () => [], models: () => [] },
      page: config.metrics !== "off",
    }),
    start: startThread,
    onPersonas: (names) => personas = names,
    onStuck: failed.resolve,
  });
  const { port, about } = await supervisor.open();
  return {
    addr: { hostname: config.host, port },
    about,
    get live() {
      return supervisor.live;
    },
    reload: (reason) => supervisor.reload(reason),
    drain: () => supervisor.drain(),
    stop: () => supervisor.stop(),
    close: () => supervisor.close(),
    failed: failed.promise,
  };
}

/** Workers share their port with whoever shares it as well: another instance of the service would go unnoticed. */
function checkPort({ host, port }: Config): void {
  try {
    Deno.listen({ hostname: host, port }).close();
  } catch (error) {
    throw new ListenError(host, port, messageOf(error));
  }
}
