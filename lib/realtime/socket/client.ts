import type { Clock } from "../../clock.ts";
import { messageOf } from "../../errors.ts";
import type { ModelSocket } from "../connection.ts";
import { createKeepAlive, PING_MS } from "../keep-alive.ts";
import { type Answer, AnswerReader } from "./answer.ts";
import { closingPayload, CUT } from "./closing.ts";
import { FrameReader } from "./frame-reader.ts";
import { createKey, createUpgrade, upgradeFault } from "./handshake.ts";
import { closeQuietly, openConnection } from "./open.ts";
import { CLOSE, INTERNAL_ERROR, PING, PONG } from "./opcodes.ts";
import { Outflow } from "./outflow.ts";

export interface SocketSettings {
  readonly clock: Clock;
  readonly caCerts: readonly string[] | undefined;
  readonly dialLimitMs: number;
  readonly closeLimitMs: number;
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** Eight minutes of a caller's speech in PCM16. */
const MAX_UNSENT_BYTES = 32 * 2 ** 20;
/** How long a server that broke the protocol may take to hear of it. */
const LINGER_MS = 500;
const ANSWER_READ_BYTES = 4096;

/** One connection, as `createSocketDial` says. Its life is `#live`, from the dial to `onclose`. */
export class SocketClient implements ModelSocket {
  onopen: ModelSocket["onopen"] = null;
  onmessage: ModelSocket["onmessage"] = null;
  onclose: ModelSocket["onclose"] = null;
  onerror: ModelSocket["onerror"] = null;

  readonly #settings: SocketSettings;
  /** Until the socket is open. */
  #dialling: AbortController | undefined = new AbortController();
  readonly #reader: FrameReader;
  #state = CONNECTING;
  #conn: Deno.Conn | undefined;
  #out: Outflow | undefined;
  #keepAlive = { heard: () => {}, stop: () => {} };
  #stopTimer = () => {};
  /** What fails from now on fails because of us. */
  #isCut = false;
  /** Nobody wants to hear of errors any more. */
  #isGivenUp = false;
  #fault: string | undefined;
  #code = CUT;
  #reason = "";

  constructor(address: string, headers: Readonly<Record<string, string>>, settings: SocketSettings) {
    this.#settings = settings;
    this.#reader = new FrameReader({
      message: (data) => {
        if (this.#state !== OPEN) return;
        try {
          this.onmessage?.(new MessageEvent("message", { data }));
        } catch (error) {
          this.#fail(INTERNAL_ERROR, messageOf(error));
        }
      },
      ping: (payload) => this.#control(PONG, payload),
      pong() {},
      close: (code, reason) => this.#closedByServer(code, reason),
      fault: (code, message) => this.#fail(code, message),
    });
    this.#live(address, headers);
  }

  get readyState(): number {
    return this.#state;
  }

  /** Bytes of frames that the system has not taken. */
  get bufferedAmount(): number {
    return this.#out?.bytes ?? 0;
  }

  send(data: string): void {
    if (this.#state !== OPEN) return;
    this.#out!.text(data);
    this.#bound();
  }

  close(code?: number, reason = ""): void {
    if (this.#state >= CLOSING) return;
    this.#isGivenUp = true;
    const payload = this.#state === OPEN ? closingPayload(code, reason) : undefined;
    this.#startClosing();
    if (!payload) return this.#cut();
    this.#out!.control(CLOSE, payload);
    this.#limit(this.#settings.closeLimitMs);
  }

  async #live(address: string, headers: Readonly<Record<string, string>>): Promise<void> {
    try {
      const { dialLimitMs } = this.#settings;
      this.#limit(dialLimitMs, `No answer within ${dialLimitMs} ms`);
      const { rest } = await this.#dial(new URL(address), headers);
      await this.#serve(rest);
    } catch (error) {
      if (!this.#isCut) this.#fault ??= messageOf(error);
    }
    await this.#finish();
  }

  async #dial(url: URL, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const { signal } = this.#dialling!;
    const upgrade = await createUpgrade(url, headers, createKey());
    const conn = this.#conn = await openConnection(url, { ...this.#settings, signal });
    signal.throwIfAborted();
    const request = new TextEncoder().encode(upgrade.request);
    for (let at = 0; at < request.length;) at += await conn.write(request.subarray(at));
    const reader = new AnswerReader();
    const bytes = new Uint8Array(ANSWER_READ_BYTES);
    for (;;) {
      const count = await conn.read(bytes);
      if (count === null) throw new Error("The server closed the connection before it answered");
      const answer = reader.push(bytes.subarray(0, count));
      if (!answer) continue;
      const fault = upgradeFault(answer, upgrade);
      if (fault !== undefined) throw new Error(fault);
      return answer;
    }
  }

  /** @param rest what came behind the answer's head */
  async #serve(rest: Uint8Array): Promise<void> {
    if (this.#isCut) return; // between the answer and this
    const conn = this.#conn!;
    const { clock, closeLimitMs } = this.#settings;
    this.#stopTimer();
    // What the server said before may still wait to be read: its close frame.
    const out = this.#out = new Outflow(conn, (fault) => {
      if (!this.#isCut) this.#limit(closeLimitMs, fault);
    });
    this.#dialling = undefined;
    this.#state = OPEN;
    this.#keepAlive = createKeepAlive({
      clock,
      ping: () => this.#control(PING),
      lost: () => {
        this.#reason = `No pong within ${PING_MS} ms`;
        this.#startClosing();
        this.#cut();
      },
    });
    try {
      this.onopen?.(new Event("open"));
    } catch (error) {
      this.#fail(INTERNAL_ERROR, messageOf(error));
    }
    const reader = this.#reader;
    reader.push(rest);
    for (;;) {
      const count = await conn.read(reader.room);
      if (count === null) break;
      this.#keepAlive.heard();
      reader.took(count);
    }
    if (!this.#isCut) this.#fault ??= out.fault;
  }

  #control(opcode: number, payload?: Uint8Array): void {
    if (this.#state !== OPEN) return;
    this.#out!.control(opcode, payload);
    this.#bound();
  }

  /** Gives a server up that reads nothing. */
  #bound(): void {
    if (this.#out!.bytes <= MAX_UNSENT_BYTES) return;
    this.#fault ??= `The server reads nothing: over ${MAX_UNSENT_BYTES} bytes wait`;
    this.#startClosing();
    this.#cut();
  }

  #closedByServer(code: number, reason: string): void {
    const out = this.#out!;
    this.#code = code;
    this.#reason = reason;
    if (this.#state === OPEN) {
      this.#startClosing();
      out.clear();
      out.control(CLOSE, closingPayload(code, "")); // empty where that was
      this.#limit(this.#settings.closeLimitMs);
    }
    out.flushed().then(() => this.#cut());
  }

  /**
   * Gives the connection up and tells the server why. What it has sent is read to the end, as the system would take our
   * close frame back otherwise.
   */
  #fail(code: number, message: string): void {
    this.#reader.stop();
    if (this.#state !== OPEN) return this.#cut();
    this.#fault ??= message;
    this.#startClosing();
    const out = this.#out!;
    out.clear();
    out.control(CLOSE, closingPayload(code, ""));
    out.end();
    this.#limit(Math.min(this.#settings.closeLimitMs, LINGER_MS));
  }

  #startClosing(): void {
    this.#state = CLOSING;
    this.#keepAlive.stop();
  }

  /** From now on, after `delayMs` the connection is cut. */
  #limit(delayMs: number, fault?: string): void {
    this.#stopTimer();
    this.#stopTimer = this.#settings.clock.after(delayMs, () => {
      this.#fault ??= fault;
      this.#cut();
    });
  }

  /** Ends the connection at once; all that waits on it fails, and so `#live` comes to its end. */
  #cut(): void {
    this.#isCut = true;
    this.#stopTimer();
    this.#dialling?.abort();
    if (this.#conn) closeQuietly(this.#conn);
  }

  async #finish(): Promise<void> {
    this.#startClosing();
    this.#cut();
    await this.#out?.flushed();
    this.#state = CLOSED;
    const [code, reason, fault] = [this.#code, this.#reason, this.#fault];
    try {
      if (fault !== undefined && code === CUT && !this.#isGivenUp) {
        this.onerror?.(new ErrorEvent("error", { message: fault }));
      }
    } catch {
      // Thrown by the handler, of a connection that is over.
    }
    try {
      this.onclose?.(new CloseEvent("close", { code, reason, wasClean: code !== CUT }));
    } catch {
      // As above.
    }
  }
}
