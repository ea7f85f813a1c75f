/** How the stand-in answers: as avr-ami does, or as something else at its address would. */
export type AmiAnswers = "done" | 404 | 403 | 500 | "hang" | "text" | "endless" | "redirect";

export interface AmiRequest {
  readonly method: string;
  /** `/hangup` or `/transfer`. */
  readonly path: string;
  readonly body: unknown;
  readonly atMs: number;
}

export interface AmiStandIn {
  /** What was asked for so far, in order. */
  readonly requests: readonly AmiRequest[];
  /** How it answers from now on. */
  answers: AmiAnswers;
  /** Answers without a socket: for calls in virtual time. */
  readonly fetch: typeof fetch;
}

export interface AmiStandInOptions {
  answers?: AmiAnswers;
  /** Time of the requests. @default performance.now() */
  now?: () => number;
}

/** A stand-in for avr-ami in memory. */
export function createAmiStandIn(options: AmiStandInOptions = {}): AmiStandIn {
  const { answers = "done", now = () => performance.now() } = options;
  const requests: AmiRequest[] = [];
  const standIn: AmiStandIn = {
    requests,
    answers,
    async fetch(input, init) {
      const request = new Request(input, init);
      const atMs = now();
      const { pathname } = new URL(request.url);
      // Read from `init`: a request's own body takes several turns of the event loop.
      const text = typeof init?.body === "string" ? init.body : await request.text();
      requests.push({ method: request.method, path: pathname, body: JSON.parse(text), atMs });
      if (standIn.answers === "hang") await aborted(init?.signal ?? request.signal);
      return answer(standIn.answers, pathname);
    },
  };
  return standIn;
}

/** The same at an address of its own. */
export function startAmi(options?: AmiStandInOptions): AmiStandIn & AsyncDisposable & { url: string } {
  const standIn = createAmiStandIn(options);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, onError: () => new Response(null, { status: 500 }) },
    (request) => standIn.fetch(request),
  );
  return Object.assign(standIn, {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
}

function answer(answers: AmiAnswers, path: string): Response {
  switch (answers) {
    case 404:
      return json(404, "Call with UUID u-1 not found");
    case 403:
      return json(403, "Transfer to 0099 not allowed");
    case 500:
      return json(500, "Error communicating with Asterisk");
    case "text":
      return new Response("<h1>It works!</h1>");
    case "endless":
      return new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024).fill(32)) }),
      );
    case "redirect":
      return new Response(null, { status: 307, headers: { location: "http://127.0.0.1:1/elsewhere" } });
    default:
      return json(200, path === "/hangup" ? "Call hung up" : "Call transferred");
  }
}

function json(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

/** Never comes back by itself. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
