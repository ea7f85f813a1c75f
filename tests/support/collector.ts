import { createHmac, timingSafeEqual } from "node:crypto";

/** How the stand-in answers: with a status, or never. */
export type CollectorAnswer = number | "hang" | "endless" | "redirect";

export interface ReceivedRecord {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  readonly record: Record<string, unknown>;
}

/** A stand-in for whoever takes records, at an address of its own. */
export interface CollectorStandIn extends AsyncDisposable {
  readonly url: string;
  /** All requests, in order. */
  readonly received: readonly ReceivedRecord[];
  /** Those that were answered with success. */
  readonly taken: readonly ReceivedRecord[];
  /** Next answers, one each; then the last goes on. */
  answers: CollectorAnswer[];
  /** Resolves when so many have been taken. */
  atLeast(count: number): Promise<void>;
}

export function startCollector(...answers: CollectorAnswer[]): CollectorStandIn {
  const received: ReceivedRecord[] = [];
  const taken: ReceivedRecord[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const hanging = new AbortController();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = await request.text();
    const { pathname } = new URL(request.url);
    const one = {
      method: request.method,
      path: pathname,
      headers: request.headers,
      body,
      record: JSON.parse(body),
    };
    received.push(one);
    const answer = (standIn.answers.length > 1 ? standIn.answers.shift() : standIn.answers[0]) ?? 200;
    if (answer === "hang") {
      await new Promise<void>((resolve) => {
        for (const signal of [request.signal, hanging.signal]) {
          signal.addEventListener("abort", () => resolve());
        }
      });
      return new Response(null, { status: 500 });
    }
    if (answer === "redirect") {
      return new Response(null, { status: 307, headers: { location: "/elsewhere" } });
    }
    if (answer === "endless") {
      return new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(1024)) }));
    }
    if (answer < 300) {
      taken.push(one);
      for (const each of waiting) if (taken.length >= each.count) each.resolve();
    }
    return new Response(answer === 204 ? null : "{}", { status: answer });
  });
  const standIn: CollectorStandIn = {
    url: `http://127.0.0.1:${server.addr.port}/calls`,
    received,
    taken,
    answers,
    async atLeast(count) {
      if (taken.length >= count) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ count, resolve });
      const timer = setTimeout(
        () => reject(new Error(`Only ${taken.length} records of ${count} came`)),
        10_000,
      );
      await promise.finally(() => clearTimeout(timer));
    },
    async [Symbol.asyncDispose]() {
      hanging.abort();
      await server.shutdown();
    },
  };
  return standIn;
}

/** Whether a request was signed with this secret, and lately; as docs/operations.md tells its receivers to check. */
export function isGenuine({ headers, body }: ReceivedRecord, secret: string, now = Date.now()): boolean {
  const timestamp = headers.get("x-parley-timestamp") ?? "";
  const given = /^sha256=([0-9a-f]{64})$/.exec(headers.get("x-parley-signature") ?? "")?.[1];
  if (given === undefined || Math.abs(now / 1000 - Number(timestamp)) > 300) return false;
  const wanted = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest();
  return timingSafeEqual(wanted, Uint8Array.fromHex(given));
}
