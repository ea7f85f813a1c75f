import type { CallEvent } from "./call/events.ts";
import { Phrases } from "./call/phrases.ts";
import { Registry } from "./call/registry.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { createConsole } from "./console/console.ts";
import { createFeed } from "./console/feed.ts";
import { messageOf } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { choosePersona } from "./persona/choose.ts";
import type { Generations, Reload } from "./persona/generation.ts";
import type { LoadedPersona } from "./persona/load.ts";
import { readVariables } from "./persona/variables.ts";
import type { Endpoint } from "./realtime/connection.ts";
import { modelFor } from "./realtime/session.ts";
import { lineFacts } from "./records/record.ts";
import { createAccess, createTokenCheck } from "./server/access.ts";
import { answerSocket } from "./server/answer.ts";
import { createBooks } from "./server/books.ts";
import { Door } from "./server/door.ts";
import type { LiveCall } from "./server/live-call.ts";
import { createMetricsEndpoint } from "./server/metrics.ts";
import { type Refusal, RefusalLog, refuse, toResponse } from "./server/refusal.ts";
import type { Ami } from "./tools/ami.ts";

/** What the server answers calls with. */
export interface ServiceOptions {
  readonly config: Config;
  readonly generations: Generations;
  readonly ami: Ami;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of what happens in each call. */
  readonly watch?: (event: CallEvent, uuid: string) => void;
  /** Counts it. */
  readonly metrics?: Metrics;
}

/** Where a request came from, as `Deno.serve` tells it. */
export interface RequestInfo {
  readonly remoteAddr: { readonly transport: string; readonly hostname?: string };
}

/** The service apart from listening: requests in, responses out. */
export interface Service {
  /** @param info without it the request's address is unknown, and in no network of ALLOW_FROM */
  handler(request: Request, info?: RequestInfo): Response;
  /**
   * New calls are refused from now on, live ones go on up to DRAIN_SECONDS. Resolves when all are over, and what the model
   * has to tell of them is told.
   */
  drain(): Promise<void>;
  /** New calls are refused from now on, live ones end. */
  stop(): void;
  /** Resolves when every line's socket is closed and every record was tried once more, after `drain` or `stop`. */
  gone(): Promise<void>;
  readonly calls: Registry<LiveCall>;
}

/** Makes the service that answers calls with these personas. */
export function createService(options: ServiceOptions): Service {
  const { config, generations, endpoint, clock, log, metrics } = options;
  const calls = new Registry<LiveCall>();
  const phrases = new Phrases(options);
  const books = createBooks({ config, clock, log, personas: generations.current.personas.values() });
  const door = new Door({
    calls,
    clock,
    maxCalls: config.limits.calls,
    drainMs: config.drainMs,
    refusal: () => books.budget.refusal,
  });
  let settled = Promise.resolve();
  const refused = new RefusalLog(clock, log);
  const accessFault = createAccess(config.access);
  const hasToken = createTokenCheck(config.access.token);
  const webConsole = createConsole({
    config,
    personas: () => generations.current.personas,
    toolsFor: (persona) => generations.current.toolsFor(persona),
    state: () => ({
      door: door.state,
      refusal: door.refusal,
      away: endpoint.circuit?.state.away.map(({ model }) => model) ?? [],
      generation: generations.current.number,
      faults: generations.lastReload?.faults,
      calls: { live: calls.size, answered: calls.answered },
    }),
    hasToken,
    log,
  });
  const metricsPage = metrics && createMetricsEndpoint({
    mode: config.metrics,
    hasToken: config.access.token === undefined ? undefined : hasToken,
    render: () => metrics.render(),
    log,
  });
  metrics?.bind({
    calls: () => ({ live: calls.size, limit: config.limits.calls, draining: door.state !== "open" }),
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
    const page = metricsPage?.(request, url, info?.remoteAddr.hostname) ??
      webConsole.respond(request, url, info?.remoteAddr.hostname);
    if (page) return page;
    if (url.pathname === "/") return Response.json({ service: "parley", ...health() });
    return toResponse(refuse(426, "Could not answer: calls come over a WebSocket", {}, {
      upgrade: "websocket",
      connection: "upgrade",
    }));
  }

  function noteRefused(status: number, reason: string, address: string | undefined): void {
    refused.note(status, reason, address);
    metrics?.refused(status);
  }

  function takeCall(request: Request, url: URL, address: string | undefined): Response {
    const turnAway = (refusal: Refusal, reason = refusal.error) => {
      noteRefused(refusal.status, reason, address);
      return toResponse(refusal);
    };
    const fault = accessFault(request, url, address);
    if (fault) return turnAway(fault);
    const { personas } = generations.current;
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
    if (books.budget.refusal) return books.budget.refusal;
    const persona = generations.current.personas.get(config.persona);
    const model = persona && modelFor(persona, config);
    const away = endpoint.circuit?.state.away.find((each) => each.model === model);
    return away && `The model is away: ${away.reason}`;
  }

  function health() {
    const { current: { number: generation, personas }, lastReload } = generations;
    const persona = personas.get(config.persona);
    const status = { open: "ok", draining: "draining", closed: "stopping" }[door.state];
    return {
      status,
      model: config.simulator || !persona ? "simulator" : modelFor(persona, config),
      simulator: config.simulator,
      personas: [...personas.keys()],
      generation,
      ...(lastReload ? { reload: reloadView(lastReload) } : {}),
      calls: { live: calls.size, answered: calls.answered },
      ...(books.budget.view ? { budget: books.budget.view } : {}),
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
    for (const warning of warnings) log.warn("Query parameters left out", { warning, persona: persona.name });
    answerSocket({
      ...options,
      socket,
      persona,
      lease: generations.take(),
      variables,
      phrases,
      calls,
      door,
      books,
      facts: { ...lineFacts(url.searchParams), ...(isConsole ? { console: true } : {}) },
      feed: isConsole ? createFeed(socket, clock) : undefined,
      onRefused: (reason) => noteRefused(503, `Could not take the call: ${reason}`, address),
      watch(event, uuid) {
        metrics?.watch(event, uuid);
        options.watch?.(event, uuid);
      },
    });
    return response;
  }

  return {
    handler,
    calls,
    async drain() {
      phrases.stop();
      const untilMs = clock.now() + config.drainMs;
      await door.drain();
      await books.settle(Math.max(0, untilMs - clock.now()));
    },
    stop() {
      phrases.stop();
      door.close();
      settled = books.settle(0);
    },
    async gone() {
      await Promise.all([door.gone(), settled.then(() => books.close(RECORDS_LIMIT_MS))]);
    },
  };
}

/** For records that were not taken yet, when the service ends; within the limit of main.ts for the exit. */
const RECORDS_LIMIT_MS = 1_200;

/** What is wrong with the files is told in the log and to the console: everyone may ask for the health. */
function reloadView({ at, faults }: Reload) {
  const error = `Could not take the files: the log tells why (faults: ${faults.length})`;
  return { at: at.toISOString(), ...(faults.length > 0 ? { error } : {}) };
}
