/**
 * The stand-in of the model: takes what bridges send, plays the same scripted conversation to every session, writes down
 * when each append came and each delta left. Run by bench/calls.ts.
 */
import { spread } from "../quantiles.ts";
import { nowMs } from "./clock.ts";
import { giveUp, obey, tell } from "./control.ts";
import { sessionCreated, sessionUpdated, truncated } from "./events.ts";
import { acceptWebSocket } from "./handshake.ts";
import { EventLog, KINDS } from "./log.ts";
import { Rounds } from "./rounds.ts";
import { createScript, greeting, PERIOD_MS, type Step, TURN_MS } from "./script.ts";
import { base64Bytes, bytesPerMs, type Format, Sound } from "./sound.ts";
import { Ticker } from "./ticker.ts";
import { frame, FrameReader, OPCODES, type ReceivedFrame, serverFrame } from "./wire.ts";

/** What the program is told: one JSON object as its argument. */
export interface ModelOptions {
  readonly port: number;
  readonly format: Format;
  /** How many calls to expect. */
  readonly calls: number;
  /** How long it will run at most, s: so much conversation is made beforehand. */
  readonly seconds: number;
  /** Where the log goes. */
  readonly log: string;
}

/** A connection that begins with this asks for the time, once for each byte that follows. */
export const CLOCK_QUESTION = "CLOCK\n";

const encoder = new TextEncoder();
const APPEND_HEAD = encoder.encode('{"type":"input_audio_buffer.append","audio":"');
const APPEND_TAIL_BYTES = '"}'.length;
const EQUALS = "=".charCodeAt(0);
/** Spreads the sessions' first turns over the time of one, however many there are. */
const GOLDEN = 0.6180339887498949;
const FIRST_TURN_MS = 100;
/** An append of so much is silence that a bridge filled a gap with, and no frame of the caller's. */
const FILLING_MS = 200;

const options: ModelOptions = JSON.parse(Deno.args[0] ?? "{}");
const log = new EventLog();
const audio = (await Sound.read()).agentAudio(options.format);
const script = createScript(audio, Math.ceil(options.seconds * 1000 / PERIOD_MS) + 1);
/** What is to be done in each millisecond of the period. */
const wheel: { session: Session; step: Step }[][] = Array.from({ length: PERIOD_MS }, () => []);
const rounds = new Rounds();
let fillings = 0;
let nextTick = 0;

class Session {
  readonly #conn: Deno.TcpConn;
  readonly #index: number;
  isOpen = true;
  /** The script's period that it is in; -1 before the first. */
  #period = -1;
  #hasScript = false;

  constructor(conn: Deno.TcpConn, index: number) {
    this.#conn = conn;
    this.#index = index;
  }

  async run(begun: Uint8Array): Promise<void> {
    const reader = new FrameReader();
    const isWatched = Rounds.isWatched(this.#index, options.calls);
    this.send(serverFrame(sessionCreated()));
    let count: number | null = begun.length;
    reader.room.set(begun);
    while (count !== null && this.isOpen) {
      reader.take(count, this.#onFrame);
      if (this.#hasScript && !isWatched) await rounds.turn(this.#index);
      count = await this.#conn.read(reader.room);
    }
  }

  readonly #onFrame = (received: ReceivedFrame): void => {
    if (received.opcode === OPCODES.ping) return this.send(frame(OPCODES.pong, received.payload()));
    if (received.opcode === OPCODES.close) {
      this.send(frame(OPCODES.close, received.payload()));
      this.isOpen = false;
      return;
    }
    if (!received.startsWith(APPEND_HEAD)) return this.#onEvent(JSON.parse(received.text()));
    const end = received.length - APPEND_TAIL_BYTES;
    const padding = received.at(end - 1) !== EQUALS ? 0 : received.at(end - 2) === EQUALS ? 2 : 1;
    this.#onAppend(base64Bytes(end - APPEND_HEAD.length, padding));
  };

  #onEvent(event: Record<string, unknown>): void {
    if (event.type === "input_audio_buffer.append" && typeof event.audio === "string") {
      return this.#onAppend(Uint8Array.fromBase64(event.audio).length);
    }
    if (event.type === "session.update") {
      return this.send(serverFrame(sessionUpdated(event.session as object)));
    }
    if (event.type === "conversation.item.truncate") {
      const { item_id, content_index, audio_end_ms } = event;
      return this.send(serverFrame(truncated({ item_id, content_index, audio_end_ms })));
    }
    if (event.type !== "response.create") return;
    const response = event.response as { metadata?: unknown } | undefined;
    this.send(greeting(audio, this.#index, response?.metadata ?? null));
    this.#joinScript();
  }

  #onAppend(bytes: number): void {
    const ms = bytes / bytesPerMs(options.format);
    if (ms >= FILLING_MS) fillings++;
    else log.add(KINDS.appended, this.#index, ms, nowMs());
  }

  #joinScript(): void {
    if (this.#hasScript) return;
    this.#hasScript = true;
    const phaseMs = nextTick + FIRST_TURN_MS + Math.floor(this.#index * GOLDEN % 1 * TURN_MS);
    for (const step of script) {
      wheel[(phaseMs + step.atMs) % PERIOD_MS]!.push({ session: this, step });
    }
  }

  /** Takes a step of the script, from the first turn on. */
  take(step: Step): void {
    const { kind, breaksOff } = step;
    const isFirst = this.#period < 0;
    if (isFirst !== (kind === "begin")) return;
    if (isFirst || breaksOff) this.#period++;
    const bytes = step.bytes[this.#period % step.bytes.length]!;
    if (kind === "delta") log.add(KINDS.delta, this.#index, step.startMs, nowMs());
    else if (kind !== "other") log.add(KINDS.speech, this.#index, breaksOff ? 1 : 0, nowMs());
    this.send(bytes);
  }

  send(bytes: Uint8Array): void {
    this.#conn.write(bytes).then((count) => {
      // The bridge has not read for megabytes: it will hear no more.
      if (count < bytes.length) this.isOpen = false;
    }, () => this.isOpen = false);
  }
}

let sessions = 0;

async function serve(conn: Deno.TcpConn): Promise<void> {
  try {
    conn.setNoDelay(true);
    const bytes = new Uint8Array(4096);
    const count = await conn.read(bytes) ?? 0;
    const begun = bytes.subarray(0, count);
    if (count >= CLOCK_QUESTION.length && begun[0] === CLOCK_QUESTION.charCodeAt(0)) {
      return await tellTime(conn);
    }
    const rest = await acceptWebSocket(conn, begun);
    const session = new Session(conn, sessions++);
    await session.run(rest).finally(() => session.isOpen = false);
  } catch {
    // The bridge went without a word.
  } finally {
    conn.close();
  }
}

async function tellTime(conn: Deno.TcpConn): Promise<void> {
  const question = new Uint8Array(1);
  await conn.write(question);
  while (await conn.read(question) !== null) {
    await conn.write(new Uint8Array(Float64Array.of(nowMs()).buffer));
  }
}

const ticker = new Ticker((tick) => {
  nextTick = tick + 1;
  rounds.tick(tick);
  const due = wheel[tick % PERIOD_MS]!;
  let gone = false;
  for (const { session, step } of due) {
    if (session.isOpen) session.take(step);
    else gone = true;
  }
  if (gone) wheel[tick % PERIOD_MS] = due.filter(({ session }) => session.isOpen);
});

async function listen(): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: options.port });
  tell({ listening: true });
  for await (const conn of listener) serve(conn);
}

listen().catch(giveUp);
await obey(async (command) => {
  if (command === "stop") {
    ticker.stop();
    await log.save(options.log);
    return { saved: true };
  }
  const lagMs = spread(ticker.takeLagsMs());
  return { lagMs, fillings };
});
