import type { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { clientFrame, frame, FrameReader, OPCODES } from "../load/wire.ts";

/** How a line ended. */
export interface LineEnd {
  /** Of the service's close frame; undefined: the connection ended without one. */
  readonly code?: number;
  /** Of the handshake, when the line was not opened. */
  readonly status?: number;
  /** It was reset: what the service said last may be lost. */
  readonly isReset?: boolean;
}

export interface LineEvents {
  opened(): void;
  /** The first bytes tell which message it is, the text is there on demand. */
  message(startsWith: (prefix: Uint8Array) => boolean, text: () => string): void;
  /** Once, and last; not after `vanish` and `reset`. */
  ended(end: LineEnd): void;
}

/** The phone's side of a line over plain TCP, which can misbehave as no WebSocket of a runtime can. */
export interface SoakLine {
  readonly isOpen: boolean;
  /** Of the service's close frame, if it has come. */
  readonly closeCode: number | undefined;
  /** A frame, or several, made by `clientFrame`. */
  send(frames: Uint8Array): void;
  /** Asks for the end politely, with a close frame without a code. */
  close(): void;
  /** Ends the connection without a close frame. */
  vanish(): void;
  /** Ends it as a crash does: with a reset. */
  reset(): void;
  /** Stops reading. */
  deafen(): void;
}

const CLOSE = frame(OPCODES.close, new Uint8Array(0), new Uint8Array(4));
const HEAD_BYTES_MAX = 16 * 1024;

export function openLine(port: number, path: string, events: LineEvents): SoakLine {
  const reader = new FrameReader();
  let state: "opening" | "open" | "over" = "opening";
  let head = "";
  let code: number | undefined;
  let status: number | undefined;
  let deaf = false;
  let closing = false;
  let isReset = false;

  const socket: Socket = connect({ host: "127.0.0.1", port, noDelay: true });
  socket.on("connect", () =>
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
        `sec-websocket-key: ${crypto.getRandomValues(new Uint8Array(16)).toBase64()}\r\n` +
        "sec-websocket-version: 13\r\n\r\n",
    ));
  socket.on("data", (bytes: Buffer) => {
    if (state !== "over" && !deaf) receive(bytes);
  });
  socket.on(
    "error",
    (error: Error & { code?: string }) => isReset = error.code === "ECONNRESET" || error.code === "EPIPE",
  );
  // The service closes the connection behind its close frame.
  socket.on("end", () => socket.destroy());
  socket.on("close", () => {
    if (state === "over") return;
    state = "over";
    events.ended({
      ...(code !== undefined && { code }),
      ...(status !== undefined && { status }),
      ...(isReset && { isReset }),
    });
  });

  function receive(bytes: Uint8Array): void {
    if (state === "open") return read(bytes);
    head += String.fromCharCode(...bytes.subarray(0, HEAD_BYTES_MAX));
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
    if (status !== 101) return void socket.destroy();
    status = undefined;
    state = "open";
    events.opened();
    const rest = head.length - end - 4;
    if (rest > 0) read(bytes.subarray(bytes.length - rest));
  }

  function read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const { room } = reader;
      const part = bytes.subarray(at, at + room.length);
      room.set(part);
      at += part.length;
      reader.take(part.length, (received) => {
        if (received.opcode === OPCODES.text) {
          events.message((prefix) => received.startsWith(prefix), () => received.text());
        } else if (received.opcode === OPCODES.ping) {
          write(frame(OPCODES.pong, received.payload(), new Uint8Array(4)));
        } else if (received.opcode === OPCODES.close) {
          code = received.length < 2 ? 1005 : received.at(0) * 256 + received.at(1);
          sendClose();
          socket.end();
        }
      });
    }
  }

  function write(bytes: Uint8Array): void {
    if (!socket.destroyed && socket.writable) socket.write(bytes);
  }

  function sendClose(): void {
    if (!closing) write(CLOSE);
    closing = true;
  }

  function leave(how: () => void): void {
    if (state === "over") return;
    state = "over";
    how();
  }

  return {
    get isOpen() {
      return state === "open";
    },
    get closeCode() {
      return code;
    },
    send(frames) {
      if (state === "open") write(frames);
    },
    close() {
      if (state === "opening") socket.destroy();
      else if (state === "open") sendClose();
    },
    vanish: () => leave(() => socket.destroy()),
    reset: () => leave(() => socket.resetAndDestroy()),
    deafen() {
      deaf = true;
      socket.pause();
    },
  };
}

/** The frame of a message. */
export function messageFrame(message: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  return clientFrame(JSON.stringify(message));
}
