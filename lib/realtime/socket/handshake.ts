import type { Answer } from "./answer.ts";

/** What a client asks with, and what it will hold the server to. */
export interface Upgrade {
  readonly request: string;
  /** `Sec-WebSocket-Accept` of the server that understood. */
  readonly accept: string;
  /** Subprotocols offered. */
  readonly protocols: readonly string[];
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Neither a line's end, nor anything else that a server could read in two ways. */
const VALUE = /^[\t\x20-\x7e]*$/;
const OURS = new Set([
  "host",
  "upgrade",
  "connection",
  "content-length",
  "transfer-encoding",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-extensions",
  "sec-websocket-accept",
]);

/** 16 random bytes in base64. */
export function createKey(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toBase64();
}

/**
 * The request for a WebSocket: RFC 6455, 4.1.
 * @throws TypeError on an address or header that can't be sent; no value of a header is in its message
 */
export async function createUpgrade(
  url: URL,
  headers: Readonly<Record<string, string>>,
  key: string,
): Promise<Upgrade> {
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("Could not dial an address with a user name or password in it");
  }
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`, // without the protocol's own port, with any other
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
  ];
  let protocols: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const lowerCase = name.toLowerCase();
    if (!TOKEN.test(name)) throw new TypeError(`Could not send a header of the name ${JSON.stringify(name)}`);
    if (OURS.has(lowerCase)) throw new TypeError(`Could not send the header ${name}: it is the dial's own`);
    if (!VALUE.test(value)) throw new TypeError(`Could not send the header ${name}: its value is not ASCII`);
    if (lowerCase === "sec-websocket-protocol") protocols = value.split(",").map((each) => each.trim());
    lines.push(`${name}: ${value}`);
  }
  const digest = await crypto.subtle.digest("SHA-1", ascii(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`));
  return {
    request: `${lines.join("\r\n")}\r\n\r\n`,
    accept: new Uint8Array(digest).toBase64(),
    protocols,
  };
}

/** Why the server's answer opens no WebSocket; undefined if it does. */
export function upgradeFault(
  { status, headers }: Answer,
  { accept, protocols }: Upgrade,
): string | undefined {
  if (status !== 101) {
    const seconds = headers.get("retry-after") ?? "";
    const retry = /^\d{1,6}$/.test(seconds) ? `, Retry-After: ${seconds}` : "";
    return `Invalid status code: ${status}${retry}`;
  }
  const lowerCase = (name: string) => headers.get(name)?.toLowerCase() ?? "";
  if (lowerCase("upgrade") !== "websocket") return "Invalid Upgrade header";
  if (!lowerCase("connection").split(",").some((each) => each.trim() === "upgrade")) {
    return "Invalid Connection header";
  }
  if (headers.get("sec-websocket-accept") !== accept) return "Invalid Sec-WebSocket-Accept header";
  if (headers.get("sec-websocket-extensions")) return "Extension that was not asked for";
  const protocol = headers.get("sec-websocket-protocol");
  if (protocol !== undefined && !protocols.includes(protocol)) return "Subprotocol that was not asked for";
  return undefined;
}

function ascii(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
