import { bytesToBase64 } from "../audio/base64.ts";
import type { Clock } from "../clock.ts";
import type { ModelEndpoint } from "../config/endpoint.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import { Allowances } from "./allowances.ts";
import type { Circuit, DialGate, DialTicket } from "./circuit.ts";
import { dialFault } from "./dial-fault.ts";
import { type ApiError, isAnyEvent, parseServerEvent, type ServerEvent } from "./events.ts";
import { errorKind, isRecoverableClose, isRecoverableStatus, statusIn } from "./failures.ts";
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
export interface ModelAddress extends ModelEndpoint {
  readonly connect: Connect;
}

/** A model's address with what all dials of it in this process pass. */
export interface Endpoint extends ModelAddress {
  /** Without one a dial begins at once. */
  readonly circuit?: Pick<Circuit, "enter" | "state">;
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

/** Sees each message of a session as it is on the wire; for whoever looks into a call. */
export type Tap = (from: "client" | "server", text: string) => void;

export interface ConnectionEvents {
  /** The dial begins: at once, before `dialModel` returns, unless it has to wait for its turn. */
  dialling?(): void;
  /** The dial does not begin for now as the model is away; it does when the model is back. May be told again. */
  away?(): void;
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
/** No answer within this is a failed dial: to the handshake, where a circuit judges the dial until the first event. */
const OPEN_LIMIT_MS = 10_000;
/** Longest wait for a turn. A call gives up earlier; this is for one that does not. */
const TURN_LIMIT_MS = 60_000;

/** The key goes into a header alone: addresses are written down by proxies. */
function keyHeaders({ apiKey, keyHeader }: ModelEndpoint): Record<string, string> {
  if (apiKey === undefined) return {};
  return keyHeader === undefined ? { authorization: `Bearer ${apiKey}` } : { [keyHeader]: apiKey };
}

/** Dials the model, at its turn. Outcomes are told through `events`, never thrown. */
export function dialModel(
  address: ModelAddress & { readonly circuit?: DialGate },
  model: string,
  { clock, log, events, tap }: { clock: Clock; log: Log; events: ConnectionEvents; tap?: Tap },
): Connection {
  const { circuit } = address;
  let over = false;
  let answered = false;
  let lastError: ApiError | undefined;
  let handshakeFault = "";
  let socket: ModelSocket | undefined;
  let ticket: DialTicket | undefined;
  let stopWaiting = () => {};

  const end = (code: number, reason: string) => {
    if (over) return;
    over = true;
    stopWaiting();
    allowances.stop();
    // First the circuit: who is told of the end asks it whether to dial again.
    ticket?.outcome("failed", dialFault(code, reason, lastError));
    const fatal = lastError !== undefined && errorKind(lastError) === "fatal";
    const status = statusIn(reason);
    const again = status === undefined ? isRecoverableClose(code) : isRecoverableStatus(status);
    events.ended({ code, reason, recoverable: !fatal && again, error: lastError });
  };
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
      // Ours, not the model's.
      ticket?.cancel();
      hangUp();
      end(1006, "Internal error");
    }
  };
  const endAfter = (delayMs: number, reason: string) => {
    stopWaiting();
    stopWaiting = clock.after(delayMs, () =>
      guarded(() => {
        hangUp();
        end(1006, reason);
      }));
  };
  /** The model's first word: there is a session. */
  const onAnswer = () => {
    answered = true;
    stopWaiting();
    ticket?.outcome("opened");
  };

  const transmit = (text: string) => {
    if (over || socket?.readyState !== OPEN) return;
    tap?.("client", text);
    socket.send(text);
  };
  const allowances = new Allowances({
    clock,
    log,
    transmit: (text) => guarded(() => transmit(text)),
    tell: (event) =>
      guarded(() => {
        if (over) return;
        if (event.type === "error") lastError = event.error;
        // What was wrong with it is mended.
        else if (event.type === "session.updated") lastError = undefined;
        events.event(event);
      }),
  });
  const listen = (opening: ModelSocket) => {
    opening.onopen = () =>
      guarded(() => {
        if (over) return hangUp();
        if (!circuit) stopWaiting();
        events.opened();
      });
    opening.onmessage = ({ data }) =>
      guarded(() => {
        if (over) return;
        if (tap && typeof data === "string") tap("server", data);
        const event = parseServerEvent(data);
        if (!answered && (event ? event.type !== "error" : isAnyEvent(data))) onAnswer();
        // Also one that is helped: it may be why the server closes.
        if (event?.type === "error") lastError = event.error;
        if (event) allowances.received(event);
      });
    opening.onerror = (event) => {
      // The only place where Deno tells the status of a refused handshake.
      handshakeFault = (event as Partial<ErrorEvent>).message ?? "";
    };
    opening.onclose = ({ code, reason }) => guarded(() => end(code, reason || handshakeFault));
  };
  const begin = () => {
    endAfter(OPEN_LIMIT_MS, `No answer within ${OPEN_LIMIT_MS} ms`);
    try {
      events.dialling?.();
      socket = address.connect(modelUrl(address.url, model, address.deployments), {
        headers: keyHeaders(address),
      });
      listen(socket);
    } catch (error) {
      // Told in a task of its own, so that the caller has what this function returns.
      endAfter(0, messageOf(error));
    }
  };

  if (circuit) {
    endAfter(TURN_LIMIT_MS, `No turn to dial within ${TURN_LIMIT_MS} ms`);
    ticket = circuit.enter(model, {
      go: begin,
      // Told when the caller has what this function returns.
      away: () =>
        queueMicrotask(() => {
          if (!over && !socket) guarded(() => events.away?.());
        }),
    });
  } else begin();

  return {
    send: (event) => allowances.send(event),
    append: (bytes) => transmit(`{"type":"input_audio_buffer.append","audio":"${bytesToBase64(bytes)}"}`),
    close() {
      if (over) return;
      over = true;
      stopWaiting();
      allowances.stop();
      ticket?.cancel();
      hangUp();
    },
  };
}
