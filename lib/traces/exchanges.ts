import type { CallEvent } from "../call/events.ts";
import { clipped, GEN_AI, usageAttributes } from "./attributes.ts";
import { Exchange, type ExchangeKind } from "./exchange.ts";
import type { Attributes, OpenSpan } from "./span.ts";

export interface ExchangesOptions {
  readonly call: OpenSpan;
  /** Whether words, arguments and results may stand in a span. */
  readonly content: boolean;
  /** Of each span that asks the model something. */
  readonly model: () => Attributes;
  /** Of each span of the persona that has the call. */
  readonly agent: () => Attributes;
  /** A tool's name, as it may stand in the name of a span. */
  readonly toolName: (name: string) => string;
}

interface Part {
  readonly span: OpenSpan;
  readonly exchange: Exchange | undefined;
}

type EventOf<Type extends CallEvent["type"]> = Extract<CallEvent, { type: Type }>;

/** What the agent says for these reasons is no answer to what went before. */
const OWN_ACCORD: ReadonlySet<string> = new Set(["idle", "limit", "goodbye", "repeat", "keys", "text"]);
/** Exchanges that may overlap, as one that is cut off and the next; beyond that the oldest ends. */
const EXCHANGES_MAX = 4;
/** Responses and tools under way. */
const PARTS_MAX = 64;

/** Whose turn it is in a call, and what belongs to it. */
export class Exchanges {
  readonly #options: ExchangesOptions;
  readonly #responses = new Map<string, Part>();
  readonly #tools = new Map<string, Part>();
  /** Under way, oldest first. */
  #exchanges: Exchange[] = [];
  /** What the last response belongs to, and what the agent's audible words do. */
  #answering: Exchange | undefined;
  #speaking: Exchange | undefined;
  #readyMs: number;
  #turns = 0;
  #interruptions = 0;

  constructor(options: ExchangesOptions, startedMs: number) {
    this.#options = options;
    this.#readyMs = startedMs;
  }

  /** For the call's own span. */
  get counts(): Attributes {
    return { "parley.turns": this.#turns, "parley.interruptions": this.#interruptions };
  }

  /** The agent could speak from now on: its greeting begins here. */
  ready(atMs: number): void {
    this.#readyMs = atMs;
  }

  /** Ends the exchanges of which nothing more is to come. Words may still come late. */
  sweep(atMs: number): void {
    if (!this.#options.content) this.#end(({ isOver }) => isOver, atMs);
  }

  take(event: CallEvent, atMs: number): void {
    switch (event.type) {
      case "caller_speaking":
        return this.#listening(atMs).callerSpeaks(atMs);
      case "caller_silent":
        return this.#waiting?.callerSilent(atMs);
      case "answered":
        return this.#waiting?.answered(atMs, Math.round(event.latencyMs), Math.round(event.modelMs));
      case "ignored":
        return this.#waiting?.ignored(atMs);
      case "response_begun":
        return this.#responseBegun(event, atMs);
      case "response":
        return this.#responseDone(event, atMs);
      case "agent_speaking":
        this.#speaking = this.#answering ??= this.#newest ?? this.#begin("agent", atMs);
        return this.#speaking.agentSpeaks(atMs + event.inMs);
      case "agent_silent":
        return this.#speaking?.agentSilent(atMs - event.agoMs);
      case "interrupted":
        return this.#interrupted(event, atMs);
      case "unheard":
        if (this.#options.content) this.#speaking?.agentSaid(event.itemId, event.heardText, true);
        return;
      case "tool_begun":
        return this.#toolBegun(event, atMs);
      case "tool":
        return this.#toolDone(event, atMs);
      case "transcript":
        if (this.#options.content) this.#said(event);
    }
  }

  /** The model's session is gone, and its responses with it. */
  lose(atMs: number): void {
    for (const { span, exchange } of this.#responses.values()) {
      span.end(atMs, { error: "session_lost" });
      exchange?.done(atMs);
    }
    this.#responses.clear();
  }

  /** The call is over. What its last response used may still be told: `settle` follows. */
  end(atMs: number): void {
    for (const { span, exchange } of this.#tools.values()) {
      span.end(atMs, { error: "call_ended" });
      exchange?.done(atMs);
    }
    this.#tools.clear();
    this.#end(() => true, atMs);
  }

  /** Nothing more is told. */
  settle(atMs: number): void {
    for (const { span } of this.#responses.values()) span.end(atMs, { error: "call_ended" });
    this.#responses.clear();
  }

  /** A response beside the conversation, or one whose begin was not told. @param parent of its span */
  beside(event: EventOf<"response">, parent: OpenSpan, startMs: number, atMs: number): void {
    this.#endResponse(this.#openResponse(parent, startMs, event.responseId, "beside"), event, atMs);
  }

  /** Whether the begin of this response was told. */
  knows(responseId: string): boolean {
    return this.#responses.has(responseId);
  }

  get #newest(): Exchange | undefined {
    return this.#exchanges.at(-1);
  }

  /** In which the caller speaks, or waits for an answer. */
  get #waiting(): Exchange | undefined {
    return this.#exchanges.findLast(({ awaitsAnswer }) => awaitsAnswer);
  }

  #listening(atMs: number): Exchange {
    const newest = this.#newest;
    return newest?.isListening ? newest : this.#begin("caller", atMs);
  }

  #begin(kind: ExchangeKind, startMs: number, purpose?: string): Exchange {
    this.#end(({ isBusy }) => !isBusy, startMs);
    if (this.#exchanges.length >= EXCHANGES_MAX) this.#end((each) => each === this.#exchanges[0], startMs);
    if (kind === "caller") this.#turns++;
    const by = kind === "caller" ? "caller" : "agent";
    const exchange = new Exchange(this.#options.call, {
      kind,
      startMs,
      attributes: { ...this.#options.agent(), "parley.turn.by": by, "parley.turn.purpose": purpose },
    });
    this.#exchanges.push(exchange);
    return exchange;
  }

  #end(test: (exchange: Exchange) => boolean, atMs: number): void {
    const over = this.#exchanges.filter(test);
    if (over.length === 0) return;
    for (const exchange of over) {
      exchange.end(atMs);
      if (exchange === this.#answering) this.#answering = undefined;
      if (exchange === this.#speaking) this.#speaking = undefined;
    }
    this.#exchanges = this.#exchanges.filter((each) => !over.includes(each));
  }

  #responseBegun({ responseId, purpose }: EventOf<"response_begun">, atMs: number): void {
    if (this.#responses.size >= PARTS_MAX) return;
    const exchange = this.#answering = this.#exchangeFor(purpose, atMs);
    exchange.begun();
    const span = this.#openResponse(exchange.span, atMs, responseId, purpose);
    this.#responses.set(responseId, { span, exchange });
  }

  #exchangeFor(purpose: string | undefined, atMs: number): Exchange {
    if (purpose === "greeting") return this.#begin("greeting", this.#readyMs);
    const newest = this.#newest;
    if (!newest) return this.#begin("agent", atMs, purpose);
    const isOwn = purpose !== undefined && OWN_ACCORD.has(purpose);
    return isOwn && !newest.isBusy && !newest.isListening ? this.#begin("agent", atMs, purpose) : newest;
  }

  #openResponse(
    parent: OpenSpan,
    startMs: number,
    responseId: string,
    purpose: string | undefined,
  ): OpenSpan {
    const { agent } = this.#options;
    const model = this.#options.model();
    return parent.open({
      name: `chat ${model[GEN_AI.model] ?? "unknown"}`,
      kind: "client",
      startMs,
      attributes: {
        ...model,
        ...agent(),
        [GEN_AI.operation]: "chat",
        [GEN_AI.responseId]: responseId,
        "parley.response.purpose": purpose ?? "answer",
      },
    });
  }

  #responseDone(event: EventOf<"response">, atMs: number): void {
    const part = this.#responses.get(event.responseId);
    if (!part) return;
    this.#responses.delete(event.responseId);
    this.#endResponse(part.span, event, atMs);
    part.exchange?.done(atMs);
  }

  #endResponse(span: OpenSpan, { status, usage, model }: EventOf<"response">, atMs: number): void {
    span.end(atMs, {
      attributes: { [GEN_AI.finishReasons]: [status], ...usageAttributes(model, usage) },
      error: status === "failed" ? "response_failed" : undefined,
    });
  }

  #interrupted(event: EventOf<"interrupted">, atMs: number): void {
    const { itemId, heardMs, generatedMs, heardText } = event;
    const exchange = this.#speaking ?? this.#answering;
    if (!exchange) return;
    if (!exchange.wasInterrupted) this.#interruptions++;
    exchange.interrupted(atMs, heardMs, generatedMs);
    if (this.#options.content) exchange.agentSaid(itemId, heardText, true);
  }

  #toolBegun({ name, callId }: EventOf<"tool_begun">, atMs: number): void {
    if (this.#tools.size >= PARTS_MAX) return;
    const exchange = this.#answering ?? this.#newest;
    exchange?.begun();
    const known = this.#options.toolName(name);
    const span = (exchange?.span ?? this.#options.call).open({
      name: `execute_tool ${known}`,
      startMs: atMs,
      attributes: {
        ...this.#options.agent(),
        [GEN_AI.operation]: "execute_tool",
        [GEN_AI.toolName]: known,
        [GEN_AI.toolType]: "function",
        [GEN_AI.toolCallId]: callId.slice(0, 64),
      },
    });
    this.#tools.set(callId, { span, exchange });
  }

  #toolDone({ callId, outcome, arguments: json, text }: EventOf<"tool">, atMs: number): void {
    const part = this.#tools.get(callId);
    if (!part) return;
    this.#tools.delete(callId);
    const { content } = this.#options;
    // What acts upon the call leaves the model nothing to say, unless it did not work.
    const owed = outcome !== "control" || text !== "";
    part.span.end(atMs, {
      attributes: {
        "parley.tool.outcome": outcome === "control" && owed ? "undone" : outcome,
        [GEN_AI.toolArguments]: content ? clipped(json) : undefined,
        [GEN_AI.toolResult]: content ? clipped(text) : undefined,
      },
      error: outcome === "error" ? "tool_failed" : undefined,
    });
    part.exchange?.done(atMs, owed);
  }

  #said({ role, itemId, text }: EventOf<"transcript">): void {
    if (role === "agent") return this.#answering?.agentSaid(itemId, text);
    const exchange = this.#exchanges.find(({ lacksWords }) => lacksWords) ?? this.#newest;
    exchange?.callerSaid(text);
  }
}
