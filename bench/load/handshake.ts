import { createHash } from "node:crypto";

/** The key's suffix of RFC 6455, section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const HEAD_BYTES_MAX = 16 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Asks a server for a WebSocket; returns what came after its answer. Throws if it refuses. */
export async function openWebSocket(
  conn: Deno.TcpConn,
  { hostname, port, path }: { hostname: string; port: number; path: string },
): Promise<Uint8Array> {
  const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
  await send(
    conn,
    `GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
      `sec-websocket-key: ${key}\r\nsec-websocket-version: 13\r\n\r\n`,
  );
  const { head, rest } = await readHead(conn, new Uint8Array(0));
  if (!/^HTTP\/1\.1 101 /.test(head)) throw new Error(`Could not open a WebSocket: ${head.split("\r\n")[0]}`);
  return rest;
}

/** Grants a WebSocket. @param begun what has been read of the request */
export async function acceptWebSocket(conn: Deno.TcpConn, begun: Uint8Array): Promise<Uint8Array> {
  const { head, rest } = await readHead(conn, begun);
  const key = /^sec-websocket-key: *(\S+)/mi.exec(head)?.[1];
  if (key === undefined) throw new Error("Could not find the key of a WebSocket");
  const accept = createHash("sha1").update(key + GUID).digest("base64");
  await send(
    conn,
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
      `sec-websocket-accept: ${accept}\r\n\r\n`,
  );
  return rest;
}

async function readHead(
  conn: Deno.TcpConn,
  begun: Uint8Array,
): Promise<{ head: string; rest: Uint8Array }> {
  const bytes = new Uint8Array(HEAD_BYTES_MAX);
  bytes.set(begun);
  let length = begun.length;
  for (;;) {
    const end = decoder.decode(bytes.subarray(0, length)).indexOf("\r\n\r\n");
    if (end >= 0) {
      return { head: decoder.decode(bytes.subarray(0, end)), rest: bytes.slice(end + 4, length) };
    }
    const count = length < bytes.length ? await conn.read(bytes.subarray(length)) : null;
    if (count === null) throw new Error("Could not read the head of a WebSocket");
    length += count;
  }
}

async function send(conn: Deno.TcpConn, text: string): Promise<void> {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}
