/**
 * Both ends of the measurement in one process, so that one clock stamps and reads: callers on the relay's Unix socket,
 * and the model that the relay dials. Each caller sends a frame each 20 ms, each model session a delta of 200 ms each
 * 200 ms; every message carries the time it left.
 *
 * Args: JSON of EndsOptions. Prints JSON of EndsResult.
 */
import { createWriter, FrameReader, readHead, textFrame } from "./frames.ts";

export interface EndsOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly calls: number;
  readonly seconds: number;
  /** Characters of audio in a frame and in a delta. */
  readonly upChars: number;
  readonly downChars: number;
  readonly relayPid: number;
  /** PEM; without it the model speaks no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface EndsResult {
  readonly upMs: Quantiles;
  readonly downMs: Quantiles;
  readonly messages: number;
  /** Of one core, by the relay. */
  readonly cpuMs: number;
  /** Memory that the relay grew by for each call, after traffic. */
  readonly callKb: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const WARM_UP_MS = 3000; // the compilers are still at work
const AT_ONCE = 20;
const options: EndsOptions = JSON.parse(Deno.args[0]!);
const { host, port, path, calls, seconds, relayPid, tls } = options;

let counting = false;
const upMs: number[] = [];
const downMs: number[] = [];
const keep = (list: number[]) => (start: string) => {
  if (counting) list.push(performance.now() - Number.parseFloat(start.slice(start.indexOf("@") + 1)));
};

type Send = (frame: Uint8Array<ArrayBuffer>) => void;
const models: Send[] = [];
const lines: Send[] = [];

async function serveModel(): Promise<void> {
  const listener = tls
    ? Deno.listenTls({ hostname: host, port, ...tls })
    : Deno.listen({ hostname: host, port });
  for await (const conn of listener) answerModel(conn).catch(() => {});
}

async function answerModel(conn: Deno.Conn): Promise<void> {
  if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
  const key = /^sec-websocket-key: *(\S+)/im.exec(await readHead(conn))?.[1];
  const digest = await crypto.subtle.digest(
    "SHA-1",
    new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`),
  );
  await conn.write(new TextEncoder().encode(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${new Uint8Array(digest).toBase64()}\r\n\r\n`,
  ));
  models.push(createWriter(conn));
  await readAll(conn, keep(upMs));
}

async function openLine(): Promise<void> {
  const conn = await Deno.connect({ transport: "unix", path });
  await conn.write(new TextEncoder().encode(
    "GET / HTTP/1.1\r\nHost: line\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  ));
  await readHead(conn);
  lines.push(createWriter(conn));
  const opened = Promise.withResolvers<void>();
  const tell = keep(downMs);
  readAll(conn, (start) => start === "open" ? opened.resolve() : tell(start)).catch(() => {});
  await opened.promise;
}

async function readAll(conn: Deno.Conn, tell: (start: string) => void): Promise<void> {
  const reader = new FrameReader();
  for (let count = await conn.read(reader.room); count !== null; count = await conn.read(reader.room)) {
    reader.took(count, tell);
  }
}

/** User and system time of the relay, ms. */
function relayCpuMs(): number {
  const fields = Deno.readTextFileSync(`/proc/${relayPid}/stat`).split(") ")[1]!.split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function relayKb(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${relayPid}/status`))?.[1]);
}

function quantiles(values: number[]): Quantiles {
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

const upAudio = "A".repeat(options.upChars);
const downAudio = "A".repeat(options.downChars);
const frame = () => textFrame(`{"@${performance.now().toFixed(3)}":0,"audio":"${upAudio}"}`, true);
const delta = () => textFrame(`{"@${performance.now().toFixed(3)}":0,"delta":"${downAudio}"}`, false);

serveModel();
const emptyKb = relayKb();
for (let open = 0; open < calls; open += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, calls - open) }, openLine));
}

const startMs = performance.now();
const upAtMs = Float64Array.from({ length: calls }, (_, call) => startMs + 20 * call / calls);
const downAtMs = Float64Array.from(
  { length: calls },
  (_, call) => startMs + 200 * (call * 7919 % calls) / calls,
);
let cpuStartMs = 0;
const finished = Promise.withResolvers<void>();
function tick(): void {
  const nowMs = performance.now();
  if (!counting && nowMs > startMs + WARM_UP_MS) {
    counting = true;
    cpuStartMs = relayCpuMs();
  }
  if (nowMs > startMs + WARM_UP_MS + seconds * 1000) return finished.resolve();
  for (let call = 0; call < calls; call++) {
    if (upAtMs[call]! <= nowMs) {
      lines[call]!(frame());
      upAtMs[call]! += 20;
    }
    if (downAtMs[call]! <= nowMs) {
      models[call]!(delta());
      downAtMs[call]! += 200;
    }
  }
  setTimeout(tick, 1);
}
tick();
await finished.promise;

const cpuMs = relayCpuMs() - cpuStartMs;
const result: EndsResult = {
  messages: upMs.length + downMs.length,
  upMs: quantiles(upMs),
  downMs: quantiles(downMs),
  cpuMs,
  callKb: (relayKb() - emptyKb) / calls,
};
console.log(JSON.stringify(result));
Deno.exit(0);
