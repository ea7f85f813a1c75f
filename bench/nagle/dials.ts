import type { ModelSocket } from "../../lib/realtime/connection.ts";

export type BenchDial = (url: string) => ModelSocket;

const HEADERS = { authorization: "Bearer sk-bench" };

/** The ways to dial that are compared; each is imported only where it is used. */
export const DIALS: Readonly<Record<string, () => Promise<BenchDial>>> = {
  /** Deno's own: Nagle's algorithm on. */
  async "built-in"() {
    return await Promise.resolve((url) => new WebSocket(url, { headers: HEADERS }));
  },
  /** Over npm:ws, with all that the service needs of it. */
  async "npm:ws dial"() {
    const { dial } = await import("./npm-ws.ts");
    return (url) => dial(url, { headers: HEADERS });
  },
  async "npm:ws"() {
    const { default: NodeWebSocket } = await import("ws");
    return (url) =>
      new NodeWebSocket(url, { headers: HEADERS, perMessageDeflate: false }) as unknown as ModelSocket;
  },
  /** A client of our own over Deno.connect. */
  async socketDial() {
    const { socketDial } = await import("../../lib/realtime/socket/dial.ts");
    return (url) => socketDial(url, { headers: HEADERS });
  },
  async WebSocketStream() {
    const { dialStream } = await import("./stream.ts");
    return await Promise.resolve((url) => dialStream(url, HEADERS));
  },
  /** The least that works over Deno.connect: what such a client could reach. */
  async own() {
    const { dialOwn } = await import("./own.ts");
    return (url) => dialOwn(url);
  },
};
