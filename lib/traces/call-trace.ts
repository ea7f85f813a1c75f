import type { CallEvent, EndReason } from "../call/events.ts";
import type { Clock } from "../clock.ts";
import { costUsd, transcriptionUsd } from "../config/prices.ts";
import { clipped, GEN_AI } from "./attributes.ts";
import { Exchanges } from "./exchanges.ts";
import { type Attributes, bounded, type OpenSpan } from "./span.ts";

export interface CallTraceOptions {
  readonly clock: Clock;
  /** The call's own span, which has just begun. */
  readonly span: OpenSpan;
  readonly persona: string;
  /** Its id: on all that is asked of a model in it. */
  readonly conversation: string;
  /** Whether words, arguments and results may stand in a span. */
  readonly content: boolean;
  /** Who answers: provider and address. */
  readonly provider: Attributes;
  /** Names as they may stand in a span's name: what the model makes up may not. */
  readonly toolName: (name: string) => string;
}

type EventOf<Type extends CallEvent["type"]> = Extract<CallEvent, { type: Type }>;

/** Far more than a call of two hours has; and what Deno keeps of the events of a span. */
const BOUNDS = { spans: 5_000, events: 120 };
/** The caller was left without an answer. */
const FAILURES: ReadonlySet<EndReason> = new Set([
  "model_failed",
  "internal_error",
  "line_lost",
  "line_limit",
]);
const FAULT_KEYS = {
  caller_dropped: "parley.audio.caller_dropped_ms",
  agent_dropped: "parley.audio.agent_dropped_ms",
  agent_late: "parley.audio.agent_late_ms",
} as const;

/** Makes a trace of what a call tells of itself. Feed it every event from `started` on; at the end no span is left open. */
export class CallTrace {
  readonly #options: CallTraceOptions;
  readonly #call: OpenSpan;
  readonly #omitted: () => number;
  readonly #exchanges: Exchanges;
  #persona: string;
  #model: string | undefined;
  #wasReady = false;
  #recovery: OpenSpan | undefined;
  /** A session that is to take the place of the one in use. */
  #beside: { readonly span: OpenSpan; model?: string } | undefined;
  #ended: { readonly atMs: number; readonly reason: EndReason } | undefined;
  #afterwards: OpenSpan | undefined;
  #conclusion: Attributes = {};
  #over = false;
  readonly #counts = { digits: 0, lost: 0, rotated: 0, ignored: 0 };
  readonly #tokens = { input: 0, cached: 0, output: 0 };
  readonly #faults: Partial<Record<typeof FAULT_KEYS[keyof typeof FAULT_KEYS], number>> = {};
  #usd: number | undefined = 0;
  #firstAudioMs: number | undefined;

  constructor(options: CallTraceOptions) {
    this.#options = options;
    const { span, omitted } = bounded(options.span, BOUNDS);
    this.#call = span;
    this.#omitted = omitted;
    this.#persona = options.persona;
    const { content, toolName } = options;
    this.#exchanges = new Exchanges({
      call: span,
      content,
      toolName,
      model: () => this.#modelAttributes,
      agent: () => ({ [GEN_AI.agent]: this.#persona }),
    }, options.clock.now());
  }

  watch(event: CallEvent): void {
    if (this.#over) return;
    const atMs = this.#options.clock.now();
    // Several items may be cut at once, and belong to what has just ended.
    if (event.type !== "interrupted") this.#exchanges.sweep(atMs);
    this.#take(event, atMs);
  }

  #take(event: CallEvent, atMs: number): void {
    switch (event.type) {
      case "dialled":
        return this.#dialled(event, atMs);
      case "configured":
        return this.#ready(atMs);
      case "model_back":
        this.#recovery?.end(atMs, { attributes: { "parley.gap_ms": Math.round(event.gapMs) } });
        this.#recovery = undefined;
        return this.#ready(atMs);
      case "model_lost":
        return this.#lost(event.reason, atMs);
      case "rotated":
        this.#counts.rotated++;
        return this.#takeOver(atMs);
      case "handoff":
        this.#persona = event.to;
        this.#takeOver(atMs);
        return this.#call.event("handoff", atMs, {
          "parley.handoff.from": event.from,
          "parley.handoff.to": event.to,
          "parley.handoff.voice": event.voice,
        });
      case "summarized":
        return this.#call.event("summarized", atMs, { "parley.summary.items": event.itemIds.length });
      case "hang_up":
        return this.#call.event("hang_up", atMs, { "parley.end_reason": event.reason });
      case "first_audio":
        this.#firstAudioMs ??= event.sinceStartMs;
        return;
      case "digit":
        this.#counts.digits++;
        return;
      case "audio_fault": {
        const key = FAULT_KEYS[event.kind];
        this.#faults[key] = (this.#faults[key] ?? 0) + Math.round(event.ms);
        return;
      }
      case "transcription":
        return this.#pay(event.outcome === "failed" ? 0 : transcriptionUsd(event.model, event.usage));
      case "response":
        return this.#responded(event, atMs);
      case "concluded":
        return this.#concluded(event);
      case "ended":
        return this.#end(event, atMs);
      case "settled":
        return this.#settle(atMs);
      case "ignored":
        this.#counts.ignored++;
        return this.#exchanges.take(event, atMs);
      default:
        return this.#exchanges.take(event, atMs);
    }
  }

  get #modelAttributes(): Attributes {
    const { provider, conversation } = this.#options;
    return { ...provider, [GEN_AI.conversation]: conversation, [GEN_AI.model]: this.#model };
  }

  #ready(atMs: number): void {
    this.#wasReady = true;
    this.#exchanges.ready(atMs);
  }

  #dialled(
    { outcome, model, persona, durationMs, waitedMs, openMs, code }: EventOf<"dialled">,
    atMs: number,
  ): void {
    const startMs = atMs - durationMs;
    this.#parentOfDial(persona, startMs).open({
      name: "dial",
      kind: "client",
      startMs,
      attributes: { ...this.#options.provider, [GEN_AI.model]: model, [GEN_AI.agent]: persona },
    }).end(atMs, {
      attributes: {
        "parley.dial.outcome": outcome,
        "parley.dial.waited_ms": waitedMs,
        "parley.dial.open_ms": openMs,
      },
      error: outcome === "failed" ? code ?? "unknown" : undefined,
    });
    if (outcome !== "ready") this.#endBeside(atMs, outcome === "failed" ? code : undefined);
    else if (this.#beside) this.#beside.model = model;
    else this.#model = model;
  }

  /** A dial is that of the call's first session, of one for the session that was lost, or of one beside that in use. */
  #parentOfDial(persona: string, startMs: number): OpenSpan {
    if (this.#recovery) return this.#recovery;
    if (!this.#wasReady || this.#ended) return this.#call;
    const name = persona === this.#persona ? "rotation" : "handoff";
    this.#beside ??= { span: this.#call.open({ name, startMs }) };
    return this.#beside.span;
  }

  /** The session beside that in use takes its place, where there is one. */
  #takeOver(atMs: number): void {
    this.#model = this.#beside?.model ?? this.#model;
    this.#endBeside(atMs);
  }

  #endBeside(atMs: number, error?: string): void {
    this.#beside?.span.end(atMs, { error });
    this.#beside = undefined;
  }

  #lost(reason: string, atMs: number): void {
    this.#counts.lost++;
    this.#endBeside(atMs);
    this.#exchanges.lose(atMs);
    this.#recovery ??= this.#call.open({
      name: "recovery",
      startMs: atMs,
      attributes: { "parley.reason": clipped(reason) },
    });
  }

  #responded(event: EventOf<"response">, atMs: number): void {
    const { usage, model } = event;
    this.#tokens.input += usage.inputTokens;
    this.#tokens.cached += usage.cachedTokens;
    this.#tokens.output += usage.outputTokens;
    this.#pay(costUsd(model, usage));
    if (this.#exchanges.knows(event.responseId)) return this.#exchanges.take(event, atMs);
    // When it began is not told of one that is asked for beside the conversation.
    const startMs = this.#afterwards ? this.#ended?.atMs ?? atMs : atMs;
    this.#exchanges.beside(event, this.#afterwards ?? this.#call, startMs, atMs);
  }

  #pay(usd: number | undefined): void {
    this.#usd = usd === undefined || this.#usd === undefined ? undefined : this.#usd + usd;
  }

  #concluded(told: EventOf<"concluded">): void {
    if ("error" in told) this.#conclusion = { "parley.summary.outcome": "failed" };
    else {
      const { content } = this.#options;
      this.#conclusion = {
        "parley.summary.outcome": "done",
        "parley.summary.text": content ? clipped(told.summary) : undefined,
        "parley.summary.extracted": content ? clipped(JSON.stringify(told.extracted)) : undefined,
      };
    }
  }

  #end({ reason, more }: EventOf<"ended">, atMs: number): void {
    if (this.#ended) return;
    this.#ended = { atMs, reason };
    this.#endBeside(atMs);
    this.#recovery?.end(atMs, { error: "not_recovered" });
    this.#recovery = undefined;
    this.#exchanges.end(atMs);
    if (!more) return this.#settle(atMs);
    this.#afterwards = this.#call.open({ name: "afterwards", startMs: atMs });
  }

  #settle(atMs: number): void {
    if (!this.#ended) return;
    this.#over = true;
    this.#exchanges.settle(atMs);
    this.#afterwards?.end(atMs, { attributes: this.#conclusion });
    const { atMs: endMs, reason } = this.#ended;
    const { digits, lost, rotated, ignored } = this.#counts;
    const { input, cached, output } = this.#tokens;
    const omitted = this.#omitted();
    this.#options.span.end(endMs, {
      attributes: {
        "parley.end_reason": reason,
        "parley.first_audio_ms": this.#firstAudioMs,
        ...this.#exchanges.counts,
        "parley.ignored": ignored,
        "parley.digits": digits,
        "parley.sessions.lost": lost,
        "parley.sessions.rotated": rotated,
        ...this.#faults,
        "parley.tokens.input": input,
        "parley.tokens.cached": cached,
        "parley.tokens.output": output,
        "parley.cost.usd": this.#usd === undefined ? undefined : Math.round(this.#usd * 1e8) / 1e8,
        "parley.omitted": omitted > 0 ? omitted : undefined,
      },
      error: FAILURES.has(reason) ? reason : undefined,
    });
  }
}
