import { bytesFromBase64 } from "../audio/base64.ts";
import { errors } from "./error-texts.ts";
import {
  anything,
  array,
  boolean,
  integer,
  nullable,
  object,
  oneOf,
  type Rule,
  string,
  taggedBy,
} from "./rules.ts";

/** Longer call ids are refused; for item ids no limit is known. */
const CALL_ID_LIMIT = 32;

const common = {
  type: string(),
  id: string(),
  object: oneOf("realtime.item"),
  status: oneOf("completed", "incomplete", "in_progress"),
};

const base64: Rule = (value, path) =>
  string()(value, path) ?? (bytesFromBase64(value as string) ? undefined : errors.invalidAudio(path));

const inputText = object({ type: string(), text: string() }, ["text"]);

/** Which contents a message may have: assistant audio can't be created by a client. */
const message = taggedBy("role", {
  system: messageOf({ input_text: inputText }),
  user: messageOf({
    input_text: inputText,
    input_audio: object({ type: string(), audio: base64, transcript: nullable(string()) }, ["audio"]),
    input_image: object({ type: string(), image_url: string(), detail: oneOf("auto", "low", "high") }, [
      "image_url",
    ]),
  }),
  assistant: messageOf({ output_text: object({ type: string(), text: string() }, ["text"]) }),
});

function messageOf(contents: Readonly<Record<string, Rule>>): Rule {
  return object({
    ...common,
    role: string(),
    phase: nullable(oneOf("commentary", "final_answer")),
    content: array(taggedBy("type", contents)),
  }, ["content"]);
}

const kinds = {
  message,
  function_call: object(
    { ...common, name: string(), call_id: string(CALL_ID_LIMIT), arguments: string() },
    ["name", "arguments"],
  ),
  function_call_output: object(
    { ...common, call_id: string(CALL_ID_LIMIT), output: string() },
    ["call_id", "output"],
  ),
  mcp_approval_response: object(
    { ...common, approval_request_id: string(), approve: boolean, reason: nullable(string()) },
    ["approval_request_id", "approve"],
  ),
} satisfies Record<string, Rule>;

/** An item that a client may create. */
export const item: Rule = taggedBy("type", kinds);

/** An item or a reference to one, as in `response.input`. */
export const itemOrReference: Rule = taggedBy("type", {
  ...kinds,
  item_reference: object({ type: string(), id: string() }, ["id"]),
});

const id = string(512);

/** Every client event of a plain WebSocket: its keys and those it can't do without. */
export const clientEvents: Readonly<Record<string, Rule>> = {
  "session.update": event({ session: anything }, "session"),
  "input_audio_buffer.append": event({ audio: string(15 * 1024 * 1024) }, "audio"),
  "input_audio_buffer.commit": event({}),
  "input_audio_buffer.clear": event({}),
  "conversation.item.create": event({ previous_item_id: nullable(string()), item }, "item"),
  "conversation.item.truncate": event(
    { item_id: string(), content_index: integer(0), audio_end_ms: integer(0) },
    "item_id",
    "content_index",
    "audio_end_ms",
  ),
  "conversation.item.delete": event({ item_id: string() }, "item_id"),
  "conversation.item.retrieve": event({ item_id: string() }, "item_id"),
  "response.create": event({ response: anything }),
  "response.cancel": event({ response_id: string() }),
};

/** What the API's own list of supported types names, though not all of it works in this kind of session. */
export const SUPPORTED_TYPES = [
  "session.update",
  "session.close",
  "input_audio_buffer.append",
  "session.input_audio_buffer.append",
  "input_audio_buffer.commit",
  "input_audio_buffer.clear",
  "conversation.item.create",
  "conversation.item.truncate",
  "conversation.item.delete",
  "conversation.item.retrieve",
  "response.create",
  "response.cancel",
] as const;

function event(keys: Readonly<Record<string, Rule>>, ...required: string[]): Rule {
  return object({ type: string(), event_id: id, ...keys }, required);
}
