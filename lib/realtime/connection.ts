import { bytesToBase64 } from "../audio/base64.ts";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import { type ApiError, parseServerEvent, type ServerEvent } from "./events.ts";
import { errorKind, isRecoverableClose } from "./failures.ts";
import { modelUrl } from "./session.ts";

/** The part of the standard WebSocket that a connection uses. */
export interface ModelSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
}

/** Opens a socket to `url`: a real one, or the embedded simulator's. */
export type Connect = (url: string, options: { headers: Record<string, string> }) => ModelSocket;

/** Where and how to reach the model. */
export interface Endpoint {
  /** Base address, `wss://api.openai.com/v1/realtime`; may carry a query. */
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly connect: Connect;
}

/** How a connection ended. */
export interface ModelEnd {
  readonly code: number;
  readonly reason: string;
  /** Whether a new session could be had. */
  readonly recoverable: boolean;
  /** The last error that the API told before it closed, if it told one. */
  readonly error: ApiError | undefined;
}

export interface ConnectionEvents {
  /** The socket is open: the session may be configured. */
  opened(): void;
  event(event: ServerEvent): void;
  /** The connection is gone, other than by `close`. Once, and last. */
  ended(end: ModelEnd): void;
}

/** One Realtime session's socket. */
export interface Connection {
  send(event: RealtimeClientEvent): void;
  /** Appends caller audio in the session's input format; copied before this returns. */
  append(bytes: Uint8Array): void;
  /** Ends it, also while it is still being dialled; no event follows. */
  close(): void;
}

const OPEN = 1;
/** No answer to the handshake within this is a failed dial. */
const OPEN_LIMIT_MS = 10_000;

/** Dials the model. Outcomes are told through `events`, never thrown. */
export function dialModel(
  { url, apiKey, connect }: Endpoint,
  model: string,
  { clock, log, events }: { clock: Clock; log: Log; events: ConnectionEvents },
): Connection {
  let over = false;
  let lastError: ApiError | undefined;
  let dialFault = "";
  let socket: ModelSocket | undefined;

  const end = (code: number, reason: string) => {
    if (over) return;
    over = true;
    stopWaiting();
    const fatal = lastError !== undefined && errorKind(lastError) === "fatal";
    events.ended({ code, reason, recoverable: !fatal && isRecoverableClose(code), error: lastError });
  };
  const stopWaiting = clock.after(OPEN_LIMIT_MS, () => {
    hangUp();
    end(1006, `No answer within ${OPEN_LIMIT_MS} ms`);
  });
  const hangUp = () => {
    try {
      socket?.close(1000);
    } catch {
      // Already closing.
    }
  };
  /** A throw in a handler would end the process: it ends this connection instead. */
  const guarded = (act: () => void) => {
    try {
      act();
    } catch (error) {
      log.error("Could not handle the model's message, the connection ends", { error: messageOf(error) });
      hangUp();
      end(1006, "Internal error");
    }
  };

  try {
    const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    socket = connect(modelUrl(url, model), { headers });
  } catch (error) {
    // Told in a task of its own, so that the caller has what this function returns.
    clock.after(0, () => end(1006, messageOf(error)));
    return { send() {}, append() {}, close: () => void (over = true, stopWaiting()) };
  }

  socket.onopen = () =>
    guarded(() => {
      if (over) return hangUp();
      stopWaiting();
      events.opened();
    });
  socket.onmessage = ({ data }) =>
    guarded(() => {
      if (over) return;
      const event = parseServerEvent(data);
      if (!event) return;
      if (event.type === "error") lastError = event.error;
      events.event(event);
    });
  socket.onerror = (event) => {
    // The only place where Deno tells the status of a refused handshake.
    dialFault = (event as Partial<ErrorEvent>).message ?? "";
  };
  socket.onclose = ({ code, reason }) => guarded(() => end(code, reason || dialFault));

  const opened = socket;
  const transmit = (text: string) => {
    if (!over && opened.readyState === OPEN) opened.send(text);
  };
  return {
    send: (event) => transmit(JSON.stringify(event)),
    append: (bytes) => transmit(`{"type":"input_audio_buffer.append","audio":"${bytesToBase64(bytes)}"}`),
    close() {
      if (over) return;
      over = true;
      stopWaiting();
      hangUp();
    },
  };
}
