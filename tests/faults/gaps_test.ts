import { assert, assertEquals } from "@std/assert";
import { testEach } from "./support/cell.ts";
import { LOSSES } from "./support/faults.ts";
import { checkInvariants } from "./support/invariants.ts";
import { eventsOf } from "./support/events.ts";
import { settled } from "./support/outcome.ts";
import { phase } from "./support/phases.ts";
import { startWorld } from "./support/world.ts";

const guarded = ["in silence", "while the caller speaks", "in the caller's last word", "mid-answer"]
  .map(phase).map((each) => ({
    ...each,
    name: `${each.name}, with a guard`,
    options: { ...each.options, guarded: true },
  }));
testEach(LOSSES.filter(({ name }) => /^a drop/.test(name)), guarded);

Deno.test(
  "faults: a drop mid-answer and a caller who speaks while it is away and after: nobody speaks over them, and they are answered",
  async () => {
    const { options, reach } = phase("mid-answer");
    await using world = startWorld(options);
    await reach(world);
    const { faults } = world.it.simulator;
    faults.refuseStatus = 503;
    await world.lose("drop");
    await world.talk(800);
    faults.refuseStatus = undefined;
    await world.talk(3000);
    const before = world.words();
    await settled(world, () => world.words() > before);
    assert(world.words() > before, "no answer");
    await checkInvariants(world);
  },
);

Deno.test(
  "faults: words of a lost session that the caller interrupts: the model is told what was heard of them",
  async () => {
    const { options, reach } = phase("in an answer that the caller then interrupts");
    await using world = startWorld(options);
    await reach(world);
    await world.lose("drop");
    // The next session is there before the caller speaks.
    await world.until("the next session", () => eventsOf(world.it.events, "model_back").length > 0);
    await world.listen(300);
    await world.talk(800);
    await settled(world, () => true);
    const [cut] = eventsOf(world.it.events, "interrupted");
    assert(cut, "nobody is told");
    const [at] = world.interruptions;
    assertEquals(cut.atMs, at?.atMs);
    // One more loss shows what is remembered: of eight words in five seconds, those of the first two at the most.
    await world.lose("drop");
    await settled(world, () => true);
    const history = JSON.stringify(world.open()[0]!.items);
    assert(history.includes("a1 b1") && !history.includes("e1"), history);
    await checkInvariants(world);
  },
);
