import type { RealtimeClientEvent, RealtimeResponseCreateParams } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { ApiError, FinishedResponse, Metadata } from "../realtime/events.ts";

/** A response that we want the model to give. */
export interface ResponseRequest {
  /** Why, for the log: `greeting`, `nudge`, ... */
  readonly purpose: string;
  readonly params?: RealtimeResponseCreateParams;
  /** Not needed any more once another response has begun after this was asked for: that one knew as much. */
  readonly unlessAnswered?: boolean;
}

interface Asked {
  readonly request: ResponseRequest;
  readonly key: string;
  tries: number;
  answered: boolean;
}

/** The metadata key that tells our own responses from those that VAD created. */
const REQUEST_KEY = "parley_request";
/** Responses whose audio is not wanted any more; the newest few are enough, late deltas come soon. */
const DROPPED_KEPT = 32;
/** The API answers a `response.create` at once; silence means that it was lost. */
const CREATED_LIMIT_MS = 10_000;
const RETRY_DELAY_MS = 250;
const TRIES_MAX = 4;

/**
 * Sees to it that the conversation has one active response: every `response.create` of ours waits here for the floor,
 * survives the race with responses that VAD creates, and is told apart from them by metadata.
 */
export class Responses {
  readonly #clock: Clock;
  readonly #send: (event: RealtimeClientEvent) => void;
  readonly #log: Log;
  #counter = 0;
  #active: { readonly id: string; readonly request: ResponseRequest | undefined } | undefined;
  #asked: Asked | undefined;
  #queue: Asked[] = [];
  readonly #dropped = new Set<string>();
  #held = false;
  #over = false;
  #closed = false;
  #stopWaiting = () => {};

  constructor(clock: Clock, send: (event: RealtimeClientEvent) => void, log: Log) {
    this.#clock = clock;
    this.#send = send;
    this.#log = log;
  }

  /** The id of the response that is being generated. */
  get active(): string | undefined {
    return this.#active?.id;
  }

  /** What that one is for, where we asked for it. */
  get purpose(): string | undefined {
    return this.#active?.request?.purpose;
  }

  /** Whether a response is being generated, asked for or waiting. */
  get busy(): boolean {
    return this.#active !== undefined || this.#asked !== undefined || this.#queue.length > 0;
  }

  /** Nothing more is asked for than what has been so far. */
  close(): void {
    this.#closed = true;
  }

  /** Asks for a response as soon as none is active. */
  request(request: ResponseRequest): void {
    if (this.#over) return;
    if (this.#closed) return;
    this.#queue.push({ request, key: `r${++this.#counter}`, tries: 0, answered: false });
    this.#next();
  }

  /** Nothing of ours is asked for until `release`: the caller has the floor. */
  hold(): void {
    this.#held = true;
  }

  /** Asks for what has waited. */
  release(): void {
    this.#held = false;
    this.#next();
  }

  /** `response.created`. */
  created(responseId: string, metadata: Metadata): void {
    if (this.#asked && metadata[REQUEST_KEY] === this.#asked.key) {
      this.#active = { id: responseId, request: this.#asked.request };
      return this.#settle();
    }
    this.#active = { id: responseId, request: undefined };
    for (const waiting of this.#queue) waiting.answered = true;
    if (this.#asked) this.#asked.answered = true;
  }

  /**
   * `response.done`; also without a `response.created` before it, as seen around interruptions.
   * Returns our request that it answers; undefined when VAD created it.
   */
  done({ id, metadata }: Pick<FinishedResponse, "id" | "metadata">): ResponseRequest | undefined {
    let request: ResponseRequest | undefined;
    if (this.#asked && metadata[REQUEST_KEY] === this.#asked.key) {
      request = this.#asked.request;
      this.#settle();
    }
    if (this.#active?.id === id) {
      request = this.#active.request;
      this.#active = undefined;
    }
    this.#next();
    return request;
  }

  /** Takes an error that answers one of our requests; returns false for any other. */
  refused(error: ApiError): boolean {
    const asked = this.#asked;
    if (!asked) return false;
    const race = error.code === "conversation_already_has_active_response";
    if (!race && error.eventId !== asked.key) return false;
    this.#settle();
    if (race) this.#again(asked);
    else this.#log.warn("Response refused", { purpose: asked.request.purpose, code: error.code });
    this.#next();
    return true;
  }

  /** What the active response still sends is not wanted. */
  dropActive(): void {
    if (this.#active === undefined) return;
    this.#dropped.add(this.#active.id);
    if (this.#dropped.size > DROPPED_KEPT) {
      const [oldest] = this.#dropped;
      this.#dropped.delete(oldest!);
    }
  }

  /** Whether late audio of this response is to be ignored. */
  isDropped(responseId: string): boolean {
    return this.#dropped.has(responseId);
  }

  /** Forgets all: the model's session is gone or the call is over. */
  clear(): void {
    this.#over = true;
    this.#settle();
    this.#queue = [];
    this.#active = undefined;
    this.#held = false;
  }

  #next(): void {
    if (this.#held || this.#active !== undefined || this.#asked) return;
    const next = this.#queue.shift();
    if (!next) return;
    if (next.answered && next.request.unlessAnswered) return this.#next();
    this.#asked = next;
    next.tries++;
    this.#stopWaiting = this.#clock.after(CREATED_LIMIT_MS, () => {
      this.#log.warn("No answer to response.create", { purpose: next.request.purpose });
      this.#asked = undefined;
      this.#again(next);
      this.#next();
    });
    this.#send({
      type: "response.create",
      event_id: next.key,
      response: {
        ...next.request.params,
        metadata: { ...next.request.params?.metadata, [REQUEST_KEY]: next.key },
      },
    });
  }

  /** Back to the head of the queue, unless it has had its chances. */
  #again(asked: Asked): void {
    if (asked.tries >= TRIES_MAX) {
      this.#log.warn("Response given up", { purpose: asked.request.purpose, tries: asked.tries });
      return;
    }
    if (this.#active !== undefined) {
      this.#queue.unshift(asked);
      return;
    }
    // The active response is one that we know nothing of: there is no response.done to wait for.
    const key = asked.key;
    this.#asked = { ...asked, key };
    this.#stopWaiting = this.#clock.after(RETRY_DELAY_MS, () => {
      const waiting = this.#asked;
      this.#asked = undefined;
      if (waiting) this.#queue.unshift(waiting);
      this.#next();
    });
  }

  #settle(): void {
    this.#asked = undefined;
    this.#stopWaiting();
    this.#stopWaiting = () => {};
  }
}
