import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { LoadedPersona } from "../persona/load.ts";
import type { Tool } from "../tools/tool.ts";
import { PAGE, type PageFile } from "./files.ts";
import { COMMON, pageHeaders } from "./headers.ts";
import { createPermit, type Verdict } from "./permit.ts";
import { readSamples, type Sample } from "./samples.ts";
import { sessionView } from "./session-view.ts";
import { type ServiceState, stateView } from "./state.ts";

export interface ConsoleOptions {
  readonly config: Config;
  /** As they are now: they may be loaded anew while the service runs. */
  readonly personas: () => ReadonlyMap<string, LoadedPersona>;
  readonly toolsFor: (persona: LoadedPersona) => ReadonlyMap<string, Tool>;
  readonly state: () => ServiceState;
  /** Whether a request brings AUTH_TOKEN, or none is set. */
  readonly hasToken: (request: Request, url: URL) => boolean;
  readonly log: Log;
  /** @default those that are shipped */
  readonly samples?: readonly Sample[];
}

/** The page for whoever writes personas: its files, and what it asks the service. */
export interface Console {
  /**
   * Answers what is the console's; undefined where there is none for this client, or the request is for something else.
   * @param address of the client's socket
   */
  respond(request: Request, url: URL, address: string | undefined): Response | undefined;
  /** Whether a line of this client may be told of events, and write. */
  permits(request: Request, url: URL, address: string | undefined): boolean;
}

/** Makes the console. */
export function createConsole(options: ConsoleOptions): Console {
  const { config, log, personas, toolsFor, state, hasToken } = options;
  const permit = createPermit({ mode: config.console, networks: config.access.networks, hasToken });
  const samples = options.samples ?? (config.console === "off" ? [] : readSamples(log));

  function respond(request: Request, url: URL, address: string | undefined): Response | undefined {
    const isRoot = url.pathname === "/";
    if (!isRoot && !url.pathname.startsWith("/console/")) return undefined;
    const verdict = permit(request, url, address);
    if (verdict === "hidden") return undefined;
    // Monitors that have always read JSON here go on to.
    if (isRoot && !request.headers.get("accept")?.includes("text/html")) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD") {
      return json({ error: "Could not answer: only GET is taken" }, 405, { allow: "GET, HEAD" });
    }
    const response = file(request, isRoot ? "index.html" : url.pathname.slice("/console/".length)) ??
      data(url.pathname, verdict);
    return request.method === "HEAD" ? new Response(null, response) : response;
  }

  /** The page's own files hold nothing that is secret: it is there to ask for the token. */
  function file(request: Request, path: string): Response | undefined {
    const found = PAGE.get(path);
    return found && fileResponse(found, request);
  }

  function data(path: string, verdict: Verdict): Response {
    if (verdict === "needs token") {
      return json({ error: "Could not show the console: AUTH_TOKEN is needed" }, 401, {
        "www-authenticate": "Bearer",
      });
    }
    const [, , folder, name = "", ...rest] = path.split("/");
    if (folder === "state" && name === "") {
      return json(stateView({ config, personas: personas(), toolsFor, samples, state: state() }));
    }
    const persona = folder === "personas" && rest.length === 0 ? personas().get(name) : undefined;
    if (persona) return later(sessionView(persona, { config, tools: toolsFor(persona), log }));
    const sample = folder === "samples" && rest.length === 0
      ? samples.find((each) => each.name === name)
      : undefined;
    if (sample) return new Response(sample.bytes, { headers: { ...NOT_KEPT, "content-type": "audio/wav" } });
    return json({ error: "Could not find it: the console has no such file" }, 404);
  }

  return {
    respond,
    permits: (request, url, address) => permit(request, url, address) === "granted",
  };
}

const NOT_KEPT = { ...COMMON, "cache-control": "no-store" };

function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(value, { status, headers: { ...NOT_KEPT, ...headers } });
}

/** JSON that takes a moment; a fault becomes `error` in it, as the head has gone out by then. */
function later(value: Promise<unknown>): Response {
  const body = new ReadableStream({
    async start(controller) {
      const text = await value.then(
        (value) => JSON.stringify(value),
        (error) => JSON.stringify({ error: `Could not make the session: ${messageOf(error)}` }),
      );
      try {
        controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      } catch {
        // The client did not wait.
      }
    },
  });
  return new Response(body, { headers: { ...NOT_KEPT, "content-type": "application/json" } });
}

/** Asked again each time and answered with nothing where it is the same: an edit shows at the next look. */
function fileResponse({ type, text, tag }: PageFile, request: Request): Response {
  const isPage = type.startsWith("text/html");
  const headers = {
    ...(isPage ? pageHeaders(request.headers.get("host")) : COMMON),
    "content-type": type,
    "cache-control": "no-cache",
    etag: tag,
    ...(isPage ? { vary: "accept" } : {}),
  };
  const known = request.headers.get("if-none-match")?.split(",").some((each) => each.trim() === tag);
  return known ? new Response(null, { status: 304, headers }) : new Response(text, { headers });
}
