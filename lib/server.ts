import type { CallEvent } from "./call/events.ts";
import { Phrases } from "./call/phrases.ts";
import { Registry } from "./call/registry.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { costUsd } from "./config/prices.ts";
import { createConsole } from "./console/console.ts";
import { createFeed } from "./console/feed.ts";
import { messageOf } from "./errors.ts";
import type { Line } from "./line/line.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { choosePersona } from "./persona/choose.ts";
import type { Generations } from "./persona/generation.ts";
import type { LoadedPersona } from "./persona/load.ts";
import { readVariables } from "./persona/variables.ts";
import type { Endpoint } from "./realtime/connection.ts";
import { lineFacts } from "./records/record.ts";
import { createAccess, createTokenCheck } from "./server/access.ts";
import { answerSocket } from "./server/answer.ts";
import { createBooks } from "./server/books.ts";
import { Door } from "./server/door.ts";
import { createHealth } from "./server/health.ts";
import type { LiveCall } from "./server/live-call.ts";
import { createMetricsEndpoint } from "./server/metrics.ts";
import { type Refusal, RefusalLog, refuse, toResponse } from "./server/refusal.ts";
import type { Entered, Together } from "./server/together.ts";
import type { Ami } from "./tools/ami.ts";
import { remoteParentOf, type Traces } from "./traces.ts";

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
  /** Traces it. */
  readonly traces?: Traces | undefined;
  /** Where several workers are one service. */
  readonly together?: Together;
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
  /**
   * It can't go on: new calls are refused, live ones are told so, with an apology where one is kept. Resolves when all are
   * over, soon after the limit at the latest.
   */
  abandon(message: string, limitMs: number): Promise<void>;
  /** Has the live call of this uuid go on with a line of another worker's, whose URL named this persona. */
  adopt(uuid: string, persona: string): ((line: Line) => Entered) | undefined;
  /** Tells the other workers how it stands with this one. */
  publish(): void;
  /** Resolves when every line's socket is closed and every record was tried once more, after `drain` or `stop`. */
  gone(): Promise<void>;
  readonly calls: Registry<LiveCall>;
}

/** Makes the service that answers calls with these personas. */
export function createService(options: ServiceOptions): Service {
  const { config, generations, clock, log, metrics, together } = options;
  const calls = new Registry<LiveCall>();
  const phrases = new Phrases({
    ...options,
    onBilled(bill) {
      books.budget.spend(costUsd(bill.model, bill.usage));
      metrics?.rendered(bill);
    },
  });
  const books = createBooks({
    config,
    clock,
    log,
    personas: generations.current.personas.values(),
    purse: together?.purse,
    ...(metrics ? { tally: metrics.records, counted: config.metrics !== "off" } : {}),
  });
  const door = new Door({
    calls,
    clock,
    maxCalls: config.limits.calls,
    drainMs: config.drainMs,
    refusal: () => books.budget.refusal,
    ...(together ? { others: () => together.others, onChange: publish } : {}),
  });
  const health = createHealth({ ...options, door, calls, budget: books.budget });
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
      away: health.away.map(({ model }) => model),
      generation: generations.current.number,
      faults: generations.lastReload?.faults,
      calls: health.calls,
    }),
    hasToken,
    log,
  });
  const metricsPage = metrics && createMetricsEndpoint({
    mode: config.metrics,
    hasToken: config.access.token === undefined ? undefined : hasToken,
    render: () => together?.render() ?? metrics.render(),
    log,
  });
  metrics?.bind({
    calls: () => ({
      live: calls.size,
      limit: together ? undefined : config.limits.calls,
      draining: door.state !== "open",
    }),
    budget: () => books.budget.view,
    records: () => books.waiting,
  });

  function handler(request: Request, info?: RequestInfo): Response {
    const url = URL.parse(request.url);
    if (!url) return toResponse(refuse(400, "Could not read the request's URL"));
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      return takeCall(request, url, info?.remoteAddr.hostname);
    }
    if (url.pathname === "/healthz") return Response.json(health.view);
    if (url.pathname === "/readyz") {
      const reason = health.notReady;
      return reason === undefined
        ? Response.json({ ready: true })
        : Response.json({ ready: false, reason }, { status: 503 });
    }
    const page = metricsPage?.(request, url, info?.remoteAddr.hostname) ??
      webConsole.respond(request, url, info?.remoteAddr.hostname);
    if (page) return page;
    if (url.pathname === "/") return Response.json({ service: "parley", ...health.view });
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

  function publish(): void {
    const { taken, state } = door;
    together?.publish({
      taken,
      lacking: calls.lackLine,
      live: calls.size,
      answered: calls.answered,
      door: state,
    });
  }

  function answer(
    request: Request,
    url: URL,
    persona: LoadedPersona,
    address: string | undefined,
  ): Response {
    // Once it is upgraded the request can't be looked at any more.
    const isConsole = url.searchParams.get("events") === "1" && webConsole.permits(request, url, address);
    const traceParent = options.traces && remoteParentOf(url.searchParams, request.headers);
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
      find: together?.find,
      traceParent,
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
    async abandon(message, limitMs) {
      phrases.stop();
      const done = door.drain(limitMs);
      for (const call of calls.all) call.abandon(message);
      // One that drains already has a limit of its own.
      const stopTimer = clock.after(limitMs, () => door.close());
      await done;
      stopTimer();
      await books.settle(SETTLE_LIMIT_MS);
    },
    adopt(uuid, persona) {
      const call = calls.find(uuid);
      return call && ((line) => {
        call.takeOver(line, persona);
        return call;
      });
    },
    publish,
    async gone() {
      await Promise.all([door.gone(), settled.then(() => books.close(RECORDS_LIMIT_MS))]);
    },
  };
}

/** For what the model has to tell of calls that it was abandoned in. */
const SETTLE_LIMIT_MS = 500;

/** For records that were not taken yet, when the service ends; within the limit of main.ts for the exit. */
const RECORDS_LIMIT_MS = 1_200;
