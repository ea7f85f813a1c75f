import type { CallEvent } from "./call/events.ts";
import { Phrases } from "./call/phrases.ts";
import { Registry } from "./call/registry.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { createConsole } from "./console/console.ts";
import { createFeed } from "./console/feed.ts";
import { messageOf } from "./errors.ts";
import type { Log } from "./log.ts";
import { choosePersona } from "./persona/choose.ts";
import type { LoadedPersona } from "./persona/load.ts";
import { readVariables } from "./persona/variables.ts";
import type { Endpoint } from "./realtime/connection.ts";
import { modelFor } from "./realtime/session.ts";
import { createAccess, createTokenCheck } from "./server/access.ts";
import { answerSocket } from "./server/answer.ts";
import { Door } from "./server/door.ts";
import type { LiveCall } from "./server/live-call.ts";
import { type Refusal, RefusalLog, refuse, toResponse } from "./server/refusal.ts";
import type { Ami } from "./tools/ami.ts";
import type { Tool } from "./tools/tool.ts";

/** What the server answers calls with. */
export interface ServiceOptions {
  readonly config: Config;
  readonly personas: ReadonlyMap<string, LoadedPersona>;
  readonly toolsFor: (persona: LoadedPersona) => ReadonlyMap<string, Tool>;
  readonly ami: Ami;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of what happens in each call. */
  readonly watch?: (event: CallEvent, uuid: string) => void;
}

/** Where a request came from, as `Deno.serve` tells it. */
export interface RequestInfo {
  readonly remoteAddr: { readonly transport: string; readonly hostname?: string };
}

/** The service apart from listening: requests in, responses out. */
export interface Service {
  /** @param info without it the request's address is unknown, and in no network of ALLOW_FROM */
  handler(request: Request, info?: RequestInfo): Response;
  /** New calls are refused from now on, live ones go on up to DRAIN_SECONDS. Resolves when all are over. */
  drain(): Promise<void>;
  /** New calls are refused from now on, live ones end. */
  stop(): void;
  /** Resolves when every line's socket is closed, after `drain` or `stop`. */
  gone(): Promise<void>;
  readonly calls: Registry<LiveCall>;
}

/** Makes the service that answers calls with these personas. */
export function createService(options: ServiceOptions): Service {
  const { config, personas, endpoint, clock, log } = options;
  const calls = new Registry<LiveCall>();
  const phrases = new Phrases(options);
  const door = new Door({ calls, clock, maxCalls: config.limits.calls, drainMs: config.drainMs });
  const refused = new RefusalLog(clock, log);
  const accessFault = createAccess(config.access);
  const webConsole = createConsole({
    config,
    personas: () => personas,
    toolsFor: options.toolsFor,
    state: () => ({
      door: door.state,
      refusal: door.refusal,
      away: endpoint.circuit?.state.away.map(({ model }) => model) ?? [],
      calls: { live: calls.size, answered: calls.answered },
    }),
    hasToken: createTokenCheck(config.access.token),
    log,
  });

  function handler(request: Request, info?: RequestInfo): Response {
    const url = URL.parse(request.url);
    if (!url) return toResponse(refuse(400, "Could not read the request's URL"));
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      return takeCall(request, url, info?.remoteAddr.hostname);
    }
    if (url.pathname === "/healthz") return Response.json(health());
    if (url.pathname === "/readyz") {
      const reason = notReady();
      return reason === undefined
        ? Response.json({ ready: true })
        : Response.json({ ready: false, reason }, { status: 503 });
    }
    const page = webConsole.respond(request, url, info?.remoteAddr.hostname);
    if (page) return page;
    if (url.pathname === "/") return Response.json({ service: "parley", ...health() });
    return toResponse(refuse(426, "Could not answer: calls come over a WebSocket", {}, {
      upgrade: "websocket",
      connection: "upgrade",
    }));
  }

  function takeCall(request: Request, url: URL, address: string | undefined): Response {
    const turnAway = (refusal: Refusal, reason = refusal.error) => {
      refused.note(refusal.status, reason, address);
      return toResponse(refusal);
    };
    const fault = accessFault(request, url, address);
    if (fault) return turnAway(fault);
    const persona = choosePersona(url, personas, config);
    if ("unknown" in persona) {
      const known = [...personas.keys()];
      const refusal = refuse(404, `Could not find the persona: ${persona.unknown}`, { personas: known });
      // What the URL says may be anything, a telephone number or a misplaced token too.
      return turnAway(refusal, "Could not find the persona");
    }
    if (door.refusal) return turnAway(refuse(503, `Could not take the call: ${door.refusal}`));
    try {
      return answer(request, url, persona, address);
    } catch (error) {
      return turnAway(refuse(400, `Could not open the WebSocket: ${messageOf(error)}`));
    }
  }

  /** Why calls are better sent elsewhere; the model's absence is told by a code. */
  function notReady(): string | undefined {
    if (door.state !== "open") return "The service is stopping";
    const persona = personas.get(config.persona);
    const model = persona && modelFor(persona, config);
    const away = endpoint.circuit?.state.away.find((each) => each.model === model);
    return away && `The model is away: ${away.reason}`;
  }

  function health() {
    const persona = personas.get(config.persona);
    const status = { open: "ok", draining: "draining", closed: "stopping" }[door.state];
    return {
      status,
      model: config.simulator || !persona ? "simulator" : modelFor(persona, config),
      simulator: config.simulator,
      personas: [...personas.keys()],
      calls: { live: calls.size, answered: calls.answered },
      ...(endpoint.circuit ? { away: endpoint.circuit.state.away } : {}),
    };
  }

  function answer(
    request: Request,
    url: URL,
    persona: LoadedPersona,
    address: string | undefined,
  ): Response {
    // Once it is upgraded the request can't be looked at any more.
    const isConsole = url.searchParams.get("events") === "1" && webConsole.permits(request, url, address);
    const { socket, response } = Deno.upgradeWebSocket(request);
    const { variables, warnings } = readVariables(persona, url);
    for (const warning of warnings) log.warn(warning, { persona: persona.name });
    answerSocket({
      ...options,
      socket,
      persona,
      variables,
      phrases,
      calls,
      door,
      feed: isConsole ? createFeed(socket, clock) : undefined,
      onRefused: (reason) => refused.note(503, `Could not take the call: ${reason}`, address),
    });
    return response;
  }

  return {
    handler,
    calls,
    drain() {
      phrases.stop();
      return door.drain();
    },
    stop() {
      phrases.stop();
      door.close();
    },
    gone: () => door.gone(),
  };
}
