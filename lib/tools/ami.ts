import { type Clock, systemClock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import { type Log, silentLog } from "../log.ts";

/** How avr-ami answered. */
export type AmiAnswer =
  | { readonly ok: true; readonly message: string }
  | {
    readonly ok: false;
    /** The HTTP status, also a 200 whose body is not avr-ami's. */
    readonly status: number | "timeout" | "unreachable";
    /** For the model: what did not happen, why, and what to do now. */
    readonly words: string;
  };

/** Where a call is sent to, in Asterisk's words. */
export interface AmiTransfer {
  readonly uuid: string;
  readonly exten: string;
  readonly context: string;
  readonly priority: number;
}

/** The requests that a call makes of avr-ami. None rejects; `signal` gives the request up. */
export interface Ami {
  hangup(uuid: string, signal?: AbortSignal): Promise<AmiAnswer>;
  transfer(transfer: AmiTransfer, signal?: AbortSignal): Promise<AmiAnswer>;
}

export interface AmiOptions {
  /** Base URL. */
  url: string;
  fetch?: typeof fetch;
  clock?: Clock;
  /** From the request to the last byte of the answer. @default 5000 */
  timeoutMs?: number;
  /** Told of failures: status and uuid, never a number. */
  log?: Log;
}

type Path = "hangup" | "transfer";

/** Longest answer that is read, in bytes; avr-ami's are one short sentence. */
const MAX_BYTES = 4096;

/** The client of avr-ami, which speaks to Asterisk. A redirect is not followed: the permissions name one host. */
export function createAmi(options: AmiOptions): Ami {
  const { fetch: fetcher = fetch, clock = systemClock, timeoutMs = 5000, log = silentLog } = options;
  const base = options.url.replace(/\/+$/, "");

  async function ask(
    path: Path,
    body: { uuid: string } | AmiTransfer,
    signal?: AbortSignal,
  ): Promise<AmiAnswer> {
    const startMs = clock.now();
    const giveUp = new AbortController();
    let late = false;
    const stop = clock.after(timeoutMs, () => {
      late = true;
      giveUp.abort();
    });
    let status: number | "timeout" | "unreachable";
    let reason: string | undefined;
    try {
      const response = await fetcher(`${base}/${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        redirect: "manual",
        signal: signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal,
      });
      status = response.status;
      const message = await messageIn(response);
      if (response.ok && message !== undefined) return { ok: true, message };
    } catch (error) {
      status = late ? "timeout" : "unreachable";
      // The URL may hold a password; that of avr-ami is known anyway.
      reason = messageOf(error).replace(/https?:\/\/[^\s)]+/g, "avr-ami");
    } finally {
      stop();
    }
    const tookMs = Math.round(clock.now() - startMs);
    // Nobody waits for it any more: the phone is gone, which is often what was asked for.
    if (!signal?.aborted) {
      log.warn("avr-ami did not do it", { request: path, uuid: body.uuid, status, reason, tookMs });
    }
    return { ok: false, status, words: wordsFor(path, status) };
  }

  return {
    hangup: (uuid, signal) => ask("hangup", { uuid }, signal),
    transfer: (transfer, signal) => ask("transfer", transfer, signal),
  };
}

/** The text under `message`, empty without one; undefined when the body is no JSON object or too long to be avr-ami's. */
async function messageIn(response: Response): Promise<string | undefined> {
  const text = await textOf(response);
  try {
    const answer: unknown = JSON.parse(text ?? "");
    if (answer === null || typeof answer !== "object" || Array.isArray(answer)) return undefined;
    return "message" in answer && typeof answer.message === "string" ? answer.message : "";
  } catch {
    return undefined;
  }
}

async function textOf({ body }: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (size > MAX_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

const NOT_DONE: Readonly<Record<Path, string>> = {
  transfer: "The call could not be transferred",
  hangup: "The call could not be ended",
};

const INSTEAD: Readonly<Record<Path, string>> = {
  transfer: "Offer the caller something else.",
  hangup: "Ask the caller to hang up.",
};

/** What the model is told: avr-ami's own message may hold a number, and means nothing to a caller. */
function wordsFor(path: Path, status: number | "timeout" | "unreachable"): string {
  return `${NOT_DONE[path]}: ${why(path, status)}. ${INSTEAD[path]}`;
}

function why(path: Path, status: number | "timeout" | "unreachable"): string {
  if (status === "timeout") return "the telephone system did not answer in time";
  if (status === "unreachable") return "the telephone system can't be reached";
  if (status === 403) return path === "transfer" ? "the destination is not allowed" : "it is not allowed";
  if (status === 404) return "the telephone system does not know this call any more";
  if (status >= 500) return "the telephone system reported an error";
  return "the telephone system gave an answer that makes no sense";
}
