import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";

export interface PostOptions {
  readonly body: string;
  /** Further headers. */
  readonly sign: () => Promise<Readonly<Record<string, string>>>;
  readonly clock: Clock;
  /** From the request to the answer's head. */
  readonly limitMs: number;
  /** Gives it up; at the limit this does. */
  readonly abort: AbortController;
  readonly fetch?: typeof fetch;
}

export type Outcome =
  | { readonly kind: "taken" }
  /** It would be refused again: something is wrong with the record. */
  | { readonly kind: "refused"; readonly status: number }
  /** `retryAfterMs` as the answer named it, else 0. */
  | { readonly kind: "failed"; readonly why: string; readonly retryAfterMs: number };

/** Bad request, too large, wrong media type, unprocessable; others may be mended on the other side. */
const REFUSALS: readonly number[] = [400, 413, 415, 422];

/** POSTs JSON. A redirect is not followed: the permissions name one host. Never rejects. */
export async function post(url: string, options: PostOptions): Promise<Outcome> {
  const { body, sign, clock, limitMs, abort, fetch: fetcher = fetch } = options;
  let late = false;
  const stop = clock.after(limitMs, () => {
    late = true;
    abort.abort();
  });
  try {
    const response = await fetcher(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...await sign() },
      body,
      redirect: "manual",
      signal: abort.signal,
    });
    // What it says is of no interest, and might not end.
    response.body?.cancel().catch(() => {});
    const { status } = response;
    if (response.ok) return { kind: "taken" };
    if (REFUSALS.includes(status)) return { kind: "refused", status };
    const why = status >= 300 && status < 400
      ? `status ${status}, which is not followed`
      : `status ${status}`;
    return { kind: "failed", why, retryAfterMs: retryAfterMs(response) };
  } catch (error) {
    // The URL may hold a password or a token.
    const why = late
      ? `no answer within ${limitMs} ms`
      : messageOf(error).replace(/https?:\/\/[^\s)]+/g, "the collector");
    return { kind: "failed", why, retryAfterMs: 0 };
  } finally {
    stop();
  }
}

/** Seconds; the header's other form, a date, goes by their clock. */
function retryAfterMs({ headers }: Response): number {
  const seconds = /^\d+$/.exec(headers.get("retry-after")?.trim() ?? "")?.[0];
  return seconds === undefined ? 0 : Number(seconds) * 1000;
}
