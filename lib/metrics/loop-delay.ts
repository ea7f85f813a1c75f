import type { Clock } from "../clock.ts";

const EVERY_MS = 500;

/**
 * Samples how late the process comes to what is due, which is how late it comes to audio: one core does it all.
 * @param record takes each sample, ms
 * @returns what ends it
 */
export function sampleLoopDelay(clock: Clock, record: (delayMs: number) => void): () => void {
  let stop = () => {};
  const next = () => {
    const dueMs = clock.now() + EVERY_MS;
    stop = clock.after(EVERY_MS, () => {
      record(Math.max(0, clock.now() - dueMs));
      next();
    });
  };
  next();
  return () => stop();
}
