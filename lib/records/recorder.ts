import type { CallEvent, EndReason } from "../call/events.ts";
import type { Clock } from "../clock.ts";
import { Heard } from "./heard.ts";
import {
  type CallRecord,
  type LineFacts,
  RECORD_VERSION,
  type RecordedInterruption,
  type RecordedTool,
  type RecordedTurn,
} from "./record.ts";
import { rounded, TokenCount } from "./tokens.ts";
import { TranscriptionCount } from "./transcription.ts";

export interface RecorderOptions {
  readonly uuid: string;
  readonly line: LineFacts;
  /** Of OpenTelemetry, where the call is traced. */
  readonly traceId?: string | undefined;
  /** Whether it may tell what was said, dialled and written. */
  readonly content: boolean;
  readonly clock: Clock;
  /** Time of day. */
  readonly now: () => Date;
  /** Takes the record, once, when nothing more is told of the call. */
  readonly done: (record: CallRecord) => void;
}

type EventOf<Type extends CallEvent["type"]> = Extract<CallEvent, { type: Type }>;

/** Entries of each list: more than a call of two hours has. */
const ENTRIES_MAX = 1_000;
const TEXT_MAX = 4_000;
/** A persona hands over a few times; two may hand a caller back and forth. */
const PERSONAS_MAX = 100;

/** Makes a record of what a call tells of itself. Feed it every event from `started` on. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #startedMs: number;
  readonly #startedAt: Date;
  readonly #personas: string[] = [];
  readonly #turns: RecordedTurn[] = [];
  readonly #interruptions: RecordedInterruption[] = [];
  readonly #tools: RecordedTool[] = [];
  readonly #heard = new Heard(ENTRIES_MAX);
  readonly #tokens = new TokenCount();
  readonly #transcription = new TranscriptionCount();
  readonly #counts = { ignored: 0, digits: 0, lost: 0, recovered: 0, gapMs: 0, rotated: 0, omitted: 0 };
  #generation: number | undefined;
  #answeredMs: number | undefined;
  #concluded: EventOf<"concluded"> | undefined;
  #ended: { readonly atMs: number; readonly reason: EndReason } | undefined;
  #over = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#startedMs = options.clock.now();
    this.#startedAt = options.now();
  }

  watch(event: CallEvent): void {
    if (this.#over) return;
    this.#note(event, this.#sinceMs());
    const isLast = event.type === "settled" || (event.type === "ended" && !event.more);
    if (!isLast || !this.#ended) return;
    this.#over = true;
    this.#options.done(this.#record(this.#ended));
  }

  #note(event: CallEvent, atMs: number): void {
    const counts = this.#counts;
    switch (event.type) {
      case "started":
        this.#generation = event.generation;
        return this.#add(this.#personas, event.persona);
      case "handoff":
        return this.#add(this.#personas, event.to, PERSONAS_MAX);
      case "first_audio":
        this.#answeredMs = atMs;
        return;
      case "answered":
        return this.#add(this.#turns, {
          atMs,
          latencyMs: Math.round(event.latencyMs),
          modelMs: Math.round(event.modelMs),
        });
      case "transcript":
        return this.#heard.said(atMs, event.role === "user" ? "caller" : "agent", event.itemId, event.text);
      case "interrupted":
        this.#heard.cut(atMs, event.itemId, event.heardText);
        return this.#add(this.#interruptions, {
          atMs,
          heardMs: Math.round(event.heardMs),
          generatedMs: Math.round(event.generatedMs),
          ...(event.sinceSpeechMs === undefined ? {} : { stopMs: event.sinceSpeechMs }),
        });
      case "unheard":
        return this.#heard.cut(atMs, event.itemId, event.heardText);
      case "tool":
        return this.#add(this.#tools, this.#tool(event, atMs));
      case "response":
        return this.#tokens.add(event.model, event.usage);
      case "transcription":
        return this.#transcription.add(event);
      case "ignored":
        counts.ignored++;
        return;
      case "digit":
        counts.digits++;
        return;
      case "model_lost":
        counts.lost++;
        return;
      case "model_back":
        counts.recovered++;
        counts.gapMs += Math.round(event.gapMs);
        return;
      case "rotated":
        counts.rotated++;
        return;
      case "concluded":
        this.#concluded = event;
        return;
      case "ended":
        this.#ended = { atMs, reason: event.reason };
    }
  }

  #tool({ name, outcome, durationMs, arguments: json, text }: EventOf<"tool">, atMs: number): RecordedTool {
    const content = { arguments: json.slice(0, TEXT_MAX), result: text.slice(0, TEXT_MAX) };
    return { atMs, name, outcome, durationMs, ...(this.#options.content ? content : {}) };
  }

  #record({ atMs, reason }: { readonly atMs: number; readonly reason: EndReason }): CallRecord {
    const { uuid, line, traceId, content } = this.#options;
    const { ignored, digits, lost, recovered, gapMs, rotated } = this.#counts;
    const usd = this.#usd;
    const omitted = this.#counts.omitted + this.#heard.omitted;
    const { from: _from, to: _to, channel: _channel, ...bare } = line;
    return {
      version: RECORD_VERSION,
      uuid,
      personas: this.#personas,
      ...(this.#generation === undefined ? {} : { generation: this.#generation }),
      line: content ? line : bare,
      ...(traceId === undefined ? {} : { traceId }),
      startedAt: this.#time(0),
      ...(this.#answeredMs === undefined ? {} : { answeredAt: this.#time(this.#answeredMs) }),
      endedAt: this.#time(atMs),
      durationMs: atMs,
      endReason: reason,
      turns: this.#turns,
      interruptions: this.#interruptions,
      ignored,
      tools: this.#tools,
      digits,
      sessions: { lost, recovered, gapMs, rotated },
      tokens: this.#tokens.total,
      models: this.#tokens.models,
      transcription: this.#transcription.models,
      ...(usd === undefined ? {} : { usd }),
      ...(content ? { transcript: this.#heard.words, ...this.#conclusion() } : {}),
      ...(omitted > 0 ? { omitted } : {}),
    };
  }

  /** Undefined where the prices of a model are not known. */
  get #usd(): number | undefined {
    const [answers, words] = [this.#tokens.usd, this.#transcription.usd];
    return answers === undefined || words === undefined ? undefined : rounded(answers + words);
  }

  #conclusion(): Pick<CallRecord, "summary" | "extracted" | "summaryError"> {
    const told = this.#concluded;
    if (!told) return {};
    if ("error" in told) return { summaryError: told.error };
    return { summary: told.summary, extracted: told.extracted };
  }

  #add<T>(list: T[], entry: T, max = ENTRIES_MAX): void {
    if (list.length < max) list.push(entry);
    else this.#counts.omitted++;
  }

  #sinceMs(): number {
    return Math.round(this.#options.clock.now() - this.#startedMs);
  }

  /** By the time of day at the start: a clock that is set meanwhile does not change how long the call was. */
  #time(sinceMs: number): string {
    return new Date(this.#startedAt.getTime() + sinceMs).toISOString();
  }
}
