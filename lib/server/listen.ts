import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";

export interface ListenOptions {
  readonly hostname: string;
  readonly port: number;
  /** Other threads listen on it as well; the system deals connections out to them. @default {false} */
  readonly reusePort?: boolean;
  readonly handler: (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => Response;
  readonly clock: Clock;
  readonly log: Log;
  /** @default Deno.serve */
  readonly serve?: (
    options: Deno.ServeTcpOptions,
    handler: ListenOptions["handler"],
  ) => Pick<Deno.HttpServer<Deno.NetAddr>, "addr" | "finished" | "shutdown">;
}

/** A port that is listened on. */
export interface Listening {
  readonly addr: Deno.NetAddr;
  /** Takes no further connections, and resolves when those open are done with. */
  shutdown(): Promise<void>;
}

const FIRST_DELAY_MS = 250;
const DELAY_MAX_MS = 8_000;
/** Having listened for so long, a failure is a new one. */
const STEADY_MS = 30_000;

/**
 * Listens, and goes on to: when accepting a connection fails, for want of file descriptors above all, Deno closes the
 * port for good, and its error, unhandled, ends the process. The sockets that are open live on meanwhile.
 * @throws when the port can't be listened on at first.
 */
export function listen(
  { hostname, port, reusePort = false, handler, clock, log, serve = Deno.serve }: ListenOptions,
): Listening {
  let delayMs = FIRST_DELAY_MS;
  let stopWaiting = () => {};
  let over = false;
  let server = open(port);
  const { addr } = server;

  function open(port: number) {
    const opened = serve({ hostname, port, ...(reusePort ? { reusePort } : {}), onListen() {} }, handler);
    const sinceMs = clock.now();
    opened.finished.catch((error) => {
      if (clock.now() - sinceMs >= STEADY_MS) delayMs = FIRST_DELAY_MS;
      again(error);
    });
    return opened;
  }

  function again(error: unknown): void {
    if (over) return;
    log.error("Could not take connections, the port is opened again", { error: messageOf(error), delayMs });
    stopWaiting = clock.after(delayMs, () => {
      try {
        server = open(addr.port);
      } catch (error) {
        again(error);
      }
    });
    delayMs = Math.min(2 * delayMs, DELAY_MAX_MS);
  }

  return {
    addr,
    async shutdown() {
      over = true;
      stopWaiting();
      await server.shutdown();
    },
  };
}
