/** Run by memory_test.ts with --expose-gc: lets faults strike many calls and prints what is left of them, as JSON. */
import { createRandom } from "../../lib/simulator/ids.ts";
import { LOSSES, REFUSALS, TROUBLES } from "./support/faults.ts";
import { PHASES } from "./support/phases.ts";
import { startWorld } from "./support/world.ts";

const FAULTS = [...LOSSES, ...REFUSALS, ...TROUBLES];
const { next } = createRandom(3);
const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;

interface Remains {
  readonly what: string;
  readonly ref: WeakRef<object>;
}

/** A call from its beginning to its end, and what is not to outlive it. */
async function faultedCall(): Promise<Remains[]> {
  const fault = pick(FAULTS);
  const phase = pick(PHASES);
  await using world = startWorld(phase.options);
  await phase.reach(world);
  await fault.strike(world);
  await phase.then?.(world);
  await world.listen(3000);
  // In the middle of whatever is under way.
  world.it.call.end("hung_up");
  await world.it.clock.run(100);
  const what = `${fault.name} ${phase.name}`;
  const objects = [world.it.call, world.it.playout, ...world.wires.map(({ socket }) => socket)];
  return objects.map((each) => ({ what, ref: new WeakRef(each) }));
}

const collect = (globalThis as unknown as { gc(): void }).gc;

async function heapKb(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  const { heapUsed, external } = Deno.memoryUsage();
  return Math.round((heapUsed + external) / 1024);
}

async function calls(count: number): Promise<Remains[]> {
  const remains: Remains[] = [];
  for (let call = 0; call < count; call++) remains.push(...await faultedCall());
  return remains;
}

/** Lets so many calls happen; of what is left of them only the names are kept. */
async function look(count: number): Promise<{ objects: number; left: string[] }> {
  const remains = await calls(count);
  await heapKb();
  const left = remains.filter(({ ref }) => ref.deref() !== undefined).map(({ what }) => what);
  return { objects: remains.length, left };
}

const [warmUp = 0, measured = 0] = Deno.args.map(Number);
await look(warmUp);
const beforeKb = await heapKb();
const seen = await look(measured);
console.log(JSON.stringify({ beforeKb, afterKb: await heapKb(), ...seen }));
