import type { Clock } from "../clock.ts";
import type { Playback } from "./playback.ts";

export interface WhenHeardOptions {
  readonly clock: Clock;
  readonly playback: Playback;
  /** Whether something is still to be said. */
  readonly busy: () => boolean;
  /** How long to wait for words that do not come; while audio plays it does not run. */
  readonly limitMs: number;
}

/** Words that do not come, a protected greeting above all, do not keep the caller from being heard. */
export const WORDS_LIMIT_MS = 8_000;
/** How soon to look again while the words are still being made. */
const LOOK_MS = 100;

/** Calls `fn` once, when all that is asked for and sent has been heard. Returns what takes that back. */
export function whenHeard({ clock, playback, busy, limitMs }: WhenHeardOptions, fn: () => void): () => void {
  let untilMs = clock.now() + limitMs;
  let stopWaiting = () => {};
  const look = () => {
    const unheardMs = playback.unheardMs();
    if (unheardMs > 0) untilMs = clock.now() + unheardMs + limitMs;
    else if (!busy() || clock.now() >= untilMs) return fn();
    stopWaiting = clock.after(Math.max(LOOK_MS, unheardMs), look);
  };
  look();
  return () => stopWaiting();
}
