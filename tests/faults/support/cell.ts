import { assert } from "@std/assert";
import type { Fault } from "./faults.ts";
import { checkInvariants } from "./invariants.ts";
import { checkOutcome, outcomeOf, settled, wordsOf } from "./outcome.ts";
import type { Phase } from "./phases.ts";
import { startWorld } from "./world.ts";

/** Brings a call into a phase, lets the fault strike, and looks at what becomes of it and at all that must hold. */
export async function runCell(fault: Fault, phase: Phase): Promise<void> {
  await using world = startWorld(phase.options);
  await phase.reach(world);
  assert(!world.isOver(), "the call ended before the fault");
  const before = world.words();
  await fault.strike(world);
  await phase.then?.(world);
  await settled(world, () => !phase.owed || world.words() > before);
  await checkOutcome(world, phase, outcomeOf(fault, phase), before);
  await checkInvariants(world);
}

/** One test for each phase. */
export function testEach(faults: readonly Fault[], phases: readonly Phase[]): void {
  for (const fault of faults) {
    for (const phase of phases) {
      const key = `${fault.name} ${phase.name}`;
      Deno.test(`faults: ${key}: ${wordsOf(outcomeOf(fault, phase))}`, () => runCell(fault, phase));
    }
  }
}
