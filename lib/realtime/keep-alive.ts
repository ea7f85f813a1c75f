import type { Clock } from "../clock.ts";

/** Time between pings, and how long the other side has to give a sign of life after one. */
export const PING_MS = 10_000;
/** A timer this late means that this process slept: what came meanwhile is not read yet. */
const SLEPT_MS = 1000;

export interface KeepAlive {
  /** Something came from the other side: a pong, or a message. */
  heard(): void;
  stop(): void;
}

/**
 * Finds out that the other side is gone when the network does not tell: pings, and calls `lost` once if nothing came
 * within `PING_MS` of a ping. One timer.
 */
export function createKeepAlive(
  { clock, ping, lost }: { clock: Clock; ping: () => void; lost: () => void },
): KeepAlive {
  let alive = true;
  let dueMs = 0;
  let stop = () => {};
  const wait = () => {
    dueMs = clock.now() + PING_MS;
    stop = clock.after(PING_MS, beat);
  };
  const beat = () => {
    const slept = clock.now() - dueMs > SLEPT_MS;
    if (!alive && !slept) return lost();
    alive = false;
    ping();
    wait();
  };
  wait();
  return { heard: () => void (alive = true), stop: () => stop() };
}
