import type { EndReason } from "../call/events.ts";

/** Changes when a field changes its meaning or goes; new ones may come without. */
export const RECORD_VERSION = 1;

/**
 * What is kept of a call when it is over: one line of JSON. Times within the call are milliseconds since `startedAt`, and
 * `undefined` fields are left out. Those marked "content" are missing with RECORDS_CONTENT=no-content.
 */
export interface CallRecord {
  readonly version: typeof RECORD_VERSION;
  /** AVR's id of the call. */
  readonly uuid: string;
  /** The persona that it began with, then those that it was handed to. */
  readonly personas: readonly string[];
  /** Which load of the personas it began with, counted from the start of the process. */
  readonly generation?: number;
  /** What AVR's core told of the call in the line's URL; content, but for `uniqueid` and `console`. */
  readonly line: LineFacts;
  /** Of the call's trace in OpenTelemetry, where it has one. */
  readonly traceId?: string;

  /** ISO 8601, UTC. The line said `init`. */
  readonly startedAt: string;
  /** The agent's first audio went out; missing when there was none. */
  readonly answeredAt?: string;
  readonly endedAt: string;
  readonly durationMs: number;
  readonly endReason: EndReason;

  /** The caller's turns that were answered. */
  readonly turns: readonly RecordedTurn[];
  /** Answers that the caller cut off. */
  readonly interruptions: readonly RecordedInterruption[];
  /** Sounds of the caller's that were no speech, or a mere "mhm". */
  readonly ignored: number;
  readonly tools: readonly RecordedTool[];
  /** Keys that were pressed; which ones is not kept. */
  readonly digits: number;
  /** The model's sessions: lost, had again (after so long in all), replaced before they grew too old. */
  readonly sessions: {
    readonly lost: number;
    readonly recovered: number;
    readonly gapMs: number;
    readonly rotated: number;
  };

  /** Tokens of all models that answered together. */
  readonly tokens: RecordedTokens;
  /** By the name of the model that was dialled. */
  readonly models: Readonly<Record<string, RecordedModel>>;
  /** What wrote down the caller's words beside the conversation, by the name of its model. */
  readonly transcription: Readonly<Record<string, RecordedTranscription>>;
  /** US dollars for responses and transcription by the table of prices; missing when a model has none there. */
  readonly usd?: number;

  /** What was said, in order; of the agent's words those that were heard. Content. */
  readonly transcript?: readonly RecordedWords[];
  /** What the model wrote of the call, and the fields that the persona's `summary` asks for. Content. */
  readonly summary?: string;
  readonly extracted?: Readonly<Record<string, unknown>>;
  /** Why the persona's `summary` could not be had. Content. */
  readonly summaryError?: string;
  /** Entries of the lists above that were left out, as there were too many. */
  readonly omitted?: number;
}

export interface LineFacts {
  readonly from?: string;
  readonly to?: string;
  readonly uniqueid?: string;
  readonly channel?: string;
  /** The console's page was the telephone. */
  readonly console?: true;
}

export interface RecordedTurn {
  /** When the answer began. */
  readonly atMs: number;
  /** From the end of the caller's speech to the first audio of the answer. */
  readonly latencyMs: number;
  /** The model's part of it: from its telling of that end. */
  readonly modelMs: number;
}

export interface RecordedInterruption {
  readonly atMs: number;
  /** Of the answer, and how long that would have been as far as it was generated. */
  readonly heardMs: number;
  readonly generatedMs: number;
  /** From the moment that the caller began to speak to the line's being told; where that is known. */
  readonly stopMs?: number;
}

export interface RecordedTool {
  /** When it was done. */
  readonly atMs: number;
  readonly name: string;
  /** `control` acts upon the call itself: hang-up, transfer, handoff. */
  readonly outcome: "output" | "error" | "control";
  readonly durationMs: number;
  /** JSON text as the model wrote it, and what the model was told. Content. */
  readonly arguments?: string;
  readonly result?: string;
}

export interface RecordedWords {
  /** When the words were known: the caller's soon after they were spoken, the agent's while they are. */
  readonly atMs: number;
  readonly role: "caller" | "agent";
  readonly text: string;
  /** Broken off by the caller or by the end of the call: `text` is the part that was heard, estimated by time. */
  readonly cut?: true;
}

/** As the model's side counts them. What is cached is a part of the input, not added to it. */
export interface RecordedTokens {
  readonly input: number;
  readonly inputText: number;
  readonly inputAudio: number;
  readonly cached: number;
  readonly cachedText: number;
  readonly cachedAudio: number;
  readonly output: number;
  readonly outputText: number;
  readonly outputAudio: number;
}

export interface RecordedModel extends RecordedTokens {
  readonly responses: number;
  /** Missing where the model's prices are not known. */
  readonly usd?: number;
}

/** Billed by the second or by tokens, as the model is. */
export interface RecordedTranscription {
  /** Items of the caller's that were written down, and that could not be. */
  readonly completed: number;
  readonly failed: number;
  readonly seconds?: number;
  readonly input?: number;
  readonly inputText?: number;
  readonly inputAudio?: number;
  readonly output?: number;
  /** Missing where the model's price is not known, or one of them came without a bill. */
  readonly usd?: number;
}

/** Longest of these texts. */
const FACT_MAX_CHARS = 200;

/** What AVR's core tells of a call in the query of the line's URL. */
export function lineFacts(query: URLSearchParams): Omit<LineFacts, "console"> {
  return Object.fromEntries(
    (["from", "to", "uniqueid", "channel"] as const).flatMap((name) => {
      const text = query.get(name)?.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "").trim().slice(
        0,
        FACT_MAX_CHARS,
      );
      return text ? [[name, text.toWellFormed()]] : [];
    }),
  );
}
