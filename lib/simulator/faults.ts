import type { Range } from "./ids.ts";
import type { SentEvent } from "./outbox.ts";

/** How a session can end against the client's will. */
export type Ending =
  /** The network is gone: no close frame. */
  | "drop"
  /** The 60 minutes are over: error session_expired, then 1001. */
  | "expire"
  /** The service restarts: 1001. */
  | "going_away"
  /** The service broke: 1011. */
  | "server_error"
  | { readonly code: number; readonly reason: string };

/** A failed response's error: the API's codes for it. */
export type ResponseFailure =
  | "rate_limit_exceeded"
  | "insufficient_quota"
  | "server_error"
  | { readonly type: string; readonly code: string; readonly message: string };

/**
 * What goes wrong. All are off by default, all may be changed while sessions run: each is looked at when it
 * would strike.
 */
export interface Faults {
  /** Refuse the handshake with this HTTP status (401, 429, 500 ...). */
  refuseStatus?: number | undefined;
  /** Accept the handshake, send this error, close: 3000 for the key, 4004 for a model out of reach, else 4000. */
  refuseWith?: "invalid_api_key" | "insufficient_quota" | "model_not_found" | undefined;
  /** The handshake is answered so much later; Infinity: never. Only where there is no network, `connect`. */
  openMs?: number | undefined;
  /** Sessions are frozen from their start: the connection opens, and nothing gets through. */
  frozen?: boolean | undefined;
  /** Each server event is this much later, order kept. */
  delayMs?: Range | undefined;
  /** Server events come in bursts, at multiples of this time. */
  burstMs?: number | undefined;
  /** Server events of these types never arrive. */
  lose?: readonly string[] | undefined;
  /** Server events of these types arrive twice. */
  duplicate?: readonly string[] | undefined;
  /** Every event carries a key no one has heard of. */
  unknownKey?: boolean | undefined;
  /** The messages that arrive in place of each server event, whose JSON text is given. */
  mangle?: ((text: string, event: SentEvent) => readonly (string | Uint8Array<ArrayBuffer>)[]) | undefined;
  /** Before every response an event of a type no one has heard of. */
  unknownType?: boolean | undefined;
  /** Before every response the response.done of one that was never created. */
  orphanDone?: boolean | undefined;
  /** A session ends so after this time since it was opened. */
  end?: { readonly afterMs: number; readonly how: Ending } | undefined;
  /** The first delta of a response is this much later. */
  slowFirstMs?: Range | undefined;
  /** The last so many audio deltas of an item are not sent, though transcript and usage are complete. */
  lostTailDeltas?: number | undefined;
  /** An error event (server_error) while a response is active. */
  errorWhileActive?: boolean | undefined;
  /** Responses fail; with `times` only the next so many (it counts down). */
  failResponses?: { readonly how: ResponseFailure; times?: number } | undefined;
  /** The arguments of function calls are not JSON. */
  malformedArguments?: boolean | undefined;
  /** The server believes the agent's items to be this much shorter than what it sent. */
  shorterMs?: number | undefined;
  /** Transcriptions of the caller are this much later. */
  transcriptionDelayMs?: Range | undefined;
  /** They fail, or never come. */
  transcription?: "failed" | "missing" | undefined;
}

/** `error` of a failed response, as the API words it. */
export function failureOf(how: ResponseFailure): { type: string; code: string; message: string } {
  if (typeof how === "object") return how;
  switch (how) {
    case "rate_limit_exceeded":
      return {
        type: "tokens",
        code: how,
        message: "Rate limit reached for the model in organization org-simulated on tokens per min (TPM): " +
          "Limit 40000, Used 40000, Requested 1200. Please try again in 1.8s.",
      };
    case "insufficient_quota":
      return {
        type: "insufficient_quota",
        code: how,
        message: "You exceeded your current quota, please check your plan and billing details.",
      };
    case "server_error":
      return {
        type: how,
        code: how,
        message: "The server had an error while processing your request. Sorry about that!",
      };
  }
}

/** Whether the response that begins now fails, and how. */
export function nextFailure(faults: Faults): ReturnType<typeof failureOf> | undefined {
  const failing = faults.failResponses;
  if (!failing || failing.times === 0) return undefined;
  if (failing.times !== undefined) failing.times--;
  return failureOf(failing.how);
}
