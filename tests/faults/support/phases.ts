import type { EndReason } from "../../../lib/call/events.ts";
import { answering, asked, goodbye, greeted, handedOver, rotating } from "./ways.ts";
import type { World, WorldOptions } from "./world.ts";

/** A moment in the life of a call. */
export interface Phase {
  readonly name: string;
  readonly options?: WorldOptions;
  /** Brings a new call there. */
  reach(world: World): Promise<void>;
  /** What the caller does next, whatever happened. */
  then?(world: World): Promise<void>;
  /** The caller waits for words: they come without another turn. */
  readonly owed?: boolean;
  /** The call is about to end, and does so. */
  readonly ending?: EndReason;
  /** Who has the call then. @default the first persona */
  readonly persona?: "desk";
  /** The voice that the caller knows. @default marin */
  readonly voice?: "cedar";
}

/** None of those that the faults bring. */
const GAP_STATUS = 503;

export const PHASES: readonly Phase[] = [
  {
    name: "dialling",
    options: { openMs: 600 },
    async reach(world) {
      await world.listen(200);
      world.it.simulator.faults.openMs = undefined;
    },
    owed: true,
  },
  {
    name: "configuring",
    options: { delayMs: 400 },
    async reach(world) {
      await world.listen(600);
      world.it.simulator.faults.delayMs = undefined;
    },
    owed: true,
  },
  { name: "before the greeting", reach: (world) => world.listen(100), owed: true },
  {
    name: "mid-greeting",
    reach: (world) => world.until("greeting", () => world.words() > 40),
    owed: true,
  },
  { name: "in silence", reach: greeted },
  {
    name: "while the caller speaks",
    async reach(world) {
      await greeted(world);
      await world.talk(700);
    },
    then: (world) => world.talk(800),
    owed: true,
  },
  {
    name: "in the caller's last word",
    async reach(world) {
      await greeted(world);
      await world.talk(700);
      await world.listen(200);
    },
    owed: true,
  },
  { name: "before an answer", reach: asked, owed: true },
  { name: "mid-answer", reach: answering, owed: true },
  {
    name: "in an answer's playing out",
    async reach(world) {
      await answering(world);
      const done = world.count("response.done");
      await world.until("end of it", () => world.count("response.done") > done);
    },
  },
  {
    name: "in an answer that the caller then interrupts",
    options: { answerMs: 5000 },
    async reach(world) {
      await answering(world);
      const before = world.words();
      await world.until("most of it", () => world.words() > before + 180);
    },
    then: (world) => world.talk(800),
    owed: true,
  },
  {
    name: "in an interruption",
    async reach(world) {
      await answering(world);
      await world.talk(500);
    },
    then: (world) => world.talk(500),
    owed: true,
  },
  {
    name: "mid-tool",
    async reach(world) {
      world.next({ call: { name: "look_up", arguments: "{}" } });
      await asked(world);
      await world.until("tool", () => world.count("response.function_call_arguments.done") > 0);
      await world.listen(1000);
    },
    owed: true,
  },
  {
    name: "during a handoff",
    options: { handoffVoice: "switch" },
    async reach(world) {
      world.it.simulator.faults.openMs = 1000;
      world.next("words", { call: { name: "handoff_to_desk", arguments: "{}" } });
      await asked(world);
      await world.until("second dial", () => world.wires.length === 2, 15_000);
      await world.listen(200);
      world.it.simulator.faults.openMs = undefined;
    },
    owed: true,
    persona: "desk",
    voice: "cedar",
  },
  { name: "after a handoff", options: { handoffVoice: "keep" }, reach: handedOver, persona: "desk" },
  {
    name: "after a handoff to another voice",
    options: { handoffVoice: "switch" },
    reach: handedOver,
    persona: "desk",
    voice: "cedar",
  },
  { name: "mid-rotation", options: { env: { ROTATE_MINUTES: "1" } }, reach: rotating },
  {
    name: "with the next session ready",
    options: { env: { ROTATE_MINUTES: "1" } },
    async reach(world) {
      await rotating(world);
      // Somebody speaks: it waits.
      await world.talk(3500);
    },
    then: (world) => world.talk(600),
    owed: true,
  },
  {
    name: "in a gap",
    async reach(world) {
      await greeted(world);
      const { faults } = world.it.simulator;
      faults.refuseStatus = GAP_STATUS;
      await world.lose("drop");
      await world.listen(700);
    },
    then({ it: { simulator: { faults } } }) {
      if (faults.refuseStatus === GAP_STATUS) faults.refuseStatus = undefined;
      return Promise.resolve();
    },
  },
  {
    name: "mid-goodbye",
    async reach(world) {
      goodbye(world);
      await asked(world);
      await world.until("goodbye", () => world.count("response.function_call_arguments.done") > 0);
      await world.listen(300);
    },
    ending: "agent_hung_up",
  },
  {
    name: "behind the goodbye",
    async reach(world) {
      goodbye(world);
      await asked(world);
      await world.until("hang-up", () => world.it.events.some(({ type }) => type === "hang_up"), 15_000);
      await world.listen(300);
    },
    ending: "agent_hung_up",
  },
];

/** The phase of this name. */
export function phase(name: string): Phase {
  const found = PHASES.find((each) => each.name === name);
  if (!found) throw new Error(`Could not find the phase: ${name}`);
  return found;
}
