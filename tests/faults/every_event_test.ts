import { assert } from "@std/assert";
import { checkInvariants } from "./support/invariants.ts";
import { checkOutcome, settled } from "./support/outcome.ts";
import { phase } from "./support/phases.ts";
import { startWorld, type World, type WorldOptions } from "./support/world.ts";

/** A conversation that goes its way by the clock, whatever happens. */
interface Course {
  readonly name: string;
  readonly options?: WorldOptions;
  /** Events before the first of this type are left to other courses. */
  readonly from: string;
  converse(world: World): Promise<void>;
}

async function handOver(world: World): Promise<void> {
  await world.listen(2500);
  world.next("words", { call: { name: "handoff_to_desk", arguments: "{}" } });
  await world.talk(600);
  await world.listen(5500);
}

const COURSES: readonly Course[] = [
  {
    name: "a greeting, an answer, an interruption and a tool",
    from: "session.created",
    async converse(world) {
      await world.listen(2500);
      await world.talk(600);
      await world.listen(1300);
      await world.talk(600);
      await world.listen(3000);
      world.next("words", { call: { name: "look_up", arguments: "{}" } });
      await world.talk(600);
      await world.listen(5500);
    },
  },
  {
    name: "a handoff in the same voice",
    options: { handoffVoice: "keep" },
    from: "response.function_call_arguments.done",
    converse: handOver,
  },
  {
    name: "a handoff to another voice",
    options: { handoffVoice: "switch" },
    from: "response.function_call_arguments.done",
    converse: handOver,
  },
];

const SHORT: WorldOptions = { answerMs: 1000 };
/** The first events of each type: what comes later is like them. */
const OF_EACH = 2;

for (const course of COURSES) {
  Deno.test(`faults: a drop behind any event of ${course.name}: the call goes on`, async (test) => {
    const types = await eventsOf(course);
    const indexes = samples(types, course.from);
    assert(indexes.length > 5, types.join());
    for (const at of indexes) await test.step(`${at}: ${types[at]}`, () => dropBehind(course, at));
  });
}

/** The events of a course as they reach the call, without those that come by the dozen. */
async function eventsOf(course: Course): Promise<string[]> {
  const types: string[] = [];
  const onEvent = (type: string) => {
    if (!isDelta(type)) types.push(type);
  };
  await using world = startWorld({ ...SHORT, ...course.options, onEvent });
  await course.converse(world);
  await checkInvariants(world);
  return types;
}

function samples(types: readonly string[], from: string): number[] {
  const start = types.indexOf(from);
  const nth = (index: number) => types.slice(start, index).filter((each) => each === types[index]).length;
  return types.flatMap((_, index) => index >= start && nth(index) < OF_EACH ? [index] : []);
}

async function dropBehind(course: Course, at: number): Promise<void> {
  let seen = 0;
  const onEvent = (type: string) => {
    // The event's own effects are under way: what is sent in answer to it reaches nobody.
    if (!isDelta(type) && seen++ === at) world.open()[0]?.end("drop");
  };
  await using world: World = startWorld({ ...SHORT, ...course.options, onEvent, inFlightMs: 100 });
  await course.converse(world);
  await settled(world, () => true);
  const switched = world.it.call.persona === "desk";
  const after = {
    ...phase("in silence"),
    ...(switched ? { persona: "desk" as const } : {}),
    ...(switched && course.options?.handoffVoice === "switch" ? { voice: "cedar" as const } : {}),
  };
  await checkOutcome(world, after, { kind: "alive", owed: false }, 0);
  await checkInvariants(world);
}

function isDelta(type: string): boolean {
  return type.endsWith(".delta");
}
