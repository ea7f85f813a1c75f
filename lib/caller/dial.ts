import { messageOf } from "../errors.ts";

const OPEN_LIMIT_MS = 10_000;
const ASK_LIMIT_MS = 3000;

/** A call that was not taken; the message says what to do. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/**
 * Opens a WebSocket; resolves once it is open.
 * @throws RefusedError that says why it could not be opened
 */
export async function dial(url: string): Promise<WebSocket> {
  let socket: WebSocket;
  try {
    socket = new WebSocket(url);
  } catch (error) {
    throw explainThrow(url, error);
  }
  socket.binaryType = "arraybuffer";
  const fault = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(`no answer within ${OPEN_LIMIT_MS} ms`), OPEN_LIMIT_MS);
    const settle = (cause?: string) => {
      clearTimeout(timer);
      resolve(cause);
    };
    socket.onopen = () => settle();
    socket.onerror = (event) => settle((event as ErrorEvent).message);
  });
  socket.onopen = null;
  socket.onerror = null;
  if (fault === undefined) return socket;
  socket.close();
  throw await explainRefusal(url, fault);
}

/**
 * Finds out why a WebSocket could not be opened. The socket's error says little more than a status code, so the same
 * request is made once more over HTTP to read what the service answers.
 * @param cause the message of the socket's error event
 */
async function explainRefusal(url: string, cause: string): Promise<RefusedError> {
  const { protocol, host, pathname } = new URL(url);
  // Without the query: it may hold a token.
  const shown = `${protocol}//${host}${pathname}`;
  if (/tcp connect|refused/i.test(cause)) {
    return new RefusedError(
      `Could not reach Parley at ${shown}: nothing is listening there. Start it with: deno task start`,
    );
  }
  if (/dns/i.test(cause)) return new RefusedError(`Could not reach Parley at ${shown}: no such host`);
  const answer = await ask(url);
  if (!answer) return new RefusedError(`Could not open the line to ${shown}: ${cause}`);
  const { status, body } = answer;
  const error = typeof body?.error === "string" ? body.error : `the service answers ${status}`;
  let message = `Could not open the line to ${shown}: ${error}`;
  if (Array.isArray(body?.personas)) message += `. Personas there: ${body.personas.join(", ")}`;
  if (status === 401) message += ". Give the token with --token";
  return new RefusedError(message);
}

async function ask(url: string): Promise<{ status: number; body?: Record<string, unknown> } | undefined> {
  try {
    const response = await fetch(url.replace(/^ws/, "http"), {
      headers: { connection: "Upgrade", upgrade: "websocket" },
      redirect: "manual",
      signal: AbortSignal.timeout(ASK_LIMIT_MS),
    });
    const text = await response.text();
    try {
      return { status: response.status, body: JSON.parse(text) };
    } catch {
      return { status: response.status };
    }
  } catch {
    return undefined;
  }
}

/** What went wrong before a socket was there at all: an address that is none, a host that may not be reached. */
function explainThrow(url: string, error: unknown): RefusedError {
  return new RefusedError(
    error instanceof Deno.errors.NotCapable
      ? `Could not reach ${url.replace(/\?.*/s, "")}: Deno may not connect there (--allow-net=<host:port>)`
      : `Could not open the line: ${messageOf(error)}`,
  );
}
