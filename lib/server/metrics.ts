import type { MetricsMode } from "../config/metrics.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { MetricsPage } from "../metrics.ts";
import { isNearby } from "./nearby.ts";
import { refuse, toResponse } from "./refusal.ts";

export interface MetricsEndpointOptions {
  readonly mode: MetricsMode;
  /** Whether a request brings AUTH_TOKEN; undefined where none is set. */
  readonly hasToken: ((request: Request, url: URL) => boolean) | undefined;
  readonly render: () => Promise<MetricsPage>;
  readonly log: Log;
}

/** Answers `/metrics`; undefined where there is none. @param address of the client's socket */
export type MetricsEndpoint = (
  request: Request,
  url: URL,
  address: string | undefined,
) => Response | undefined;

const WHY_NOT = "Could not show the metrics: ";

/** Makes the endpoint that Prometheus reads. What it shows is no secret, but nobody else's business: load and spending. */
export function createMetricsEndpoint(
  { mode, hasToken, render, log }: MetricsEndpointOptions,
): MetricsEndpoint {
  return (request, url, address) => {
    if (mode === "off" || url.pathname !== "/metrics") return undefined;
    const permitted = mode === "open" || hasToken?.(request, url) === true ||
      (mode === "auto" && isNearby(request, address));
    if (!permitted) {
      return toResponse(
        hasToken
          ? refuse(401, `${WHY_NOT}AUTH_TOKEN is needed`, {}, { "www-authenticate": "Bearer" })
          : refuse(403, `${WHY_NOT}METRICS names who may read them, and who asks is not among them`),
      );
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return toResponse(refuse(405, `${WHY_NOT}only GET is taken`, {}, { allow: "GET, HEAD" }));
    }
    return new Response(request.method === "HEAD" ? null : page(), { headers: HEADERS });
  };

  /** Follows the head of the answer, which goes out at once. */
  function page(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      async start(controller) {
        try {
          controller.enqueue(new TextEncoder().encode((await render()).text));
          controller.close();
        } catch (error) {
          log.error("Could not show the metrics", { error: messageOf(error) });
          controller.error(error);
        }
      },
    });
  }
}

const HEADERS = {
  "content-type": "text/plain; version=0.0.4; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};
