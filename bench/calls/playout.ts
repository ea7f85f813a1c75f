/** What comes out of the phone side's queue. */
export interface Played {
  /** Agent audio that was played, ms. */
  readonly playedMs: number;
  /** Silences inside of an answer, as its audio had not come: how many, and the longest, ms. */
  readonly gaps: number;
  readonly longestGapMs: number;
}

const FRAME_MS = 20;

/**
 * Plays one answer as avr-core does: 20 ms each 20 ms from a queue, beginning with the first frame, silence when there is
 * nothing in it.
 * @param timesMs when each 20 ms of audio came, in order
 * @param endMs when the queue was dropped; Infinity when it was not
 */
export function playAnswer(timesMs: readonly number[], endMs: number): Played {
  const startMs = timesMs[0] ?? 0;
  let tick = 0, frames = 0, gaps = 0, longestGapMs = 0;
  for (const timeMs of timesMs) {
    const ready = Math.ceil((timeMs - startMs) / FRAME_MS);
    const at = Math.max(tick, ready);
    if (startMs + at * FRAME_MS >= endMs) break;
    if (at > tick) {
      gaps++;
      longestGapMs = Math.max(longestGapMs, (at - tick) * FRAME_MS);
    }
    tick = at + 1;
    frames++;
  }
  return { playedMs: frames * FRAME_MS, gaps, longestGapMs };
}
