import { Call } from "./call/call.ts";
import { startCeiling } from "./call/ceiling.ts";
import type { CallEvent } from "./call/events.ts";
import { HeldAudio } from "./call/held-audio.ts";
import { Registry } from "./call/registry.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { messageOf } from "./errors.ts";
import { openAvrLine } from "./line/avr.ts";
import { LINE_LIMITS } from "./line/limits.ts";
import type { Log } from "./log.ts";
import { choosePersona } from "./persona/choose.ts";
import type { LoadedPersona } from "./persona/load.ts";
import { readVariables } from "./persona/variables.ts";
import type { Endpoint } from "./realtime/connection.ts";
import { modelFor } from "./realtime/session.ts";
import { createAccess } from "./server/access.ts";
import { Door } from "./server/door.ts";
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
  readonly calls: Registry;
}

/** Makes the service that answers calls with these personas. */
export function createService(options: ServiceOptions): Service {
  const { config, personas, clock, log, ami } = options;
  const calls = new Registry(log);
  const door = new Door({ calls, clock, maxCalls: config.limits.calls, drainMs: config.drainMs });
  const refused = new RefusalLog(clock, log);
  const accessFault = createAccess(config.access);

  function handler(request: Request, info?: RequestInfo): Response {
    const url = URL.parse(request.url);
    if (!url) return toResponse(refuse(400, "Could not read the request's URL"));
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      return takeCall(request, url, info?.remoteAddr.hostname);
    }
    if (url.pathname === "/healthz") return Response.json(health());
    if (url.pathname === "/readyz") {
      const ready = door.state === "open";
      return Response.json({ ready }, { status: ready ? 200 : 503 });
    }
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
    if (door.reason) return turnAway(refuse(503, `Could not take the call: ${door.reason}`));
    try {
      return answer(request, url, persona);
    } catch (error) {
      return turnAway(refuse(400, `Could not open the WebSocket: ${messageOf(error)}`));
    }
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
    };
  }

  function answer(request: Request, url: URL, persona: LoadedPersona): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const { variables, warnings } = readVariables(persona, url);
    for (const warning of warnings) log.warn(warning, { persona: persona.name });
    const early = new HeldAudio();
    let call: Call | undefined;
    let stopCeiling = () => {};
    const line = openAvrLine(socket, {
      init(uuid) {
        if (door.state === "closed") return line.close();
        call = new Call({
          ...options,
          uuid,
          line,
          persona,
          variables,
          watch(event) {
            options.watch?.(event, uuid);
            if (event.type !== "ended" || !call) return;
            stopCeiling();
            calls.remove(call);
            door.settle();
          },
        });
        calls.add(call);
        door.left(line);
        const end = () => call?.end("time_limit");
        stopCeiling = startCeiling({ clock, uuid, minutes: config.limits.callMinutes, ami, log, end });
        for (const samples of early.take()) call.callerAudio(samples);
      },
      audio(samples) {
        if (call) call.callerAudio(samples);
        else early.push(samples);
      },
      digit: (digit) => call?.callerDigit(digit),
      closed(limit) {
        door.left(line);
        call?.end(limit ? "line_limit" : "hung_up");
      },
    }, { clock, log, limits: { ...LINE_LIMITS, idleMs: config.limits.lineIdleMs } });
    door.waits(line, socket);
    return response;
  }

  return {
    handler,
    calls,
    drain: () => door.drain(),
    stop: () => door.close(),
    gone: () => door.gone(),
  };
}
