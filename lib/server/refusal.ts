import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";

/** A request that is not granted, and why. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly more: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

export function refuse(
  status: number,
  error: string,
  more: Refusal["more"] = {},
  headers: Refusal["headers"] = {},
): Refusal {
  return { status, error, more, headers };
}

/** One JSON line. */
export function toResponse({ status, error, more, headers }: Refusal): Response {
  return Response.json({ error, ...more }, { status, headers: { ...headers } });
}

const QUIET_MS = 10_000;

/** Tells of refused calls: each status at once, then every 10 s at most, so that a scanner does not fill the log. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #told = new Map<number, { atMs: number; untold: number }>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** @param reason without anything that the request brought */
  note(status: number, reason: string, address: string | undefined): void {
    const nowMs = this.#clock.now();
    const last = this.#told.get(status);
    if (last && nowMs - last.atMs < QUIET_MS) {
      last.untold++;
      return;
    }
    this.#log.warn("Call refused", { status, reason, address, untold: last?.untold || undefined });
    this.#told.set(status, { atMs: nowMs, untold: 0 });
  }
}
