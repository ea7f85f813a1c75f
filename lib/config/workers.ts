import type { Check } from "./checks.ts";
import type { Variable } from "./variable.ts";

const WORKERS_MAX = 64;

/**
 * How many threads answer calls. `auto` is one for each core that this process may use: what it is pinned to counts, and
 * a container's limit of CPU time, as the runtime learns both from the system.
 */
const workers: Check<number> = (text) => {
  if (text.toLowerCase() === "auto") {
    return Math.min(WORKERS_MAX, Math.max(1, navigator.hardwareConcurrency));
  }
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= WORKERS_MAX) return value;
  throw new RangeError(`must be a whole number from 1 to ${WORKERS_MAX}, or auto`);
};

/** How many cores are used; part of the table in variables.ts. */
export const WORKERS = {
  WORKERS: {
    group: "Service",
    default: "1",
    check: workers,
    help:
      "Threads that answer calls on the one port, each on a core of its own: 1 to 64, or auto (as many as the container may use).",
  },
} as const satisfies Readonly<Record<string, Variable>>;
