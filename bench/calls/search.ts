/** What a trial of so many calls says. */
export interface Trial {
  readonly calls: number;
  /** Whether the bridge carried them. */
  readonly carried: boolean;
  /** The bench could not keep up: nothing is said of the bridge, and more calls make no sense. */
  readonly invalid: boolean;
}

/** How close the bounds have to be, as a share of the lower one. */
const CLOSE_ENOUGH = 0.08;
const STEP = 5;

/** The largest number of calls that was carried, with none below it that was not; 0 for none. */
export function carried(trials: readonly Trial[]): number {
  const failed = leastFailed(trials);
  return Math.max(
    0,
    ...trials.filter((each) => each.carried && each.calls < failed).map(({ calls }) => calls),
  );
}

/** The smallest number that was not carried, or at which the bench could not keep up; Infinity for none. */
export function leastFailed(trials: readonly Trial[]): number {
  return Math.min(...trials.filter((each) => !each.carried).map(({ calls }) => calls));
}

/** How many calls to try next: twice as many until it fails, then in between; undefined when that is close enough. */
export function nextTrial(trials: readonly Trial[]): number | undefined {
  const low = carried(trials), high = leastFailed(trials);
  if (high === Infinity) return low === 0 ? undefined : 2 * low;
  if (low === 0) {
    // The fewest that were tried are too many already.
    return high > 2 * STEP ? rounded(high / 2) : undefined;
  }
  if (high - low <= Math.max(STEP, low * CLOSE_ENOUGH)) return undefined;
  const middle = rounded((low + high) / 2);
  return middle > low && middle < high ? middle : undefined;
}

const rounded = (calls: number) => Math.round(calls / STEP) * STEP;
