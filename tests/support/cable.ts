import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** What lies between a phone and the service: it can be pulled, with nobody saying goodbye. */
export interface Cable extends AsyncDisposable {
  /** Leads to the service. */
  readonly url: string;
  /** Both ends are reset. */
  pull(): void;
  /** Nothing passes any more either way, and neither end notices. */
  freeze(): void;
}

/** Lays one to `ws://127.0.0.1:<port>`. */
export async function layCable(url: string): Promise<Cable> {
  const to = Number(new URL(url).port);
  const ends = new Set<Socket>();
  const keep = (end: Socket) => {
    ends.add(end);
    end.on("error", () => {});
    end.on("close", () => ends.delete(end));
    return end;
  };
  const server: Server = createServer((phone) => {
    const service = keep(connect(to, "127.0.0.1"));
    keep(phone).pipe(service).pipe(phone);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const pull = () => {
    for (const end of ends) end.resetAndDestroy();
  };
  return {
    url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
    pull,
    freeze() {
      for (const end of ends) end.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      pull();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}
