import type { ModelSocket } from "../../lib/realtime/connection.ts";
import { createSocketDial, type SocketDialOptions } from "../../lib/realtime/socket/dial.ts";

export interface Dialled {
  readonly socket: ModelSocket;
  /** In order: `open`, `error <message>`, `close <code> <reason>`. */
  readonly told: readonly string[];
  readonly messages: readonly unknown[];
  readonly opened: Promise<void>;
  readonly closed: Promise<void>;
  /** When that many messages are there. */
  received(count: number): Promise<void>;
}

export interface DialledOptions extends SocketDialOptions {
  readonly headers?: Record<string, string>;
}

/** Dials and keeps what is told. */
export function openSocket(url: string, { headers = {}, ...options }: DialledOptions = {}): Dialled {
  const socket = createSocketDial(options)(url, { headers });
  const told: string[] = [];
  const messages: unknown[] = [];
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let arrived = Promise.withResolvers<void>();
  socket.onopen = () => {
    told.push("open");
    opened.resolve();
  };
  socket.onmessage = ({ data }) => {
    messages.push(data);
    arrived.resolve();
    arrived = Promise.withResolvers<void>();
  };
  socket.onerror = (event) => told.push(`error ${(event as ErrorEvent).message}`);
  socket.onclose = ({ code, reason }) => {
    told.push(`close ${code} ${reason}`.trimEnd());
    closed.resolve();
  };
  return {
    ...{ socket, told, messages, opened: opened.promise, closed: closed.promise },
    async received(count) {
      while (messages.length < count) await arrived.promise;
    },
  };
}
