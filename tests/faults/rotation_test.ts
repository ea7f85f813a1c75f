import { testEach } from "./support/cell.ts";
import type { Fault } from "./support/faults.ts";
import { phase } from "./support/phases.ts";
import type { World } from "./support/world.ts";

/** The newest connection is lost, the one that is to take over; the one in use is not. */
function loseNext(world: World): void {
  const open = world.open();
  if (open.length > 1) open.at(-1)!.end("drop");
  else world.wires.at(-1)!.socket.close();
}

const next: Fault = { name: "a drop of the next session", survived: true, strike: loseNext };

const both: readonly Fault[] = [
  {
    name: "a drop of both sessions",
    survived: true,
    async strike(world) {
      loseNext(world);
      await world.lose("drop");
    },
  },
  {
    name: "a drop of the session in use, then of the next",
    survived: true,
    async strike(world) {
      await world.lose("drop");
      await world.listen(100);
      loseNext(world);
    },
  },
];

// Two connections are there in these phases: the one in use, and the one that is to take over.
testEach([next, ...both], ["mid-rotation", "with the next session ready"].map(phase));
testEach(both, [phase("during a handoff")]);

// Who was to take over can't be had: the first goes on.
const { persona: _persona, voice: _voice, ...handoff } = phase("during a handoff");
testEach([next], [handoff]);
