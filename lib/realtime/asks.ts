import type { RealtimeClientEvent, RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { ApiError, Metadata } from "./events.ts";

/** A response that was asked for and has not begun. */
export interface Ask {
  readonly eventId: string | undefined;
  readonly metadata: Metadata;
  readonly isOutOfBand: boolean;
}

type ResponseCreate = Extract<RealtimeClientEvent, { type: "response.create" }>;

const ASKS_MAX = 16;
/** A request is answered at once, or was lost. */
const ANSWERED_LIMIT_MS = 10_000;
/** For a server that makes a text of the caller's words before it begins to answer them. */
const OWN_ANSWER_MS = 8_000;

/**
 * Which request of ours a response answers. The API gives metadata back, which tells; where a server gives none back, a
 * response is the answer to the oldest request, unless it answers a turn of the caller by itself. To such a server no
 * request is sent while it owes an answer to a turn: it would give two.
 */
export class Asks {
  readonly #clock: Clock;
  readonly #send: (event: RealtimeClientEvent) => void;
  #asks: (Ask & { readonly atMs: number })[] = [];
  /** Whether turns of the caller are answered without our asking, and whether one is to be. */
  #answersTurns = true;
  #turnDue = false;
  /** Metadata has come back: a response without any is none of ours. */
  #echoes = false;
  /** One that waits for the server's own answer, which may be the answer to it. */
  #held: ResponseCreate | undefined;
  #stopHolding = () => {};

  constructor(clock: Clock, send: (event: RealtimeClientEvent) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Takes note of an event on its way to the server. Returns false where it is not to be sent now. */
  sent(event: RealtimeClientEvent): boolean {
    if (event.type === "session.update") {
      const detection = (event.session as RealtimeSessionCreateRequest).audio?.input?.turn_detection;
      if (detection !== undefined) {
        this.#answersTurns = detection !== null && detection.create_response !== false;
      }
    }
    if (event.type !== "response.create") return true;
    const { metadata, conversation } = event.response ?? {};
    const isOutOfBand = conversation === "none";
    this.#asks = this.#asks.filter(({ eventId }) => eventId === undefined || eventId !== event.event_id);
    this.#asks.push({
      eventId: event.event_id,
      metadata: metadata ?? {},
      isOutOfBand,
      atMs: this.#clock.now(),
    });
    if (this.#asks.length > ASKS_MAX) this.#asks.shift();
    if (!this.#turnDue || this.#echoes || isOutOfBand || this.#held) return true;
    this.#held = event;
    this.#stopHolding = this.#clock.after(OWN_ANSWER_MS, () => {
      this.#turnDue = false;
      this.#held = undefined;
      this.#send(event);
    });
    return false;
  }

  /** A turn of the caller is over. */
  turnOver(): void {
    this.#turnDue = this.#answersTurns;
  }

  /** A response begins, or is told of for the first time. Returns the request that it answers. */
  answered(told: Metadata): Ask | undefined {
    const nowMs = this.#clock.now();
    this.#asks = this.#asks.filter(({ atMs }) => nowMs - atMs < ANSWERED_LIMIT_MS);
    const at = this.#indexOf(told);
    this.#turnDue = false;
    this.#stopHolding();
    const held = this.#held;
    this.#held = undefined;
    const ask = at < 0 ? undefined : this.#asks.splice(at, 1)[0];
    // Somebody else's: then it waits for nothing any more.
    if (held && ask?.eventId !== held.event_id) this.#send(held);
    return ask;
  }

  /** An error: the request that it answers is none any more. Returns whether it answers one. */
  refused({ eventId, code }: ApiError): boolean {
    const at = this.#asks.findIndex((ask) => ask.eventId !== undefined && ask.eventId === eventId);
    const isRace = code === "conversation_already_has_active_response";
    if (at < 0 && !isRace) return false;
    this.#asks.splice(Math.max(at, 0), 1);
    return true;
  }

  stop(): void {
    this.#stopHolding();
    this.#held = undefined;
  }

  #indexOf(told: Metadata): number {
    if (isEmpty(told)) {
      if (this.#echoes) return -1;
      if (!this.#turnDue) return this.#asks.length > 0 ? 0 : -1;
      const held = this.#held?.event_id;
      return this.#held ? this.#asks.findIndex(({ eventId }) => eventId === held) : -1;
    }
    const at = this.#asks.findIndex(({ metadata }) =>
      !isEmpty(metadata) && Object.entries(metadata).every(([key, value]) => told[key] === value)
    );
    if (at >= 0) this.#echoes = true;
    return at;
  }
}

export function isEmpty(metadata: Metadata): boolean {
  for (const _ in metadata) return false;
  return true;
}
