import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { Asks, isEmpty } from "./asks.ts";
import type { ApiError, FinishedResponse, FunctionCall, Metadata, ServerEvent } from "./events.ts";
import { errorKind } from "./failures.ts";
import { usageOf } from "./usage.ts";

export interface CompletionOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Sends an event that has waited. */
  readonly send: (event: RealtimeClientEvent) => void;
  readonly tell: (event: ServerEvent) => void;
}

/** What is known of a response that has begun. */
interface Begun {
  readonly metadata: Metadata;
  /** It is beside the conversation, of which only the end is told: also by a server that knows no such thing. */
  readonly isSilent: boolean;
  readonly calls: FunctionCall[];
  /** Of its messages, what was said so far; those whose transcript has come to its end are gone from it. */
  readonly words: Map<string, string>;
  readonly ended: Set<string>;
  heardAtMs: number;
}

/** Those that are over are kept for what comes late. */
const BEGUN_MAX = 32;
/** A response of which nothing is heard for so long will not be told the end of. A model that thinks is not that slow. */
const SILENT_MS = 30_000;
/** The same after an error that says of no event what it answers. */
const FAILED_MS = 8_000;
const NO_METADATA: Metadata = {};

/**
 * Makes whole what small servers tell of responses, so that a call meets what the API would have told: whose request a
 * response answers where metadata is not given back, calls and transcripts that the end of it does not repeat, a
 * beginning and an end that never come. Of a server that tells all this nothing is changed.
 */
export class Completion {
  readonly #options: CompletionOptions;
  readonly #asks: Asks;
  readonly #begun = new Map<string, Begun>();
  /** The newest, while it is not over. */
  #open: { readonly id: string; readonly begun: Begun } | undefined;
  #stopWaiting = () => {};

  constructor(options: CompletionOptions) {
    this.#options = options;
    this.#asks = new Asks(options.clock, options.send);
  }

  /** Takes note of an event on its way to the server. Returns false where it is not to be sent now. */
  sent(event: RealtimeClientEvent): boolean {
    return this.#asks.sent(event);
  }

  /** Takes an event of the server, and tells what is to be made of it. */
  received(event: ServerEvent): void {
    const { tell } = this.#options;
    switch (event.type) {
      case "input_audio_buffer.committed":
      case "input_audio_buffer.timeout_triggered":
        this.#asks.turnOver();
        return tell(event);
      case "response.created": {
        const { metadata, isSilent } = this.#begin(event.responseId, event.metadata, event.isOutOfBand);
        if (!isSilent) tell({ ...event, metadata });
        return;
      }
      case "response.output_item.added":
      case "response.output_audio.done":
        if (!this.#of(event.responseId)?.isSilent) tell(event);
        return;
      case "response.output_audio.delta":
        if (!this.#of(event.responseId)?.isSilent) tell(event);
        return;
      case "response.output_audio_transcript.delta": {
        const begun = this.#of(event.responseId);
        if (begun?.isSilent) return;
        begun?.words.set(event.itemId, (begun.words.get(event.itemId) ?? "") + event.delta);
        return tell(event);
      }
      case "response.output_audio_transcript.done":
        return this.#transcript(this.#of(event.responseId), event.responseId, event.itemId, event.transcript);
      case "response.function_call_arguments.done":
        this.#of(event.responseId)?.calls.push(event.call);
        return;
      case "response.output_item.done":
        return this.#itemDone(event);
      case "response.done":
        return this.#done(event.response);
      case "error":
        this.#error(event.error);
        return tell(event);
    }
    tell(event);
  }

  stop(): void {
    this.#stopWaiting();
    this.#asks.stop();
  }

  /** A response of which something comes; it begins with that where its beginning was not told. */
  #of(responseId: string): Begun | undefined {
    const known = this.#begun.get(responseId);
    if (known) {
      known.heardAtMs = this.#options.clock.now();
      return known;
    }
    if (responseId === "") return undefined;
    const begun = this.#begin(responseId, NO_METADATA);
    if (!begun.isSilent) {
      this.#options.tell({ type: "response.created", responseId, metadata: begun.metadata });
    }
    return begun;
  }

  #begin(responseId: string, told: Metadata, isOutOfBand = false): Begun {
    const { clock } = this.#options;
    const ask = this.#asks.answered(told);
    const begun: Begun = {
      metadata: isEmpty(told) ? ask?.metadata ?? NO_METADATA : told,
      isSilent: isOutOfBand || ask?.isOutOfBand === true,
      calls: [],
      words: new Map(),
      ended: new Set(),
      heardAtMs: clock.now(),
    };
    this.#begun.set(responseId, begun);
    if (this.#begun.size > BEGUN_MAX) this.#begun.delete(this.#begun.keys().next().value!);
    if (begun.isSilent) return begun;
    this.#open = { id: responseId, begun };
    this.#watch(responseId, begun, SILENT_MS);
    return begun;
  }

  #itemDone(event: Extract<ServerEvent, { type: "response.output_item.done" }>): void {
    const { responseId, item } = event;
    const begun = this.#of(responseId);
    if (begun?.isSilent) return;
    if (begun && item.kind === "function_call" && item.callId !== undefined) {
      const { id: itemId, callId, name = "", arguments: json = "", status } = item;
      begun.calls.push({ itemId, callId, name, arguments: json, status });
    }
    const isUntold = begun && item.transcript !== undefined && !begun.ended.has(item.id);
    if (isUntold) this.#transcript(begun, responseId, item.id, item.transcript!);
    this.#options.tell(event);
  }

  #transcript(begun: Begun | undefined, responseId: string, itemId: string, transcript: string): void {
    if (begun?.isSilent) return;
    begun?.words.delete(itemId);
    begun?.ended.add(itemId);
    this.#options.tell({ type: "response.output_audio_transcript.done", responseId, itemId, transcript });
  }

  #done(response: FinishedResponse): void {
    const { tell } = this.#options;
    const { id } = response;
    const begun = this.#begun.get(id);
    // Of one whose beginning nobody was told.
    const ask = begun ? undefined : this.#asks.answered(response.metadata);
    if (id === this.#open?.id) this.#settle();
    if (!begun) {
      return tell({
        type: "response.done",
        response: ask && isEmpty(response.metadata) ? { ...response, metadata: ask.metadata } : response,
      });
    }
    for (const [itemId, words] of [...begun.words]) this.#transcript(begun, id, itemId, words);
    const missed = newest(begun.calls).filter(({ callId }) =>
      response.calls.every((own) => own.callId !== callId)
    );
    const isWhole = missed.length === 0 && !begun.isSilent &&
      (!isEmpty(response.metadata) || isEmpty(begun.metadata));
    if (isWhole) return tell({ type: "response.done", response });
    tell({
      type: "response.done",
      response: {
        ...response,
        metadata: isEmpty(response.metadata) ? begun.metadata : response.metadata,
        calls: [...response.calls, ...missed],
        outputs: [...response.outputs, ...missed.map(() => "function_call")],
        inConversation: response.inConversation && !begun.isSilent,
      },
    });
  }

  #error(error: ApiError): void {
    if (this.#asks.refused(error) || error.eventId !== undefined || errorKind(error) === "benign") return;
    if (!this.#open) return;
    const { id, begun } = this.#open;
    begun.heardAtMs = this.#options.clock.now();
    this.#watch(id, begun, FAILED_MS);
  }

  #watch(id: string, begun: Begun, limitMs: number): void {
    const { clock, log } = this.#options;
    const sinceMs = begun.heardAtMs;
    this.#stopWaiting();
    this.#stopWaiting = clock.after(sinceMs + limitMs - clock.now(), () => {
      if (begun.heardAtMs > sinceMs) return this.#watch(id, begun, SILENT_MS);
      log.warn("The model does not tell the end of a response, which counts as over", { afterMs: limitMs });
      this.#done({ ...UNFINISHED, id, ...(limitMs === FAILED_MS ? FAILED : {}) });
    });
  }

  #settle(): void {
    this.#stopWaiting();
    this.#open = undefined;
  }
}

const UNFINISHED: Omit<FinishedResponse, "id"> = {
  status: "incomplete",
  reason: "no_end",
  error: undefined,
  metadata: NO_METADATA,
  outputs: [],
  calls: [],
  text: "",
  usage: usageOf(undefined),
  inConversation: true,
};

/** Worth a second try. */
const FAILED: Partial<FinishedResponse> = {
  status: "failed",
  reason: undefined,
  error: { type: "server_error", code: "", message: "", param: undefined, eventId: undefined },
};

/** One call for each id: its item and its arguments both tell of it, and not every server names it in both. */
function newest(calls: readonly FunctionCall[]): FunctionCall[] {
  const byId = new Map<string, FunctionCall>();
  for (const call of calls) if (call.name !== "" || !byId.has(call.callId)) byId.set(call.callId, call);
  return [...byId.values()];
}
