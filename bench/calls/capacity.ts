import type { BridgeName } from "./options.ts";
import { isInvalid, type Result } from "./run.ts";
import { carried, leastFailed, nextTrial, type Trial } from "./search.ts";

/** What callers would notice. */
export const ADDED_LIMIT_MS = 20;

/** How many calls a bridge carries on its core. */
export interface Capacity {
  readonly bridge: BridgeName;
  /** The largest number with p99 under the limit each way and nothing lost. */
  readonly calls: number;
  /** The smallest number that did not do; undefined when none was found. */
  readonly below: number | undefined;
  /** That was the bench's doing. */
  readonly invalid: boolean;
  readonly trials: readonly Result[];
}

type Outcome = Pick<Result, "calls" | "toModelMs" | "toCallerMs" | "faults" | "harness">;

/** What a run says about the number of calls. */
export function trialOf(result: Outcome): Trial {
  const worst = Math.max(result.toModelMs.p99, result.toCallerMs.p99);
  const invalid = isInvalid(result);
  return { calls: result.calls, carried: worst < ADDED_LIMIT_MS && result.faults.length === 0, invalid };
}

/**
 * Looks for the largest number of calls that a bridge carries.
 * @param known results of it that are there already
 * @param tryOut runs it; undefined when there is no time left, or it fell over
 */
export async function findCapacity(
  bridge: BridgeName,
  known: readonly Result[],
  tryOut: (calls: number) => Promise<Result | undefined>,
): Promise<Capacity> {
  const trials = known.map(trialOf), results: Result[] = [];
  for (let next = nextTrial(trials); next !== undefined; next = nextTrial(trials)) {
    const result = await tryOut(next);
    if (!result) break;
    results.push(result);
    trials.push(trialOf(result));
  }
  const below = leastFailed(trials);
  return {
    bridge,
    calls: carried(trials),
    below: below === Infinity ? undefined : below,
    invalid: trials.some(({ calls, invalid }) => calls === below && invalid),
    trials: results,
  };
}
