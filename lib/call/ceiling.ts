import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Ami } from "../tools/ami.ts";

export interface CeilingOptions {
  readonly clock: Clock;
  readonly uuid: string;
  /** Undefined: none. */
  readonly minutes: number | undefined;
  readonly ami: Ami;
  readonly log: Log;
  readonly end: () => void;
}

/**
 * MAX_CALL_MINUTES, whatever the persona allows: hangs up the phone, as closing our socket does not, and ends the call.
 * Returns what takes it back.
 */
export function startCeiling({ clock, uuid, minutes, ami, log, end }: CeilingOptions): () => void {
  if (minutes === undefined) return () => {};
  const abort = new AbortController();
  const stop = clock.after(minutes * 60_000, () => {
    log.warn("Call is as long as MAX_CALL_MINUTES, it ends", { uuid, minutes });
    // Answers within its own time limit and never rejects.
    ami.hangup(uuid, abort.signal).then(() => {
      if (!abort.signal.aborted) end();
    });
  });
  return () => {
    stop();
    abort.abort();
  };
}
