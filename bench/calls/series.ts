import { messageOf } from "../../lib/errors.ts";
import type { Bridge, Ports } from "./bridges.ts";
import { type Capacity, findCapacity } from "./capacity.ts";
import type { Machine } from "./machine.ts";
import type { Options } from "./options.ts";
import { type Result, run } from "./run.ts";
import { measureSetUp, type SetUpCost } from "./set-up-cost.ts";

/** All that one run of the bench finds out. */
export interface Series {
  readonly results: readonly Result[];
  readonly setUps: readonly SetUpCost[];
  readonly capacities: readonly Capacity[];
  /** What could not be measured, and why. */
  readonly failures: readonly string[];
}

/** Beyond this a bridge is done for, and more calls tell nothing. */
const OVERLOAD = { coreShare: 0.97, addedMs: 500 };

/** Seconds of a run in the search for calls per core. */
const SEARCH = { seconds: 6, warmSeconds: 4 };

/** Measures all bridges. @param onStep told what comes next */
export async function measureAll(
  bridges: readonly Bridge[],
  options: Pick<Options, "calls" | "seconds" | "warmSeconds" | "setUps" | "searchSeconds">,
  place: { readonly machine: Machine; readonly ports: Ports },
  onStep: (what: string) => void,
): Promise<Series> {
  const failures: string[] = [];
  /** What a bridge does; undefined if it fell over. */
  async function attempt<Outcome>(what: string, act: () => Promise<Outcome>): Promise<Outcome | undefined> {
    onStep(what);
    try {
      return await act();
    } catch (error) {
      failures.push(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  }
  const measure = (bridge: Bridge, calls: number, { seconds, warmSeconds }: typeof SEARCH) =>
    attempt(`${bridge.name}, ${calls} calls`, () => run({ bridge, calls, seconds, warmSeconds, ...place }));

  const results: Result[] = [];
  const overloaded = new Set<Bridge>();
  // One number of calls after the other, all bridges at each: what changes on the machine meanwhile hits them all.
  for (const calls of options.calls) {
    for (const bridge of bridges) {
      if (overloaded.has(bridge)) continue;
      const result = await measure(bridge, calls, options);
      if (result) results.push(result);
      if (!result || isOverloaded(result)) overloaded.add(bridge);
    }
  }

  const setUps: SetUpCost[] = [];
  for (const bridge of options.setUps > 0 ? bridges : []) {
    const setUp = await attempt(`${bridge.name}, set-up`, () => measureSetUp(bridge, options.setUps, place));
    if (setUp) setUps.push(setUp);
  }

  const capacities: Capacity[] = [];
  const startMs = performance.now();
  for (const [at, bridge] of bridges.entries()) {
    const untilMs = startMs + options.searchSeconds * 1000 * (at + 1) / bridges.length;
    const known = results.filter((each) => each.bridge === bridge.name);
    const tryOut = async (calls: number) =>
      performance.now() < untilMs ? await measure(bridge, calls, SEARCH) : undefined;
    capacities.push(await findCapacity(bridge.name, known, tryOut));
  }
  return { results, setUps, capacities, failures };
}

function isOverloaded({ coreShare, toModelMs, toCallerMs }: Result): boolean {
  return coreShare > OVERLOAD.coreShare || Math.max(toModelMs.p99, toCallerMs.p99) > OVERLOAD.addedMs;
}
