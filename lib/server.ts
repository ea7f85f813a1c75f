import { Call } from "./call/call.ts";
import type { CallEvent } from "./call/events.ts";
import { HeldAudio } from "./call/held-audio.ts";
import { Registry } from "./call/registry.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { openAvrLine } from "./line/avr.ts";
import type { Log } from "./log.ts";
import { choosePersona } from "./persona/choose.ts";
import type { LoadedPersona } from "./persona/load.ts";
import { readVariables } from "./persona/variables.ts";
import type { Endpoint } from "./realtime/connection.ts";
import { modelFor } from "./realtime/session.ts";
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

/** The service apart from listening: requests in, responses out. */
export interface Service {
  handler(request: Request): Response;
  /** New calls are refused from now on, live ones end. */
  stop(): void;
  readonly calls: Registry;
}

/** Makes the service that answers calls with these personas. */
export function createService(options: ServiceOptions): Service {
  const { config, personas, log } = options;
  const calls = new Registry(log);
  let stopping = false;

  function handler(request: Request): Response {
    const url = new URL(request.url);
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      if (stopping) return refusal(503, "Could not take the call: the service is stopping");
      const persona = choosePersona(url, personas, config);
      if ("unknown" in persona) {
        const known = [...personas.keys()];
        return refusal(404, `Could not find the persona: ${persona.unknown}`, { personas: known });
      }
      return answer(request, url, persona);
    }
    if (url.pathname === "/healthz") return Response.json(health());
    if (url.pathname === "/readyz") {
      return Response.json({ ready: !stopping }, { status: stopping ? 503 : 200 });
    }
    if (url.pathname === "/") return Response.json({ service: "parley", ...health() });
    return refusal(426, "Could not answer: calls come over a WebSocket", {}, {
      upgrade: "websocket",
      connection: "upgrade",
    });
  }

  function health() {
    const persona = personas.get(config.persona);
    return {
      status: stopping ? "stopping" : "ok",
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
    const line = openAvrLine(socket, {
      init(uuid) {
        if (stopping) return line.close();
        call = new Call({
          ...options,
          uuid,
          line,
          persona,
          variables,
          watch(event) {
            options.watch?.(event, uuid);
            if (event.type === "ended" && call) calls.remove(call);
          },
        });
        calls.add(call);
        for (const samples of early.take()) call.callerAudio(samples);
      },
      audio(samples) {
        if (call) call.callerAudio(samples);
        else early.push(samples);
      },
      digit: (digit) => call?.callerDigit(digit),
      closed: () => call?.end("hung_up"),
    }, log);
    return response;
  }

  return {
    handler,
    calls,
    stop() {
      stopping = true;
      calls.endAll("shutdown");
    },
  };
}

function refusal(
  status: number,
  error: string,
  more: Record<string, unknown> = {},
  headers: HeadersInit = {},
): Response {
  return Response.json({ error, ...more }, { status, headers });
}
