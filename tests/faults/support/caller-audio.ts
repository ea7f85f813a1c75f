import { assert, assertEquals } from "@std/assert";
import { FRAME_MS, marksIn } from "./marks.ts";
import type { World } from "./world.ts";

/** Longer than what a session may have to hear again. */
const REPLAY_MS_MAX = 20_000;
/** What waits for a session when the call ends was for nobody. */
const HELD_MS_MAX = 10_000;
/**
 * Every frame of the caller's is accounted for: each was heard by a session, in order, or is among what the call says
 * was lost. One that reached two was played again on purpose, and did so in its place.
 * @param hadSession whether the call had a session when it ended
 */
export function checkCallerAudio(world: World, hadSession: boolean): { replayedMs: number; lostMs: number } {
  const { spokenFrames, it, wires, swallowedMsMax } = world;
  const { newest, replayedMs } = checkOrder(world);
  const sent = new Set(wires.flatMap((wire) => wire.sent));
  const lostMs = reportedMs(it.logged);
  // The newest still waited for a session when the call ended without one.
  const heldMs = (spokenFrames - sent.size) * FRAME_MS - lostMs;
  const mostMs = hadSession ? 0 : HELD_MS_MAX;
  assert(heldMs >= 0 && heldMs <= mostMs, `${heldMs} ms of caller audio unaccounted for`);
  assert(heldMs <= (spokenFrames - 1 - newest) * FRAME_MS, `${heldMs} ms are missing from between`);

  const heard = new Set(
    it.ofType("input_audio_buffer.append").flatMap(({ audio }) => marksIn(String(audio))),
  );
  const swallowedMs = (sent.size - heard.size) * FRAME_MS;
  assert(swallowedMs <= swallowedMsMax(), `${swallowedMs} ms were sent and not heard`);
  return { replayedMs, lostMs };
}

/** Each session got the caller's frames in their order, and none that lies long behind what others got. */
function checkOrder({ wires }: World): { newest: number; replayedMs: number } {
  let newest = -1;
  let replayed = 0;
  const used = wires.filter(({ sent }) => sent.length > 0).toSorted((a, b) => a.sentFromMs - b.sentFromMs);
  for (const [index, { sent, unknownFrames }] of used.entries()) {
    assertEquals(unknownFrames, 0, `session ${index}: sound that no caller made`);
    for (const [at, serial] of sent.entries()) {
      const before = at === 0 ? -1 : sent[at - 1]!;
      assert(serial > before, `session ${index}: frame ${serial} behind ${before}`);
      if (serial > newest) newest = serial;
      else replayed++;
      const behindMs = (newest - serial) * FRAME_MS;
      assert(behindMs < REPLAY_MS_MAX, `session ${index}: frame ${serial} is long past`);
    }
  }
  return { newest, replayedMs: replayed * FRAME_MS };
}

/** What the log says of it. */
function reportedMs(logged: readonly string[]): number {
  const line = logged.find((each) => each.includes("Call ended"));
  return Number(/callerAudioLostMs=(\d+)/.exec(line ?? "")?.[1] ?? 0);
}
