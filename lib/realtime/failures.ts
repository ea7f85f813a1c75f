import type { ModelEnd } from "./connection.ts";
import type { ApiError } from "./events.ts";

/**
 * What an error of the API means for the call:
 * - `fatal`: no session is to be had with this key, quota or model; trying again can't help
 * - `benign`: a race that the API resolves by itself (truncate, cancel, commit, a second response)
 * - `config`: the whole event that it answers was discarded
 * - `transient`: the same request may succeed later
 * - `lifecycle`: the session reached its end
 */
export type ErrorKind = "fatal" | "benign" | "config" | "transient" | "lifecycle";

const KINDS: ReadonlyMap<string, ErrorKind> = new Map([
  ...[
    "invalid_api_key",
    "insufficient_quota",
    "account_deactivated",
    "billing_hard_limit_reached",
    "invalid_model",
    "missing_model",
    "model_not_found",
    "beta_api_shape_disabled",
  ].map((code) => [code, "fatal"] as const),
  ...[
    "response_cancel_not_active",
    "conversation_already_has_active_response",
    "input_audio_buffer_commit_empty",
    "unsupported_content_type",
    "item_truncate_invalid_item_id",
    "item_delete_invalid_item_id",
    "item_retrieve_invalid_item_id",
  ].map((code) => [code, "benign"] as const),
  ...["server_error", "rate_limit_exceeded", "inference_rate_limit_exceeded"].map((code) =>
    [code, "transient"] as const
  ),
  ["session_expired", "lifecycle"],
]);

/** Sorts an error by its code, else by its type; unknown ones count as `config`: logged, never fatal. */
export function errorKind(error: ApiError): ErrorKind {
  if (error.param === "audio_end_ms") return "benign";
  return KINDS.get(error.code) ?? KINDS.get(error.type) ?? "config";
}

/** Close codes after which a new session can be had (those of openai-node; Deno reports a drop as 0). */
const RECOVERABLE_CODES: ReadonlySet<number> = new Set([0, 1001, 1005, 1006, 1011, 1012, 1013]);

/** Whether dialling again makes sense after the model's socket closed with `code`. */
export function isRecoverableClose(code: number): boolean {
  return RECOVERABLE_CODES.has(code);
}

/** Statuses of a refused handshake after which a later one may be granted (those of openai-node). */
const RECOVERABLE_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** The HTTP status of a refused handshake, in the words that tell of it; undefined in any others. */
export function statusIn(words: string): number | undefined {
  const status = /Invalid status code: (\d{3})\b/.exec(words)?.[1];
  return status === undefined ? undefined : Number(status);
}

/** What a refused handshake says of the configuration. Azure and most gateways refuse so; OpenAI in an event. */
const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "the model can't do this",
  401: "the key is not accepted",
  403: "the key may not use this model",
  404: "no such model or address",
  426: "the address takes no WebSocket",
  429: "too many requests, or the quota is used up",
};

/** How a session ended, in words for an operator; nothing of a key or an address is in it. */
export function endWords({ code, reason, error }: Pick<ModelEnd, "code" | "reason" | "error">): string {
  const status = statusIn(reason);
  const known = status === undefined ? undefined : STATUS_WORDS[status];
  const why = error?.code || (known === undefined ? reason : `${reason}, ${known}`) || "dropped";
  return `The model's session ended: ${why} (close code ${code})`;
}

/** Whether dialling again makes sense after a handshake that was refused with `status`. */
export function isRecoverableStatus(status: number): boolean {
  return RECOVERABLE_STATUSES.has(status);
}
