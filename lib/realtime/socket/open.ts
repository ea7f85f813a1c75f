import type { Clock } from "../../clock.ts";

/** How to reach a server. */
export interface OpenOptions {
  readonly clock: Clock;
  /** PEM of authorities to trust beside those that Deno knows. */
  readonly caCerts?: readonly string[] | undefined;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

const PORTS: Readonly<Record<string, number>> = { "ws:": 80, "http:": 80, "wss:": 443, "https:": 443 };
const SECURE: ReadonlySet<string> = new Set(["wss:", "https:"]);
/** How long a dial that was given up may still come to its own end. */
const GRACE_MS = 1000;

/**
 * A connection to the server of an address, without Nagle's algorithm; with TLS the handshake is done. Where a name has
 * several addresses `Deno.connect` tries them 250 ms apart, IPv6 and IPv4 in turn (RFC 8305). Deno trusts the authorities
 * that DENO_TLS_CA_STORE and DENO_CERT name.
 *
 * A TLS connection that is closed with its handshake under way, or with bytes that the server doesn't read, is kept by
 * Deno until the server does something or the system gives it up.
 */
export async function openConnection(url: URL, options: OpenOptions): Promise<Deno.Conn> {
  const { caCerts, signal } = options;
  const tcp = await connect(url, options);
  let conn: Deno.Conn = tcp;
  const cut = () => closeQuietly(conn);
  try {
    signal.throwIfAborted();
    tcp.setNoDelay(true); // before TLS, whose connection has no such switch
    tcp.setKeepAlive(true); // so that the system gives up on a dead server even what Deno keeps
    if (!SECURE.has(url.protocol)) return tcp;
    const tls = await Deno.startTls(tcp, {
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      alpnProtocols: ["http/1.1"],
      ...(caCerts ? { caCerts: [...caCerts] } : {}),
    });
    conn = tls;
    signal.throwIfAborted();
    signal.addEventListener("abort", cut);
    await tls.handshake();
    signal.throwIfAborted();
    return tls;
  } catch (error) {
    closeQuietly(conn);
    throw error;
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

/**
 * A connection that is made in the very turn in which `Deno.connect` is aborted is lost for good, its descriptor with it
 * (Deno 2.9.6). So one that nobody wants any more is left to be made, and then closed; only what takes long is aborted.
 */
async function connect(url: URL, { clock, signal }: OpenOptions): Promise<Deno.TcpConn> {
  const port = PORTS[url.protocol];
  if (port === undefined) throw new TypeError(`Could not dial an address with the protocol ${url.protocol}`);
  const abort = new AbortController();
  let stop = () => {};
  const giveUp = () => stop = clock.after(GRACE_MS, () => abort.abort());
  signal.addEventListener("abort", giveUp);
  try {
    const address = { hostname: url.hostname, port: url.port === "" ? port : Number(url.port) };
    return await Deno.connect({ ...address, signal: abort.signal });
  } finally {
    stop();
    signal.removeEventListener("abort", giveUp);
  }
}

/** Closes what may be closed already. */
export function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It was.
  }
}
