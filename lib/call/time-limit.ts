import type { Clock } from "../clock.ts";

export interface TimeLimitOptions {
  readonly limitMs: number;
  /** How long before the end the warning comes; undefined: without a warning. */
  readonly warnBeforeMs: number | undefined;
  readonly onWarning: () => void;
  readonly onEnd: () => void;
}

/** The longest a call may last: a warning in time, then the end. Returns what stops it. */
export function startTimeLimit(clock: Clock, options: TimeLimitOptions): () => void {
  const { limitMs, warnBeforeMs, onWarning, onEnd } = options;
  const stopEnd = clock.after(limitMs, onEnd);
  const warnAfterMs = limitMs - (warnBeforeMs ?? limitMs);
  // A limit shorter than its warning has none: it would be the first thing said.
  const stopWarning = warnAfterMs > 0 ? clock.after(warnAfterMs, onWarning) : () => {};
  return () => {
    stopEnd();
    stopWarning();
  };
}
