import type { ApiError } from "./wire.ts";

/**
 * The API's errors, word for word where a trace of them is known. Those marked "ours" are by analogy: no
 * trace was found, and a client should not depend on their text.
 */
function invalid(code: string | null, message: string, param: string | null = null): ApiError {
  return { type: "invalid_request_error", code, message, param };
}

const list = (values: readonly string[]) => {
  const quoted = values.map((value) => `'${value}'`);
  if (quoted.length < 3) return quoted.join(" and ");
  return `${quoted.slice(0, -1).join(", ")}, and ${quoted.at(-1)}`;
};

export const errors = {
  unknownParameter: (path: string) => invalid("unknown_parameter", `Unknown parameter: '${path}'.`, path),
  missingParameter: (path: string) =>
    invalid("missing_required_parameter", `Missing required parameter: '${path}'.`, path),
  unsupportedValue: (path: string, value: string, supported: readonly string[]) =>
    invalid("invalid_value", `Invalid value: '${value}'. Supported values are: ${list(supported)}.`, path),
  invalidValue: (path: string, message: string) => invalid("invalid_value", message, path),
  invalidType: (path: string, expected: string, got: string) =>
    invalid(
      "invalid_type",
      `Invalid type for '${path}': expected ${expected}, but got ${got} instead.`,
      path,
    ),
  outOfRange(path: string, kind: "integer" | "decimal", side: "below" | "above", bound: number, got: number) {
    const [end, sign] = side === "below" ? ["minimum", ">="] : ["maximum", "<="];
    return invalid(
      `${kind}_${side}_${side === "below" ? "min" : "max"}_value`,
      `Invalid '${path}': ${kind} ${side} ${end} value. Expected a value ${sign} ${bound}, but got ${got} instead.`,
      path,
    );
  },
  stringTooLong: (path: string, limit: number, length: number) =>
    invalid(
      "string_above_max_length",
      `Invalid '${path}': string too long. Expected a string with maximum length ${limit}, but got a string with length ${length} instead.`,
      path,
    ),
  arrayTooLong: (path: string, limit: number, length: number) =>
    invalid(
      "array_above_max_length",
      `Invalid '${path}': array too long. Expected an array with maximum length ${limit}, but got an array with length ${length} instead.`,
      path,
    ),
  /** Ours in its wording; the code is the API's for a feature that the model lacks. */
  unsupportedByModel: (path: string) =>
    invalid(
      "unsupported_parameter",
      `Unsupported parameter: '${path}' is not supported with this model.`,
      path,
    ),
  invalidJson: () =>
    invalid("invalid_json", "Invalid event: failed to parse JSON value. Please check the value."),
  binaryFrame: () =>
    invalid("invalid_event", "Expected a text WebSocket message; binary frames are not supported."),
  typeMissing: () => invalid("invalid_event", "The 'type' field is missing."),
  notAnObject: () => invalid("invalid_event", "The event must be a JSON object."),

  voiceIsFixed: () =>
    invalid("cannot_update_voice", "Cannot update a conversation's voice if assistant audio is present."),
  /** Ours: that it is refused is documented, how is not. */
  speedDuringResponse: () =>
    invalid(
      "invalid_value",
      "Cannot update the speed while a response is in progress.",
      "session.audio.output.speed",
    ),
  /** Ours, as above. */
  tracingIsFixed: () =>
    invalid("invalid_value", "Cannot update tracing once it is enabled.", "session.tracing"),

  activeResponse: (id: string) =>
    invalid(
      "conversation_already_has_active_response",
      `Conversation already has an active response in progress: ${id}. Wait until the response is finished before creating a new one.`,
    ),
  nothingToCancel: () =>
    invalid("response_cancel_not_active", "Cancellation failed: no active response found"),

  bufferTooSmall: (ms: number) =>
    invalid(
      "input_audio_buffer_commit_empty",
      `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${
        ms.toFixed(2)
      }ms of audio.`,
    ),
  /** Ours. */
  invalidAudio: (path: string) =>
    invalid(
      "invalid_value",
      `Invalid '${path}'. Expected base64-encoded audio bytes, but got an invalid value.`,
      path,
    ),

  unknownPrevious: (id: string) =>
    invalid(
      "item_create_invalid_previous_item_id",
      `Error adding item: the previous item with id '${id}' does not exist.`,
    ),
  duplicateItem: (id: string) =>
    invalid("item_create_duplicate_item_id", `Error adding item: an item with id '${id}' already exists.`),
  unknownCall: (id: string) =>
    invalid("invalid_tool_call_id", `Tool call ID '${id}' not found in conversation.`),
  unknownItem: (verb: "deleting" | "retrieving" | "truncating", id: string) =>
    invalid(
      `item_${verb.slice(0, -3)}e_invalid_item_id`,
      `Error ${verb} item: the item with id '${id}' does not exist.`,
    ),
  /** Ours. */
  unknownReference: (path: string, id: string) =>
    invalid("invalid_value", `Item with item_id not found: ${id}.`, path),
  notModelAudio: () =>
    invalid("unsupported_content_type", "Only model output audio messages can be truncated"),
  alreadyShorter: (hasMs: number, wantedMs: number) =>
    invalid(
      "invalid_value",
      `Audio content of ${hasMs}ms is already shorter than ${wantedMs}ms`,
      "audio_end_ms",
    ),

  sessionExpired: () => invalid("session_expired", "Your session hit the maximum duration of 60 minutes."),
  serverError: (sessionId: string): ApiError => ({
    type: "server_error",
    code: "server_error",
    message:
      `The server had an error while processing your request. Sorry about that! Please include the session ID in your message when you report this. (session ID: ${sessionId})`,
    param: null,
  }),
};
