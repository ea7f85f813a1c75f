import { type Clock, systemClock } from "../../clock.ts";
import type { Connect } from "../connection.ts";
import { SocketClient } from "./client.ts";

export interface SocketDialOptions {
  /** @default the machine's */
  readonly clock?: Clock;
  /** PEM of authorities to trust beside those known to Deno, which DENO_TLS_CA_STORE and DENO_CERT name. */
  readonly caCerts?: readonly string[];
  /** How long a dial may take, to the end of the handshake. @default {20000} */
  readonly dialLimitMs?: number;
  /** How long a server may take to answer a close frame before the connection is cut. @default {3000} */
  readonly closeLimitMs?: number;
}

/**
 * A dial with the face of the built-in WebSocket, straight over `Deno.connect`. The built-in one leaves Nagle's algorithm
 * on and has no switch for it, so that every frame of a caller is most of a round trip late; npm:ws takes more CPU
 * (bench/nagle.ts). Beside that a socket of this dial
 * - never throws: what is wrong with an address, a header or a close code is told by `onerror` and `onclose`
 * - tells `onclose` exactly once, last, when nothing of the connection is left
 * - tells the status of a refused handshake in the error's message, and `Retry-After`; follows no redirect, no proxy
 * - notices a server that is gone without a word: close code 1006, reason `No pong within 10000 ms`
 * - ends its connection and nothing else when one of its handlers throws
 */
export function createSocketDial(
  { clock = systemClock, caCerts, dialLimitMs = 20_000, closeLimitMs = 3000 }: SocketDialOptions = {},
): Connect {
  const settings = { clock, caCerts, dialLimitMs, closeLimitMs };
  return (url, { headers }) => new SocketClient(url, headers, settings);
}

/** Dials the model as `createSocketDial` says. */
export const socketDial: Connect = createSocketDial();
