import type { RealtimeSessionCreateRequest, SessionUpdateEvent } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { ApiError, ServerEvent } from "./events.ts";
import { errorKind } from "./failures.ts";
import {
  hasField,
  namedField,
  neededFields,
  type Path,
  refusedField,
  toolAt,
  withoutFields,
} from "./refused-fields.ts";
import { formatOf, type SessionTold } from "./session-told.ts";

export interface SettlingOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Sends an update again, in other words. */
  readonly resend: (event: SessionUpdateEvent) => void;
  readonly tell: (event: ServerEvent) => void;
}

interface Update {
  readonly event: SessionUpdateEvent;
  /** Whether it was taken for confirmed without a word of the server. */
  assumed: boolean;
}

/** A server that confirms updates does so within a round trip; one that never does is not waited for longer. */
const CONFIRMED_LIMIT_MS = 3_000;
/** The same for the next update of such a server. */
const ASSUMED_MS = 500;
/** What came before these is not answered any more. */
const UPDATES_MAX = 16;
/** More fields than a session has. */
const DROPS_MAX = 20;

/**
 * Brings a server to take a `session.update`: fields that it refuses are left out of it, each once; an update that it
 * never confirms is taken for confirmed, as servers read what they are sent in its order. What can't be settled so, an
 * audio format above all, is told as the error that it is.
 */
export class Settling {
  readonly #options: SettlingOptions;
  readonly #refused: Path[] = [];
  readonly #refusedTools = new Set<string>();
  #updates: Update[] = [];
  /** The server has ever confirmed one. */
  #confirms = false;
  #spoken = false;
  /** It has not, and is not waited for. */
  #assumes = false;
  #reduced = false;
  #stopWaiting: (() => void) | undefined;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** Those that the server has not confirmed yet. */
  get open(): readonly SessionUpdateEvent[] {
    return this.#updates.map(({ event }) => event);
  }

  /** Takes an update that is about to be sent. Returns what is to be sent in its place. */
  sent(event: SessionUpdateEvent): SessionUpdateEvent {
    const reduced = { ...event, session: this.#reduce(event.session as RealtimeSessionCreateRequest) };
    this.#updates.push({ event: reduced, assumed: false });
    if (this.#updates.length > UPDATES_MAX) this.#updates.shift();
    this.#wait();
    return reduced;
  }

  /** Something came from the server. */
  heard(): void {
    if (this.#spoken) return;
    this.#spoken = true;
    this.#wait();
  }

  /** `session.updated`. Returns false where nobody is to hear of it. */
  updated(told: SessionTold): boolean {
    this.#confirms = true;
    this.#stop();
    const update = this.#updates.shift();
    if (!update) return true;
    const fault = formatFault(update.event, told);
    if (fault === undefined) return !update.assumed;
    this.#options.log.error("The model's session has another audio format than asked for", {
      ...fault,
      remedy: "set OPENAI_AUDIO_FORMAT",
    });
    const error = {
      type: "invalid_request_error",
      code: "audio_format_not_taken",
      message: "",
      param: fault.field,
    };
    this.#options.tell({ type: "error", error: { ...error, eventId: update.event.event_id } });
    return false;
  }

  /** Takes an error that refuses an update and can be helped. Returns false for any other. */
  refused(error: ApiError): boolean {
    const at = this.#updateOf(error);
    const update = this.#updates[at];
    if (!update) return false;
    const { log, resend } = this.#options;
    const session = update.event.session as RealtimeSessionCreateRequest;
    const field = refusedField(error);
    const fields = { field: field?.join("."), code: error.code, param: error.param };
    const tool = field && toolAt(session, field);
    const isKnown = field !== undefined && (tool !== undefined || hasField(session, field));
    if (isKnown && this.#refused.length + this.#refusedTools.size < DROPS_MAX) {
      if (tool === undefined) this.#refused.push(field);
      else this.#refusedTools.add(tool);
      log.warn("The model refuses a field of the session, which goes on without it", fields);
    } else if (!this.#confirms && !this.#assumes && !this.#reduced && namedField(error) === undefined) {
      this.#reduced = true;
      log.warn(
        "The model refuses the session and tells no field, which goes on with the least there is",
        fields,
      );
    } else {
      this.#updates.splice(at, 1);
      return false;
    }
    const event = { ...update.event, session: this.#reduce(session) };
    this.#updates[at] = { event, assumed: update.assumed };
    resend(event);
    return true;
  }

  stop(): void {
    this.#stop();
    this.#updates = [];
  }

  /** Fields that were refused are not sent again: one of them would cost the whole update. */
  #reduce(session: RealtimeSessionCreateRequest): RealtimeSessionCreateRequest {
    const needed = this.#reduced && hasField(session, ["instructions"]) ? neededFields(session) : session;
    return withoutFields(needed, this.#refused, this.#refusedTools);
  }

  /** By the id of the event, else by the field; what comes before the first confirmation answers the first update. */
  #updateOf(error: ApiError): number {
    const { eventId } = error;
    if (eventId !== undefined) {
      const at = this.#updates.findIndex(({ event }) => event.event_id === eventId);
      if (at >= 0) return at;
    }
    if (namedField(error)?.startsWith("session.")) return this.#updates.length > 0 ? 0 : -1;
    const isFirst = !this.#confirms && !this.#assumes && this.#updates.length > 0;
    return isFirst && errorKind(error) === "config" ? 0 : -1;
  }

  #wait(): void {
    if (
      this.#confirms || !this.#spoken || this.#stopWaiting || this.#updates.every(({ assumed }) => assumed)
    ) return;
    const { clock, log, tell } = this.#options;
    this.#stopWaiting = clock.after(this.#assumes ? ASSUMED_MS : CONFIRMED_LIMIT_MS, () => {
      this.#stopWaiting = undefined;
      const waiting = this.#updates.filter(({ assumed }) => !assumed);
      if (!this.#assumes) {
        log.warn("The model confirms no session.update, the session is taken for configured");
      }
      this.#assumes = true;
      for (const update of waiting) update.assumed = true;
      for (const _ of waiting) tell({ type: "session.updated", session: {} });
    });
  }

  #stop(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }
}

/** The first format that is another than was asked for. */
function formatFault({ session }: SessionUpdateEvent, told: SessionTold) {
  const { audio } = session as RealtimeSessionCreateRequest;
  for (const side of ["input", "output"] as const) {
    const asked = formatOf(audio?.[side]?.format);
    const got = told[side];
    if (asked !== "" && got !== undefined && got !== asked) {
      return { field: `session.audio.${side}.format`, asked, got };
    }
  }
  return undefined;
}
