import { messageOf } from "../../lib/errors.ts";
import { nowMs } from "./clock.ts";
import { openWebSocket } from "./handshake.ts";
import { type EventLog, KINDS } from "./log.ts";
import type { Rounds } from "./rounds.ts";
import { sessionIn } from "./script.ts";
import { base64Bytes } from "./sound.ts";
import { clientFrame, frame, FrameReader, OPCODES, type ReceivedFrame } from "./wire.ts";

export interface CallerOptions {
  readonly index: number;
  readonly port: number;
  readonly log: EventLog;
  /** What it says: 20 ms each, ready to be sent. */
  readonly frames: readonly Uint8Array[];
  /** When it may read, once it has heard the agent's first word; at once without. */
  readonly rounds: Rounds | undefined;
}

const FRAME_MS = 20;
const BYTES_PER_MS = 16;
const BEGIN_LIMIT_MS = 20_000;
/** For the bridge's close frame: a connection cut before it would be a line that was lost, not a hang-up. */
const CLOSE_LIMIT_MS = 1000;
/** The calls of two runs against one bridge are not the same ones. */
const RUN = crypto.randomUUID().slice(0, 8);
const encoder = new TextEncoder();
const AUDIO_HEAD = encoder.encode('{"type":"audio","audio":"');
const AUDIO_TAIL_BYTES = '"}'.length;
const EQUALS = "=".charCodeAt(0);
/** Closing says nothing: it is masked all the same. */
const CLOSE = frame(OPCODES.close, new Uint8Array(0), Uint8Array.of(1, 2, 3, 4));

/** One caller, as the phone's side of a call. */
export class Caller {
  readonly index: number;
  readonly #options: CallerOptions;
  readonly #heard = Promise.withResolvers<void>();
  #conn: Deno.TcpConn | undefined;
  #next: number;
  #closeLimit: ReturnType<typeof setTimeout> | undefined;
  isOpen = false;
  /** What the call is to the model; known once the greeting's transcript has come. */
  session: number | undefined;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.index = options.index;
    this.#next = options.index * 13 % options.frames.length;
  }

  /** Calls; resolves to the milliseconds until the agent's first word. Rejects when none comes. */
  async begin(): Promise<number> {
    const { port, index } = this.#options;
    const startMs = nowMs();
    const limit = setTimeout(() => {
      this.#heard.reject(new Error("No greeting came in time"));
      this.hangUp();
    }, BEGIN_LIMIT_MS);
    this.#open(port, index).catch((error) => this.#heard.reject(new Error(messageOf(error))));
    await this.#heard.promise.finally(() => clearTimeout(limit));
    return nowMs() - startMs;
  }

  async #open(port: number, index: number): Promise<void> {
    const hostname = "127.0.0.1";
    const conn = this.#conn = await Deno.connect({ hostname, port });
    conn.setNoDelay(true);
    const rest = await openWebSocket(conn, { hostname, port, path: "/" });
    this.isOpen = true;
    this.#send(clientFrame(JSON.stringify({ type: "init", uuid: `bench-${RUN}-${index}` })));
    await this.#listen(conn, rest);
  }

  /** Says the next 20 ms. */
  sendFrame(): void {
    if (!this.isOpen) return;
    const { frames, log } = this.#options;
    const bytes = frames[this.#next++ % frames.length]!;
    log.add(KINDS.sent, this.index, FRAME_MS, nowMs());
    this.#send(bytes);
  }

  hangUp(): void {
    const wasOpen = this.isOpen;
    this.isOpen = false;
    if (!wasOpen) return this.#cut();
    this.#conn!.write(CLOSE).catch(() => this.#cut());
    this.#closeLimit ??= setTimeout(() => this.#cut(), CLOSE_LIMIT_MS);
  }

  #cut(): void {
    clearTimeout(this.#closeLimit);
    try {
      this.#conn?.close();
    } catch {
      // Closed already.
    }
  }

  async #listen(conn: Deno.TcpConn, begun: Uint8Array): Promise<void> {
    const { rounds, index } = this.#options;
    const reader = new FrameReader();
    reader.room.set(begun);
    try {
      for (let count: number | null = begun.length; count !== null; count = await conn.read(reader.room)) {
        reader.take(count, this.#onFrame);
        if (rounds && this.isOpen && this.session !== undefined) await rounds.turn(index);
      }
    } finally {
      this.isOpen = false;
      this.#cut();
      this.#heard.reject(new Error("The call was ended before the greeting"));
    }
  }

  readonly #onFrame = (received: ReceivedFrame): void => {
    const { log, index } = this.#options;
    if (received.startsWith(AUDIO_HEAD)) {
      const end = received.length - AUDIO_TAIL_BYTES;
      const padding = received.at(end - 1) !== EQUALS ? 0 : received.at(end - 2) === EQUALS ? 2 : 1;
      log.add(
        KINDS.heard,
        index,
        base64Bytes(end - AUDIO_HEAD.length, padding) / BYTES_PER_MS,
        nowMs(),
      );
      return this.#heard.resolve();
    }
    if (received.opcode === OPCODES.ping) {
      return this.#send(frame(OPCODES.pong, received.payload(), Uint8Array.of(5, 6, 7, 8)));
    }
    if (received.opcode === OPCODES.text) this.#onMessage(JSON.parse(received.text()));
  };

  #onMessage(message: Record<string, unknown>): void {
    if (message.type === "interruption") this.#options.log.add(KINDS.stopped, this.index, 0, nowMs());
    if (message.type === "error") this.#heard.reject(new Error(String(message.message)));
    if (message.type === "transcript") this.session ??= sessionIn(String(message.text));
  }

  #send(bytes: Uint8Array): void {
    this.#conn!.write(bytes).then((count) => {
      // The bridge has not read for megabytes.
      if (count < bytes.length) this.isOpen = false;
    }, () => this.isOpen = false);
  }
}
