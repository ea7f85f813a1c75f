// @ts-types="./ws.d.ts"
import NodeWebSocket from "ws";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Connect, ModelSocket } from "../../lib/realtime/connection.ts";
import { createKeepAlive, PING_MS } from "../../lib/realtime/keep-alive.ts";

export interface DialOptions {
  /** For the keep-alive. @default the machine's */
  readonly clock?: Clock;
  /** PEM of the authorities to trust in place of those known to Deno (which DENO_CERT and DENO_TLS_CA_STORE name). */
  readonly ca?: string;
  /** How long a peer may take to close its side before the connection is cut. @default {3000} */
  readonly closeLimitMs?: number;
}

/** No event of the API comes near to it. */
const MAX_MESSAGE_BYTES = 16 * 2 ** 20;
/** Takes a sixth of the time of a Buffer's toString; npm:ws has checked that it is UTF-8. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const OPEN = 1;
const CLOSED = 3;

/**
 * A dial with the face of the built-in WebSocket, over npm:ws: the well-kept library that the service's own client is
 * compared with. It tells the status of a refused handshake and finds a silent peer as that one does.
 */
export function createDial({ clock = systemClock, ca, closeLimitMs = 3000 }: DialOptions = {}): Connect {
  return (url, { headers }) => {
    let over = false;
    let faultTold = false;
    const peer = new NodeWebSocket(url, {
      headers,
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: MAX_MESSAGE_BYTES,
      closeTimeout: closeLimitMs,
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
    });
    let keepAlive = { heard: () => {}, stop: () => {} };

    const socket: ModelSocket = {
      get readyState() {
        return over ? CLOSED : peer.readyState;
      },
      get bufferedAmount() {
        return peer.bufferedAmount;
      },
      send(data) {
        if (peer.readyState === OPEN) peer.send(data);
      },
      close(code, reason) {
        keepAlive.stop();
        faultTold = true; // npm:ws calls the end of a dial that nobody wants any more an error
        try {
          peer.close(code, reason);
        } catch {
          peer.terminate();
        }
      },
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
    };
    const tellFault = (message: string) => {
      if (faultTold) return;
      faultTold = true;
      socket.onerror?.(new ErrorEvent("error", { message }));
    };
    const end = (code: number, reason: string) => {
      if (over) return;
      over = true;
      keepAlive.stop();
      socket.onclose?.(new CloseEvent("close", { code, reason, wasClean: code !== 1006 }));
    };

    peer.on("open", () => {
      keepAlive = createKeepAlive({
        clock,
        ping: () => peer.ping(),
        lost() {
          end(1006, `No pong within ${PING_MS} ms`);
          peer.terminate();
        },
      });
      socket.onopen?.(new Event("open"));
    });
    peer.on("pong", () => keepAlive.heard());
    peer.on("message", (data, isBinary) => {
      keepAlive.heard();
      if (!over) {
        socket.onmessage?.(new MessageEvent("message", { data: isBinary ? data : decoder.decode(data) }));
      }
    });
    peer.on("unexpected-response", (_request, { statusCode, headers }) => {
      const seconds = headers["retry-after"];
      const retry = typeof seconds === "string" && /^\d{1,6}$/.test(seconds)
        ? `, Retry-After: ${seconds}`
        : "";
      tellFault(`Invalid status code: ${statusCode}${retry}`);
      peer.terminate();
    });
    peer.on("error", (error) => tellFault(messageOf(error) || (error.code ?? "Could not connect")));
    peer.on("close", (code, reason) => end(code, reason.toString()));
    return socket;
  };
}

/** Dials the model as `createDial` says. */
export const dial: Connect = createDial();
