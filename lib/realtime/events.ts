import { type Fields, fields, isFields, list, number, optional, string } from "./json.ts";
import {
  conversationItem,
  type FunctionCall,
  functionCalls,
  type McpItem,
  mcpItem,
  type OutputItem,
  outputItem,
  type PlainItem,
  writtenText,
} from "./items.ts";
import { audioDeltaIn } from "./audio-delta.ts";
import { type SessionTold, sessionTold } from "./session-told.ts";
import { type TranscriptionUsage, transcriptionUsageOf, type Usage, usageOf } from "./usage.ts";

export type { FunctionCall, McpItem, OutputItem, PlainItem } from "./items.ts";
export type { TranscriptionUsage, Usage } from "./usage.ts";

/**
 * What the model's side tells, as far as a call uses it: names as in the Realtime API, fields checked,
 * everything else ignored. The real server sends keys and nulls that the published types do not allow.
 */
export type ServerEvent =
  | { type: "session.created"; session: SessionTold }
  | { type: "session.updated"; session: SessionTold }
  | { type: "input_audio_buffer.speech_started"; itemId: string; audioStartMs: number }
  | { type: "input_audio_buffer.speech_stopped"; itemId: string; audioEndMs: number }
  | { type: "input_audio_buffer.committed"; itemId: string }
  | { type: "input_audio_buffer.timeout_triggered"; itemId: string }
  | {
    type: "conversation.item.input_audio_transcription.completed";
    itemId: string;
    transcript: string;
    usage: TranscriptionUsage | undefined;
  }
  | { type: "conversation.item.input_audio_transcription.failed"; itemId: string }
  /** `isOutOfBand`: beside the conversation, as the server itself tells. */
  | { type: "response.created"; responseId: string; metadata: Metadata; isOutOfBand?: true }
  | { type: "response.output_item.added"; responseId: string; itemId: string; kind: string }
  | { type: "response.output_item.done"; responseId: string; item: OutputItem }
  | { type: "response.function_call_arguments.done"; responseId: string; call: FunctionCall }
  | {
    type: "response.output_audio.delta";
    responseId: string;
    itemId: string;
    contentIndex: number;
    delta: string;
  }
  | { type: "response.output_audio.done"; responseId: string; itemId: string }
  | { type: "response.output_audio_transcript.delta"; responseId: string; itemId: string; delta: string }
  | { type: "response.output_audio_transcript.done"; responseId: string; itemId: string; transcript: string }
  | { type: "response.done"; response: FinishedResponse }
  /** `previousItemId` is null for the first one of the conversation, undefined where the server tells none. */
  | {
    type: "conversation.item.added";
    item: McpItem | PlainItem;
    previousItemId: string | null | undefined;
  }
  | { type: "conversation.item.done"; item: McpItem }
  | { type: "conversation.item.deleted"; itemId: string }
  | { type: "mcp_list_tools.failed"; itemId: string }
  | { type: "response.mcp_call.failed"; itemId: string }
  | { type: "error"; error: ApiError };

export type Metadata = Readonly<Record<string, string>>;

export interface FinishedResponse {
  readonly id: string;
  readonly status: string;
  /** Why it was cancelled or incomplete: `turn_detected`, `client_cancelled`, `max_output_tokens`, ... */
  readonly reason: string | undefined;
  readonly error: ApiError | undefined;
  readonly metadata: Metadata;
  /** The kinds of its output items: `message`, `function_call`, ... */
  readonly outputs: readonly string[];
  /** The function calls among them, those that were cut off included. */
  readonly calls: readonly FunctionCall[];
  /** What it says in writing; a spoken one says nothing so. */
  readonly text: string;
  readonly usage: Usage;
  /** False for a response outside of the conversation. */
  readonly inConversation: boolean;
}

export interface ApiError {
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly param: string | undefined;
  /** The `event_id` of the client event that it answers. */
  readonly eventId: string | undefined;
}

/** Reads one message of the model's socket; undefined for what a call has no use for. Never throws. */
export function parseServerEvent(data: unknown): ServerEvent | undefined {
  if (typeof data !== "string") return undefined;
  const audio = audioDeltaIn(data);
  if (audio) return audio;
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (!isFields(event)) return undefined;
  const type = string(event.type);
  // An error that is nothing else, as gateways send it.
  if (type === "" && event.error !== undefined) return { type: "error", error: errorOf(event) };
  return READERS.get(FORMER_NAMES.get(type) ?? type)?.(event);
}

/** Whether a message is an event of any type, known or not, that is no error. Never throws. */
export function isAnyEvent(data: unknown): boolean {
  if (typeof data !== "string") return false;
  try {
    const event: unknown = JSON.parse(data);
    return isFields(event) && string(event.type) !== "" && event.type !== "error";
  } catch {
    return false;
  }
}

const READERS: ReadonlyMap<string, (event: Fields) => ServerEvent | undefined> = new Map(
  Object.entries(
    {
      "session.created": (e) => ({ type: "session.created", session: sessionTold(e.session) }),
      "session.updated": (e) => ({ type: "session.updated", session: sessionTold(e.session) }),
      "input_audio_buffer.speech_started": (e) => ({
        type: "input_audio_buffer.speech_started",
        itemId: string(e.item_id),
        audioStartMs: number(e.audio_start_ms),
      }),
      "input_audio_buffer.speech_stopped": (e) => ({
        type: "input_audio_buffer.speech_stopped",
        itemId: string(e.item_id),
        audioEndMs: number(e.audio_end_ms),
      }),
      "input_audio_buffer.committed": (e) => ({
        type: "input_audio_buffer.committed",
        itemId: string(e.item_id),
      }),
      "input_audio_buffer.timeout_triggered": (e) => ({
        type: "input_audio_buffer.timeout_triggered",
        itemId: string(e.item_id),
      }),
      "conversation.item.input_audio_transcription.completed": (e) => ({
        type: "conversation.item.input_audio_transcription.completed",
        itemId: string(e.item_id),
        transcript: string(e.transcript),
        usage: transcriptionUsageOf(e.usage),
      }),
      "conversation.item.input_audio_transcription.failed": (e) => ({
        type: "conversation.item.input_audio_transcription.failed",
        itemId: string(e.item_id),
      }),
      "response.created": (e) => {
        const response = fields(e.response);
        const responseId = string(response.id);
        if (responseId === "") return undefined;
        const beside = isOutOfBand(response) ? { isOutOfBand: true as const } : {};
        return { type: "response.created", responseId, metadata: metadata(response.metadata), ...beside };
      },
      "response.output_item.added": (e) => ({
        type: "response.output_item.added",
        responseId: string(e.response_id),
        itemId: string(fields(e.item).id),
        kind: string(fields(e.item).type),
      }),
      "response.output_item.done": (e) => {
        const item = outputItem(e.item);
        return item && { type: "response.output_item.done", responseId: string(e.response_id), item };
      },
      "response.function_call_arguments.done": (e) => {
        const [call] = functionCalls([{ ...e, type: "function_call", id: e.item_id, status: "completed" }]);
        const responseId = string(e.response_id);
        return call && { type: "response.function_call_arguments.done", responseId, call };
      },
      "conversation.item.added": itemAdded,
      // The name that it had before, which some servers still use.
      "conversation.item.created": itemAdded,
      "conversation.item.done": (e) => {
        const item = mcpItem(e.item);
        return item && { type: "conversation.item.done", item };
      },
      "conversation.item.deleted": (e) => ({ type: "conversation.item.deleted", itemId: string(e.item_id) }),
      "mcp_list_tools.failed": (e) => ({ type: "mcp_list_tools.failed", itemId: string(e.item_id) }),
      "response.mcp_call.failed": (e) => ({ type: "response.mcp_call.failed", itemId: string(e.item_id) }),
      "response.output_audio.delta": (e) => ({
        type: "response.output_audio.delta",
        responseId: string(e.response_id),
        itemId: string(e.item_id),
        contentIndex: number(e.content_index),
        delta: string(e.delta),
      }),
      "response.output_audio.done": (e) => ({
        type: "response.output_audio.done",
        responseId: string(e.response_id),
        itemId: string(e.item_id),
      }),
      "response.output_audio_transcript.delta": (e) => ({
        type: "response.output_audio_transcript.delta",
        responseId: string(e.response_id),
        itemId: string(e.item_id),
        delta: string(e.delta),
      }),
      "response.output_audio_transcript.done": (e) => ({
        type: "response.output_audio_transcript.done",
        responseId: string(e.response_id),
        itemId: string(e.item_id),
        transcript: string(e.transcript),
      }),
      "response.done": (e) => {
        const response = fields(e.response);
        const id = string(response.id);
        return id === "" ? undefined : { type: "response.done", response: finished(id, response) };
      },
      "error": (e) => ({ type: "error", error: errorOf(e) }),
    } satisfies Record<string, (event: Fields) => ServerEvent | undefined>,
  ),
);

/** What four events were called before, as some servers still call them. */
const FORMER_NAMES: ReadonlyMap<string, string> = new Map([
  ["response.audio.delta", "response.output_audio.delta"],
  ["response.audio.done", "response.output_audio.done"],
  ["response.audio_transcript.delta", "response.output_audio_transcript.delta"],
  ["response.audio_transcript.done", "response.output_audio_transcript.done"],
]);

function itemAdded({ item, previous_item_id: previous }: Fields): ServerEvent | undefined {
  const added = conversationItem(item);
  const previousItemId = previous === null ? null : optional(previous);
  return added && { type: "conversation.item.added", item: added, previousItemId };
}

function finished(id: string, response: Fields): FinishedResponse {
  const details = fields(response.status_details);
  return {
    id,
    status: string(response.status),
    reason: optional(details.reason),
    error: isFields(details.error) ? apiError(details.error) : undefined,
    metadata: metadata(response.metadata),
    outputs: list(response.output).map((item) => string(fields(item).type)),
    calls: functionCalls(response.output),
    text: writtenText(response.output),
    usage: usageOf(response.usage),
    inConversation: !isOutOfBand(response),
  };
}

/** A response with `conversation: "none"` shows null; a server that leaves the key out means the conversation. */
function isOutOfBand(response: Fields): boolean {
  return response.conversation_id === null;
}

/** Of an error event, whose error some servers put into a text, or beside the type. */
function errorOf(event: Fields): ApiError {
  if (isFields(event.error)) return apiError(event.error);
  const { type: _, event_id: _own, ...plain } = event;
  return apiError({ ...plain, message: optional(event.error) ?? event.message });
}

function apiError(error: Fields): ApiError {
  return {
    type: string(error.type),
    code: typeof error.code === "number" ? String(error.code) : string(error.code),
    message: string(error.message),
    param: optional(error.param),
    eventId: optional(error.event_id),
  };
}

function metadata(value: unknown): Metadata {
  return Object.fromEntries(
    Object.entries(fields(value)).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
