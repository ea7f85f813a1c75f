/**
 * The time that the processes of one run share. Each process counts up steadily from the time of day at its start, so
 * two of them differ by what the machine's clock was corrected in between: mostly nothing. `clockOffset` measures it.
 */
const ORIGIN_MS = performance.timeOrigin;

/** Milliseconds since 1970, with a resolution of under 1 us; never goes back. */
export const nowMs = (): number => ORIGIN_MS + performance.now();

/** One question to another process's clock: our time before and after it, and the time it told. */
export interface ClockReading {
  readonly beforeMs: number;
  readonly toldMs: number;
  readonly afterMs: number;
}

export interface ClockOffset {
  /** What to add to our time to have the other's. */
  readonly offsetMs: number;
  /** The truth lies within this of it. */
  readonly withinMs: number;
}

/**
 * The smallest offset that explains the best of the readings: none at all if that one allows it, since clocks of one
 * machine agree unless it was corrected.
 */
export function clockOffset(readings: readonly ClockReading[]): ClockOffset {
  let least = -Infinity, most = Infinity;
  for (const { beforeMs, toldMs, afterMs } of readings) {
    least = Math.max(least, toldMs - afterMs);
    most = Math.min(most, toldMs - beforeMs);
  }
  const offsetMs = Math.min(Math.max(0, least), most);
  return { offsetMs, withinMs: Math.max(most - offsetMs, offsetMs - least) };
}
