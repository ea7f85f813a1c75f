import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Introduction } from "./admission.ts";
import type { Agent } from "./agent.ts";
import { Conversation } from "./conversation.ts";
import { dispatch, handlersOf, parse } from "./dispatch.ts";
import { errors } from "./error-texts.ts";
import type { Ending, Faults } from "./faults.ts";
import type { Random } from "./ids.ts";
import { Inbox } from "./inbox.ts";
import type { Peer, PeerEvents } from "./memory-socket.ts";
import type { Manner } from "./manner.ts";
import { type Model, scoped } from "./model.ts";
import { Outbox, type SentEvent } from "./outbox.ts";
import type { Pace } from "./pace.ts";
import { PromptCache } from "./prompt-cache.ts";
import { Responses } from "./responses.ts";
import { defaultConfig, type SessionConfig, updated } from "./session-config.ts";
import { sessionFault } from "./session-rules.ts";
import type { Speech } from "./speech.ts";
import type { Transcribe } from "./transcription.ts";
import { Turns } from "./turns.ts";
import type { ApiError, ClientEvent, ServerEvent, WireItem } from "./wire.ts";

/** The longest life of a session, seconds. */
const LIFETIME_S = 3600;

export interface SessionSettings {
  readonly clock: Clock;
  readonly random: Random;
  readonly pace: Pace;
  readonly faults: Faults;
  readonly manner: Manner;
  readonly agent: Agent;
  readonly speech: Speech;
  readonly log: Log;
  readonly transcribe: Transcribe;
  /** Unix time, ms. */
  readonly wallClock: () => number;
  readonly onClientEvent?: ((event: ClientEvent, session: Session) => void) | undefined;
  readonly onServerEvent?: ((event: SentEvent, session: Session) => void) | undefined;
}

/** One connection, as tests and the console see it. */
export interface Session {
  readonly id: string;
  readonly who: Introduction;
  /** The effective configuration, as session.updated last showed it. */
  readonly config: SessionConfig;
  readonly items: readonly WireItem[];
  /** Caller audio received since the start, ms. */
  readonly appendedMs: number;
  /** The id of the response now running in the conversation. */
  readonly activeResponse: string | undefined;
  /** How it ended; code 0 is a dropped connection. */
  readonly closed:
    | { readonly code: number; readonly reason: string; readonly by: "client" | "server" }
    | undefined;
  /** Ends it from the server's side. */
  end(how: Ending): void;
  /**
   * Nothing gets through any more, either way, while the connection stays open: a cable that was pulled, a router that
   * forgot. Nobody is told. That the client has closed is noticed all the same, as the API's pings would.
   */
  freeze(): void;
  /** Everything gets through again, and what has waited comes at once. */
  thaw(): void;
  /** Sends any event, true to the protocol or not; it gets an event_id. */
  send(event: { type: string } & Record<string, unknown>): void;
}

/** Runs the session of an admitted client: everything it sends comes in, everything it sees goes to `peer`. */
export function startSession(
  peer: Peer,
  who: Introduction,
  modelName: string,
  settings: SessionSettings,
): { session: Session; events: PeerEvents } {
  const { random, faults, manner } = settings;
  const clock = scoped(settings.clock);
  const id = random.id("sess");
  let config = defaultConfig(id, modelName, Math.floor(settings.wallClock() / 1000) + LIFETIME_S);
  let closed: Session["closed"];
  let handling: string | null = null;
  const spoken = new Set<object>();
  const cache = new PromptCache();

  const outbox = new Outbox(clock, random, faults, (event) => {
    settings.onServerEvent?.(event, session);
    for (const said of manner.says?.(event) ?? [event]) {
      const text = JSON.stringify(said);
      for (const message of faults.mangle?.(text, event) ?? [text]) peer.send(message);
    }
  });
  const send = (event: ServerEvent) => {
    if (!closed) outbox.send(event);
  };
  const fail = (error: ApiError) => send({ type: "error", error: { ...error, event_id: handling } });
  const conversation = new Conversation(random.id("conv"), send);
  const model: Model = {
    ...settings,
    sessionId: id,
    clock,
    conversation,
    config: () => config,
    send,
    fail,
    get answers() {
      return spoken.size;
    },
    spoke: (by) => void spoken.add(by),
    remember: (plan, items) => cache.read(plan, items),
  };
  const responses = new Responses(model, (response) => turns.answered(response));
  const turns = new Turns(model, responses, settings.transcribe);

  const handlers = handlersOf(model, turns, responses, (update) => {
    const now = { config, assistantAudio: spoken.size > 0, responding: responses.active !== undefined };
    const fault = sessionFault(update, now);
    if (fault) return fault;
    config = updated(config, update as Record<string, unknown>);
    turns.configured();
    send({ type: "session.updated", session: config });
  });

  const inbox = new Inbox((data) => {
    if (closed) return;
    try {
      const parsed = parse(data, (eventId) => handling = eventId);
      if ("fault" in parsed) return fail(parsed.fault);
      const event = manner.hears ? manner.hears(parsed.event) : parsed.event;
      if (!event) return;
      settings.onClientEvent?.(event, session);
      const refusal = manner.refuses?.(parsed.event);
      if (refusal) return peer.send(JSON.stringify({ type: "error", error: refusal }));
      const fault = dispatch(event, handlers);
      if (fault) fail(fault);
    } catch (error) {
      settings.log.error("The simulator could not handle an event", { error: messageOf(error) });
      fail(errors.serverError(id));
    } finally {
      handling = null;
    }
  });

  function finish(code: number, reason: string, by: "client" | "server"): void {
    if (closed) return;
    closed = { code, reason, by };
    clock.end();
    inbox.clear();
    conversation.release();
  }

  function end(how: Ending): void {
    if (closed) return;
    const [code, reason] = typeof how === "object" ? [how.code, how.reason] : ({
      drop: [0, ""],
      expire: [1001, errors.sessionExpired().message],
      going_away: [1001, "The server is going away."],
      server_error: [1011, "The server had an error."],
    } as const)[how];
    if (how === "expire") fail(errors.sessionExpired());
    // Behind what is still on its way.
    if (how !== "drop") {
      return outbox.after(() => {
        if (closed) return;
        finish(code, reason, "server");
        peer.close(code, reason);
      });
    }
    finish(code, reason, "server");
    peer.drop();
  }

  const session: Session = {
    id,
    who,
    get config() {
      return config;
    },
    get items() {
      return conversation.items.map(({ shown }) => shown);
    },
    get appendedMs() {
      return turns.buffer.appendedMs;
    },
    get activeResponse() {
      return responses.active?.id;
    },
    get closed() {
      return closed;
    },
    end,
    freeze() {
      inbox.hold();
      outbox.hold();
    },
    thaw() {
      inbox.release();
      outbox.release();
    },
    send: (event) => send(event as unknown as ServerEvent),
  };
  clock.after(LIFETIME_S * 1000, () => end("expire"));
  const { end: ending } = faults;
  if (ending) clock.after(ending.afterMs, () => end(ending.how));
  if (faults.frozen) session.freeze();
  send({ type: "session.created", session: config });
  return {
    session,
    events: {
      received: (data) => inbox.received(data),
      ended: (code, reason) => finish(code, reason, "client"),
    },
  };
}
