import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { ApiError, FinishedResponse } from "../realtime/events.ts";
import { errorKind } from "../realtime/failures.ts";
import type { ResponseRequest, Responses } from "./responses.ts";

export interface OutcomesOptions {
  readonly clock: Clock;
  readonly responses: Responses;
  readonly log: Log;
  /** The model refuses for good: key, quota, billing. */
  readonly onFatal: (error: ApiError) => void;
}

const RETRY_DELAY_MS = 500;
/** A caller does not wait longer than this for an answer. */
const RETRY_DELAY_MAX_MS = 10_000;

/** What becomes of a response that ended otherwise than by being spoken: one that failed, one that said nothing. */
export class Outcomes {
  readonly #options: OutcomesOptions;
  /** The caller waits and has been given a second try already. */
  #secondTry = false;
  #waiting = false;
  #stopWaiting = () => {};

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  /**
   * `response.done` of a response that is still wanted.
   * @param request ours, when we asked for it
   * @param audible whether it brought audio
   */
  done(response: FinishedResponse, request: ResponseRequest | undefined, audible: boolean): void {
    if (response.status === "failed") return this.#failed(response, request);
    const acted = response.outputs.some((kind) => kind !== "message");
    if (audible || acted) {
      this.#secondTry = false;
      return;
    }
    if (response.status === "completed") this.#again("nudge", request, 0);
    else this.#options.log.warn("Response ended without audio", status(response));
  }

  /** Whether a response waits for its second try. */
  get pending(): boolean {
    return this.#waiting;
  }

  /** The call is over. */
  clear(): void {
    this.#stopWaiting();
  }

  #failed(response: FinishedResponse, request: ResponseRequest | undefined): void {
    const { error } = response;
    const kind = error && errorKind(error);
    this.#options.log.error("Response failed", { ...status(response), code: error?.code, kind });
    if (error && kind === "fatal") return this.#options.onFatal(error);
    if (error && kind === "transient") this.#again("retry", request, namedDelayMs(error.message));
  }

  #again(purpose: "nudge" | "retry", request: ResponseRequest | undefined, delayMs: number): void {
    const { clock, responses, log } = this.#options;
    if (this.#secondTry) {
      this.#secondTry = false;
      return log.error("Response given up after a second try", { purpose });
    }
    this.#secondTry = true;
    log.warn("Response asked for again", { purpose, delayMs });
    this.#stopWaiting();
    this.#waiting = true;
    this.#stopWaiting = clock.after(delayMs, () => {
      this.#waiting = false;
      responses.request(request ?? { purpose, unlessAnswered: true });
    });
  }
}

function status({ status, reason }: FinishedResponse): { status: string; reason: string | undefined } {
  return { status, reason };
}

/** The delay that a rate limit's message names, "Please try again in 1m26.4s", within what a caller bears. */
export function namedDelayMs(message: string): number {
  const named = /try again in (?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?/i.exec(message);
  const [, minutes, seconds, millis] = named ?? [];
  if (minutes === undefined && seconds === undefined && millis === undefined) return RETRY_DELAY_MS;
  const delayMs = Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1000 + Number(millis ?? 0);
  return Math.min(Math.ceil(delayMs), RETRY_DELAY_MAX_MS);
}
