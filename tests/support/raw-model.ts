import { createHash } from "node:crypto";

/** The server's side of one connection, byte by byte. */
export interface RawPeer {
  /** What the client asked with. */
  readonly head: string;
  write(bytes: Uint8Array | readonly number[]): Promise<void>;
  /** The client's next frame, unmasked; undefined at the end of the connection. */
  frame(): Promise<{ opcode: number; payload: Uint8Array } | undefined>;
  /** Reads and forgets until the client is gone. */
  drain(): Promise<void>;
  close(): void;
}

/** Answers the upgrade as the RFC wants it. */
export function accept({ head }: RawPeer): Uint8Array {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1];
  const answer = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return ascii(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${answer}\r\n\r\n`,
  );
}

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A server's frame, or a part of a message where `last` is false. */
export function serverFrame(opcode: number, payload: Uint8Array | string, last = true): Uint8Array {
  const body = typeof payload === "string" ? ascii(payload) : payload;
  const { length } = body;
  const size = length < 126
    ? [length]
    : length < 65_536
    ? [126, length >> 8, length & 0xff]
    : [127, 0, 0, 0, 0, length >>> 24, length >> 16 & 0xff, length >> 8 & 0xff, length & 0xff];
  const frame = new Uint8Array(1 + size.length + length);
  frame.set([(last ? 0x80 : 0) | opcode, ...size]);
  frame.set(body, 1 + size.length);
  return frame;
}

/** A TCP server on a port of its own that does with each connection what `serve` says, after the request's head. */
export function startRawModel(
  serve: (peer: RawPeer) => Promise<void>,
): AsyncDisposable & { readonly url: string; readonly requests: readonly string[] } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const open = new Set<Deno.Conn>();
  const served: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const conn of listener) {
      open.add(conn);
      served.push(handle(conn).catch(() => {}).finally(() => closeQuietly(conn)));
    }
  })();
  return {
    url: `ws://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/v1/realtime?model=x`,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const conn of open) closeQuietly(conn);
      await Promise.all(served);
    },
  };

  async function handle(conn: Deno.Conn): Promise<void> {
    let bytes = new Uint8Array(0);
    const more = async (): Promise<boolean> => {
      const buffer = new Uint8Array(65_536);
      const count = await conn.read(buffer);
      if (count === null) return false;
      const joined = new Uint8Array(bytes.length + count);
      joined.set(bytes);
      joined.set(buffer.subarray(0, count), bytes.length);
      bytes = joined;
      return true;
    };
    const take = async (count: number): Promise<Uint8Array | undefined> => {
      while (bytes.length < count) if (!await more()) return undefined;
      const taken = bytes.slice(0, count);
      bytes = bytes.slice(count);
      return taken;
    };
    let head = "";
    while (!head.endsWith("\r\n\r\n")) head += String.fromCharCode((await take(1))![0]!);
    requests.push(head);
    await serve({
      head,
      async write(data) {
        const all = Uint8Array.from(data);
        for (let at = 0; at < all.length;) at += await conn.write(all.subarray(at));
      },
      async frame() {
        const start = await take(2);
        if (!start) return undefined;
        const short = start[1]! & 0x7f;
        const wide = short < 126 ? Uint8Array.of(short) : await take(short === 126 ? 2 : 8);
        const length = wide?.reduce((sum, byte) => 256 * sum + byte, 0) ?? 0;
        const key = await take(4);
        const payload = await take(length);
        if (!key || !payload) return undefined;
        return { opcode: start[0]! & 0x0f, payload: payload.map((byte, at) => byte ^ key[at & 3]!) };
      },
      async drain() {
        while (await more());
      },
      close: () => closeQuietly(conn),
    });
  }

  function closeQuietly(conn: Deno.Conn): void {
    open.delete(conn);
    try {
      conn.close();
    } catch {
      // Already closed.
    }
  }
}
