import type { Clock } from "../clock.ts";

const QUIET_MS = 60_000;

/**
 * Makes what tells of a fault at once, and then once a minute at most with how often it came meanwhile: what fails for one
 * record fails for all of them.
 */
export function quietly(
  clock: Clock,
  tell: (why: Readonly<Record<string, string | number | undefined>>) => void,
): (why: Readonly<Record<string, string | number | undefined>>) => void {
  let toldMs = -Infinity;
  let untold = 0;
  return (why) => {
    if (clock.now() - toldMs < QUIET_MS) {
      untold++;
      return;
    }
    tell({ ...why, untold: untold || undefined });
    toldMs = clock.now();
    untold = 0;
  };
}
