import { assert, assertEquals } from "@std/assert";
import { eventsOf } from "./events.ts";
import { FRAME_MS, FRAME_SAMPLES } from "./marks.ts";
import type { ReceivedItem } from "./wire.ts";
import type { LineInterruption, World } from "./world.ts";

/** A gap is heard, and filled, when it lasts. */
const BRIDGE_AFTER_MS = 1500;
/** By how much the ledger may be off what the phone really played: its frames begin on a grid of their own. */
const LEDGER_TOLERANCE_MS = FRAME_MS + 1;

interface Known {
  readonly item: ReceivedItem;
  readonly index: number;
}

/**
 * Every frame of the agent's is accounted for: what the model sent reached the line once, whole and in order, but for
 * what was cut; the line got nothing else than that and soft sounds of our own; the ledger knew what was heard.
 */
export function checkAgentAudio(world: World): { ownFrames: number } {
  const { frames, wires, it } = world;
  const items = wires.flatMap((wire) => [...wire.items.values()]);
  const known = new Map<string, Known>();
  for (const item of items) {
    for (let index = 0; index * FRAME_SAMPLES < item.samples.length; index++) {
      known.set(keyOf(item.samples.subarray(index * FRAME_SAMPLES)), { item, index });
    }
  }

  const gaps = gapsOf(world);
  const reached = new Map<ReceivedItem, number>();
  let ownFrames = 0;
  for (const [position, frame] of frames.entries()) {
    const found = known.get(keyOf(frame.samples));
    if (!found) {
      const where = `frame ${position} at ${frame.atMs} ms`;
      assert(!frame.isVoice, `${where} came from nowhere`);
      assert(
        gaps.some(({ fromMs, toMs }) => frame.atMs >= fromMs && frame.atMs <= toMs),
        `${where} fills no gap`,
      );
      ownFrames++;
      continue;
    }
    const expected = reached.get(found.item) ?? 0;
    assertEquals(found.index, expected, `frame of ${found.item.itemId} at ${frame.atMs} ms, out of turn`);
    reached.set(found.item, expected + 1);
  }

  const cut = new Set(it.events.flatMap((event) => event.type === "interrupted" ? [event.itemId] : []));
  for (const item of items) {
    const whole = item.samples.length / FRAME_SAMPLES;
    const got = reached.get(item) ?? 0;
    if (cut.has(item.itemId)) assert(got <= Math.ceil(whole), `${item.itemId}: more than there was`);
    else if (item.done) assertEquals(got, Math.ceil(whole), `${item.itemId}: frames of a finished item`);
    // Its session is gone: the rest of a frame may be, too.
    else assert(got === Math.floor(whole) || got === Math.ceil(whole), `${item.itemId}: ${got} of ${whole}`);
  }

  const { received, played, dropped } = it.playout.counts;
  assertEquals(received, frames.length, "frames handed to the line");
  assertEquals(played + dropped + it.playout.queuedMs / FRAME_MS, received, "frames of the line");
  checkLedger(world, frames.map((frame) => known.get(keyOf(frame.samples))));
  return { ownFrames };
}

/** What an interruption told of what was heard is what the phone had played by then, of every item that it cut. */
function checkLedger({ it, interruptions, wires }: World, sequence: readonly (Known | undefined)[]): void {
  const told = eventsOf(it.events, "interrupted");
  const leftover = (itemId: string, atMs: number) =>
    wires.some(({ items, endedAtMs }) => items.has(itemId) && endedAtMs <= atMs);
  const before = (at: LineInterruption) => interruptions[interruptions.indexOf(at) - 1]?.frames ?? 0;
  for (const at of interruptions) {
    const cut = new Set(
      sequence.slice(Math.max(at.goneFrames, before(at)), at.frames).map((known) => known?.item.itemId),
    );
    for (const itemId of cut) {
      if (itemId === undefined) continue;
      const heard = sequence.slice(0, at.goneFrames).filter((known) => known?.item.itemId === itemId);
      const event = told.find((each) => each.itemId === itemId && each.atMs === at.atMs);
      // What a lost session has left with the phone is another matter.
      if (!event && leftover(itemId, at.atMs)) continue;
      assert(event, `${itemId}: cut, and nobody is told`);
      const offMs = event.heardMs - heard.length * FRAME_MS;
      assert(Math.abs(offMs) <= LEDGER_TOLERANCE_MS, `${itemId}: ledger off by ${offMs} ms`);
    }
  }
}

function keyOf(samples: Int16Array): string {
  return samples.subarray(0, 16).join();
}

/** When the model was away for long enough to be noticed. */
function gapsOf({ it: { events } }: World): { fromMs: number; toMs: number }[] {
  const backs = eventsOf(events, "model_back");
  return eventsOf(events, "model_lost").map(({ atMs }) => ({
    fromMs: atMs + BRIDGE_AFTER_MS,
    toMs: backs.find((back) => back.atMs >= atMs)?.atMs ?? Infinity,
  }));
}
