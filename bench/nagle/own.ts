import type { ModelSocket } from "../../lib/realtime/connection.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** 32-bit masking keys from a pool: one call of the system's random source for two thousand frames. */
const keys = new Uint32Array(2048);
let keyAt = keys.length;
function nextKey(): number {
  if (keyAt === keys.length) {
    crypto.getRandomValues(keys);
    keyAt = 0;
  }
  return keys[keyAt++]!;
}

/**
 * The least that works for this benchmark over `Deno.connect`: text frames under 64 KiB, no fragments, no control
 * frames, no check of anything. It shows what leaving node's streams out would gain; it is no WebSocket client.
 */
export function dialOwn(url: string): ModelSocket {
  const { protocol, hostname, port, pathname } = new URL(url);
  let conn: Deno.Conn | undefined;
  let filling = new Uint8Array(4096);
  let filled = 0;
  let leaving = new Uint8Array(0);
  let writing = false;
  const socket = {
    readyState: 0,
    bufferedAmount: 0,
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send,
    close: () => conn?.close(),
  } as ModelSocket & { readyState: number };
  run().catch((error) => socket.onerror?.(new ErrorEvent("error", { message: String(error) })));
  return socket;

  /** Frames, masks and queues without allocating: the buffer that fills and the one that leaves change places. */
  function send(text: string): void {
    const most = 8 + 3 * text.length + 4;
    if (filling.length - filled < most) {
      const larger = new Uint8Array(2 * (filled + most) + 3 & ~3);
      larger.set(filling.subarray(0, filled));
      filling = larger;
    }
    const head = text.length < 126 ? 2 : 4;
    const body = filled + head + 4;
    const { written } = encoder.encodeInto(text, filling.subarray(body));
    filling[filled] = 0x81;
    filling[filled + 1] = 0x80 | (head === 2 ? written : 126);
    if (head === 4) {
      filling[filled + 2] = written >> 8;
      filling[filled + 3] = written;
    }
    const key = nextKey();
    for (let i = 0; i < 4; i++) filling[body - 4 + i] = key >>> 8 * i;
    mask(body, body + written, key);
    filled = body + written;
    if (!writing) flush().catch(() => {});
  }

  function mask(from: number, to: number, key: number): void {
    let at = from;
    for (; at < to && (at & 3) !== 0; at++) filling[at]! ^= key >>> 8 * (at - from & 3);
    const turn = 8 * (at - from & 3);
    const turned = turn === 0 ? key : key >>> turn | key << 32 - turn;
    const words = new Uint32Array(filling.buffer);
    let word = at >> 2;
    for (; word < to >> 2; word++) words[word]! ^= turned;
    for (at = Math.max(at, word << 2); at < to; at++) filling[at]! ^= key >>> 8 * (at - from & 3);
  }

  async function flush(): Promise<void> {
    writing = true;
    while (filled > 0) {
      const end = filled;
      [filling, leaving, filled] = [leaving, filling, 0];
      for (let at = 0; at < end;) at += await conn!.write(leaving.subarray(at, end));
    }
    writing = false;
  }

  async function run(): Promise<void> {
    const plain = await Deno.connect({ hostname, port: Number(port) });
    plain.setNoDelay(true); // before startTls, which offers no such switch
    conn = protocol === "wss:" ? await Deno.startTls(plain, { hostname }) : plain;
    await conn.write(encoder.encode(
      `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ));
    let bytes = new Uint8Array(16_384);
    let length = 0;
    let headEnd = -1;
    while (headEnd < 0) {
      length += await conn.read(bytes.subarray(length)) ?? NaN;
      headEnd = decoder.decode(bytes.subarray(0, length)).indexOf("\r\n\r\n");
    }
    bytes.copyWithin(0, headEnd + 4, length);
    length -= headEnd + 4;
    socket.readyState = 1;
    socket.onopen?.(new Event("open"));
    for (;;) {
      let at = 0;
      while (length - at >= 4) {
        const short = bytes[at + 1]! & 0x7f;
        const size = short < 126 ? short : bytes[at + 2]! << 8 | bytes[at + 3]!;
        const body = at + (short < 126 ? 2 : 4);
        if (length < body + size) break;
        const data = decoder.decode(bytes.subarray(body, body + size));
        socket.onmessage?.({ data } as MessageEvent);
        at = body + size;
      }
      bytes.copyWithin(0, at, length);
      length -= at;
      if (length === bytes.length) {
        const larger = new Uint8Array(2 * length);
        larger.set(bytes);
        bytes = larger;
      }
      const count = await conn.read(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    socket.onclose?.(new CloseEvent("close", { code: 1006 }));
  }
}
