import type { Simulator } from "./simulator.ts";

export interface Listening {
  /** The address for OPENAI_REALTIME_URL, without a query. */
  readonly url: string;
  /** Nothing goes through any more, either way, while every connection stays open; returns what ends that. */
  freeze(): () => void;
  close(): Promise<void>;
}

/**
 * Serves a simulator on a port of its own, with connections that can be cut as a network fault cuts them:
 * Deno's server can't do that, so a TCP relay stands in front of it.
 * @param port 0 takes any free one
 */
export function listen(simulator: Simulator, port = 0, hostname = "127.0.0.1"): Listening {
  /** The relay's two ends of each connection, by the local port of its inner end. */
  const cuts = new Map<number, () => void>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request, info) => {
    const drop = cuts.get(info.remoteAddr.port);
    return simulator.handler(request, { ...info, ...(drop && { drop }) });
  });
  let frozen: PromiseWithResolvers<void> | undefined;
  const thaw = () => {
    frozen?.resolve();
    frozen = undefined;
  };
  const gate = () =>
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      async transform(part, controller) {
        await frozen?.promise;
        controller.enqueue(part);
      },
    });
  const front = Deno.listen({ port, hostname });
  const relays = new Set<Promise<void>>();
  const accepting = accept();

  async function accept(): Promise<void> {
    for await (const outer of front) {
      const relay = carry(outer).finally(() => relays.delete(relay));
      relays.add(relay);
    }
  }

  async function carry(outer: Deno.TcpConn): Promise<void> {
    const inner = await Deno.connect({ port: server.addr.port, hostname: "127.0.0.1" });
    const { port: innerPort } = inner.localAddr;
    const cut = () => {
      cuts.delete(innerPort);
      for (const end of [outer, inner]) {
        try {
          end.close();
        } catch {
          // The pipes close what they have read to the end.
        }
      }
    };
    cuts.set(innerPort, cut);
    await Promise.allSettled([
      outer.readable.pipeThrough(gate()).pipeTo(inner.writable),
      inner.readable.pipeThrough(gate()).pipeTo(outer.writable),
    ]);
    cut();
  }

  return {
    url: `ws://${hostname}:${front.addr.port}/v1/realtime`,
    freeze() {
      frozen ??= Promise.withResolvers();
      return thaw;
    },
    async close() {
      thaw();
      front.close();
      await accepting;
      for (const cut of [...cuts.values()]) cut();
      await Promise.all(relays);
      await server.shutdown();
    },
  };
}
