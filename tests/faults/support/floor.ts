import { assert } from "@std/assert";
import { eventsOf } from "./events.ts";
import { FRAME_MS } from "./marks.ts";
import type { World } from "./world.ts";

/** Words as good as said. */
const MARGIN_MS = 100;

/**
 * A caller who begins to speak has the agent's words stopped, whichever session said them; and as long as they speak the
 * agent says nothing more.
 */
export function checkFloor(world: World): void {
  const silences = eventsOf(world.it.events, "caller_silent");
  for (const { atMs } of eventsOf(world.it.events, "caller_speaking")) {
    // A guard takes its time.
    if (world.isGuarded) continue;
    checkStopped(world, atMs);
    const untilMs = silences.find((silence) => silence.atMs >= atMs)?.atMs ?? atMs;
    const over = world.frames.find((frame) => frame.isVoice && frame.atMs > atMs && frame.atMs < untilMs);
    assert(!over, `the agent speaks at ${over?.atMs} ms, the caller from ${atMs} to ${untilMs}`);
  }
}

function checkStopped({ frames, interruptions }: World, atMs: number): void {
  const stoppedAtMs = interruptions.findLast((each) => each.atMs < atMs)?.atMs ?? -Infinity;
  const waiting = frames.filter((frame) => frame.isVoice && frame.atMs > stoppedAtMs && frame.atMs < atMs);
  // The phone plays them one after the other.
  const endMs = waiting.reduce((end, frame) => Math.max(end, frame.atMs) + FRAME_MS, -Infinity);
  if (endMs < atMs + MARGIN_MS) return;
  assert(interruptions.some((each) => each.atMs === atMs), `nobody was stopped at ${atMs} ms`);
}
