import { type Clock, systemClock } from "../clock.ts";
import { type Log, silentLog } from "../log.ts";
import { admit, type Introduction } from "./admission.ts";
import { type Agent, createAgent } from "./agent.ts";
import type { Faults } from "./faults.ts";
import type { Manner } from "./manner.ts";
import { createRandom } from "./ids.ts";
import { atOnce, memorySocket, type ModelSocket, type Peer, type PeerEvents } from "./memory-socket.ts";
import { NATURAL_PACE, type Pace } from "./pace.ts";
import { type Session, startSession } from "./session.ts";
import { createToneSpeech, type Speech } from "./speech.ts";
import { seconds, type Transcribe } from "./transcription.ts";
import { upgrade } from "./upgrade.ts";
import type { ClientEvent } from "./wire.ts";
import type { SentEvent } from "./outbox.ts";

export type { Faults } from "./faults.ts";
export type { ModelSocket } from "./memory-socket.ts";
export { NATURAL_PACE, NO_DELAY, type Pace } from "./pace.ts";
export type { SentEvent } from "./outbox.ts";
export type { Session } from "./session.ts";
export type { ClientEvent } from "./wire.ts";

export interface SimulatorOptions {
  /** Runs every timer. @default the machine's */
  clock?: Clock;
  /** The same seed gives the same ids, jitter and padding. @default a random one */
  seed?: number;
  /** The agent's voice; the simulator does not close it. @default tones */
  speech?: Speech;
  /** What the agent answers. @default one that greets, answers in turn, and tells what it heard */
  agent?: Agent;
  /** How fast it works; what is left out keeps its natural value. */
  pace?: Partial<Pace>;
  /** What goes wrong; the same object is then `simulator.faults`. */
  faults?: Faults;
  /** Ways of its own, as compatible servers have them. @default the API's */
  manner?: Manner;
  /** Whether a client needs a key. @default {true} */
  requireKey?: boolean;
  /** The one key that is right. @default any */
  key?: string;
  /** What the side model makes of the caller's words. @default how long they were */
  transcribe?: Transcribe;
  log?: Log;
  /** Unix time in ms, for `expires_at`. @default the machine's */
  wallClock?: () => number;
  /** Told of every client event with a type, before it is handled. */
  onClientEvent?: (event: ClientEvent, session: Session) => void;
  /** Told of every server event as it leaves. */
  onServerEvent?: (event: SentEvent, session: Session) => void;
}

export interface Simulator {
  /** Opens a connection without a network; it opens, refuses and delivers as a WebSocket would. */
  connect(url: string, options?: { headers?: Record<string, string> }): ModelSocket;
  /** Answers an HTTP request by upgrading it: for Deno.serve, or for `listen`, which can also drop. */
  handler(request: Request, connection?: Connection): Response;
  /** What goes wrong from now on. */
  readonly faults: Faults;
  /** Sessions in the order of their connections; of those that ended, the last 50 stay for inspection. */
  readonly sessions: readonly Session[];
  /** Ends every session (1001). */
  close(): Promise<void>;
}

/** What carries a request. Deno.serve's second argument fits. */
export interface Connection {
  readonly remoteAddr?: Deno.Addr;
  /** Cuts the TCP connection. */
  readonly drop?: () => void;
}

/** Ended sessions kept for inspection. */
const KEPT_SESSIONS = 50;

/** A Realtime server, true to the API as documented and as traces show it, that needs no network and no model. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? silentLog;
  const { faults = {}, manner = {} } = options;
  const speech = options.speech ?? createToneSpeech();
  const seed = options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  const sessions: Session[] = [];
  let connections = 0;

  /** Runs the session of a client, or tells it why not. */
  function welcome(peer: Peer, who: Introduction): PeerEvents {
    const random = createRandom(seed + Math.imul(connections++, 0x9e3779b9));
    const own = manner.admit?.(who);
    const admitted = own && "model" in own
      ? own
      : admit(who, { requireKey: options.requireKey ?? true, key: options.key }, faults);
    if ("error" in admitted) {
      const error = { ...admitted.error, event_id: null };
      peer.send(JSON.stringify({ type: "error", event_id: random.id("event"), error }));
      peer.close(admitted.code, admitted.reason);
      return { received() {}, ended() {} };
    }
    const { session, events } = startSession(peer, who, admitted.model, {
      clock,
      random,
      pace: { ...NATURAL_PACE, ...options.pace },
      faults,
      manner,
      agent: options.agent ?? createAgent(),
      speech,
      log,
      transcribe: options.transcribe ?? seconds,
      wallClock: options.wallClock ?? Date.now,
      onClientEvent: options.onClientEvent,
      onServerEvent: options.onServerEvent,
    });
    sessions.push(session);
    const ended = sessions.filter((each) => each.closed);
    if (ended.length > KEPT_SESSIONS) sessions.splice(sessions.indexOf(ended[0]!), 1);
    return events;
  }

  /** The status that refuses a handshake. */
  function refusal(who: Introduction): number | undefined {
    if (faults.refuseStatus) return faults.refuseStatus;
    const own = manner.admit?.(who);
    return own && "status" in own ? own.status : undefined;
  }

  return {
    connect(url, { headers = {} } = {}) {
      const who = { url: new URL(url), headers: lowerCase(headers) };
      const { openMs = 0 } = faults;
      return memorySocket((peer) => {
        const status = refusal(who);
        return status === undefined ? welcome(peer, who) : { refused: `Invalid status code: ${status}` };
      }, (open) => {
        if (openMs === Infinity) return () => {};
        return openMs > 0 ? clock.after(openMs, open) : atOnce(open);
      });
    },
    handler(request, connection) {
      const status = refusal({ url: new URL(request.url), headers: Object.fromEntries(request.headers) });
      if (status !== undefined) return new Response("refused by the simulator\n", { status });
      return upgrade(request, welcome, log, connection?.drop);
    },
    faults,
    sessions,
    close() {
      for (const session of [...sessions]) {
        session.end("going_away");
        // Events that a fault still holds back would keep it open.
        if (!session.closed) session.end("drop");
      }
      return Promise.resolve();
    },
  };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
