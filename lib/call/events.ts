import type { SummarizedEvent } from "./summary-text.ts";

import type { TranscriptionUsage, Usage } from "../realtime/events.ts";

/**
 * What happens in a call, for whoever watches it (log, records, console). Transcripts and digits are personal
 * data: a watcher decides what becomes of them.
 */
export type CallEvent =
  /** `generation` counts the loads of the personas, where they are loaded anew while the service runs. */
  | { type: "started"; uuid: string; persona: string; generation?: number }
  /** A session of the model was dialled: until it was configured, or could not be, or was not wanted any more. */
  | {
    type: "dialled";
    outcome: "ready" | "failed" | "closed";
    model: string;
    persona: string;
    durationMs: number;
    /** The part of it before its turn to dial came. */
    waitedMs: number;
    /** From then to the open socket, where it came so far. */
    openMs?: number;
    /** Why it failed: `http_503`, `no_answer`, ... */
    code?: string;
  }
  | { type: "configured"; sinceStartMs: number }
  | { type: "first_audio"; sinceStartMs: number }
  | { type: "caller_speaking" }
  | { type: "caller_silent" }
  /**
   * The first audio of the answer to what the caller said: so long after the end of their speech, and after the model
   * told of that end.
   */
  | { type: "answered"; latencyMs: number; modelMs: number }
  /** A response has begun, in the conversation; `purpose` where we asked for it. */
  | { type: "response_begun"; responseId: string; purpose?: string }
  /** The ear begins to hear the agent, so long from now. */
  | { type: "agent_speaking"; inMs: number }
  /** The ear heard the last of it so long ago; negative: is about to. */
  | { type: "agent_silent"; agoMs: number }
  /** A response of the model is over; in the conversation or beside it. */
  | { type: "response"; responseId: string; status: string; usage: Usage; model: string }
  /** What the caller said was written down beside the conversation, or could not be; `usage` where that was billed. */
  | {
    type: "transcription";
    itemId: string;
    outcome: "completed" | "failed";
    usage: TranscriptionUsage | undefined;
    model: string;
  }
  | { type: "transcript"; role: "user" | "agent"; itemId: string; text: string }
  | {
    type: "interrupted";
    itemId: string;
    heardMs: number;
    generatedMs: number;
    /** The part of the transcript that was heard, estimated by time. */
    heardText: string;
    /** From the moment that the caller began to speak to the line's being told; where both are known. */
    sinceSpeechMs?: number;
  }
  /** The call ended before all of these words had been heard. */
  | { type: "unheard"; itemId: string; heardMs: number; generatedMs: number; heardText: string }
  /** Speech that was judged to be noise, echo or a mere "mhm", and is not answered. */
  | { type: "ignored"; itemId: string }
  | { type: "digit"; digit: string }
  /** A text of ours that became part of the conversation: the keys that the caller pressed, what a key stands for. */
  | { type: "noted"; role: "user" | "system"; text: string }
  | { type: "tool_begun"; name: string; callId: string }
  | {
    type: "tool";
    name: string;
    callId: string;
    /** JSON text as the model wrote it. */
    arguments: string;
    outcome: "output" | "error" | "control";
    /** What the model was told. */
    text: string;
    durationMs: number;
  }
  /**
   * Audio that was lost or late: of the caller's while no session could take it, of the agent's because the line could not,
   * silence inside an answer because the model was slower than it is spoken.
   */
  | { type: "audio_fault"; kind: "caller_dropped" | "agent_dropped" | "agent_late"; ms: number }
  /** The model's session is gone; the line stays open while another is dialled. */
  | { type: "model_lost"; reason: string }
  | { type: "model_back"; gapMs: number }
  /** The model's session was replaced before it grew too old. */
  | { type: "rotated" }
  | SummarizedEvent
  /** Another persona goes on with the call. */
  | { type: "handoff"; from: string; to: string; voice: "keep" | "switch" }
  /** We mean to end the call, and its last words have been heard. */
  | { type: "hang_up"; reason: EndReason }
  /** `more`: something of it is still told, at last `settled`. */
  | { type: "ended"; reason: EndReason; more?: true }
  /** What the persona wanted to know of the call when it was over; personal data, as a transcript is. */
  | { type: "concluded"; summary: string; extracted: Readonly<Record<string, unknown>> }
  | { type: "concluded"; error: string }
  /** The last of a call that has ended. */
  | { type: "settled" };

/** Why a call ended. */
export type EndReason =
  | "hung_up"
  | "idle"
  | "key"
  | "time_limit"
  /** It has cost what it may. */
  | "cost_limit"
  /** The line broke one of its limits. */
  | "line_limit"
  /** The line vanished without a hang-up, and none came back for the call in time. */
  | "line_lost"
  | "agent_hung_up"
  | "transferred"
  | "model_failed"
  | "shutdown"
  | "internal_error";
