import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { EndReason } from "../../../lib/call/events.ts";
import { eventsOf } from "./events.ts";
import type { Fault } from "./faults.ts";
import type { Phase } from "./phases.ts";
import type { World } from "./world.ts";

/** What becomes of a call when a fault strikes in a phase. */
export type Outcome =
  /** It goes on; `owed` when the caller waits for words, which come without another turn. */
  | { readonly kind: "alive"; readonly owed: boolean }
  /** It was about to end, and ends so. */
  | { readonly kind: "ends"; readonly reason: EndReason }
  /** It can't go on. */
  | { readonly kind: "fails"; readonly reason: "model_failed" | "transferred" };

export function outcomeOf(fault: Fault, phase: Phase): Outcome {
  if (phase.ending) return { kind: "ends", reason: phase.ending };
  if (fault.survived) return { kind: "alive", owed: phase.owed === true };
  return { kind: "fails", reason: phase.options?.fallback ? "transferred" : "model_failed" };
}

/** The outcome in words, for the name of a test. */
export function wordsOf(outcome: Outcome): string {
  if (outcome.kind === "ends") return "the call ends as it was about to";
  if (outcome.kind === "alive") {
    return outcome.owed
      ? "the words that are owed come, none twice"
      : "the call goes on, nothing is said twice";
  }
  return outcome.reason === "transferred" ? "a human takes over" : "the line is told, and the call ends";
}

/** Quiet for so long, a call has nothing more to say of its own. */
const QUIET_MS = 1500;
const SETTLED_LIMIT_MS = 60_000;
/** The line's closing is waited for as well. */
const GOODBYE_LIMIT_MS = 30_000;
/** A turn that was spoken to a dead session is answered by the next. */
const ANSWER_LIMIT_MS = 30_000;

/** Waits until nobody speaks and there is a session, or the call is over. */
export async function settled(world: World, hasAnswered: () => boolean): Promise<void> {
  const { it: { clock, playout }, wires } = world;
  let quietSinceMs = clock.now();
  let frames = world.frames.length;
  for (const startMs = clock.now(); clock.now() - startMs < SETTLED_LIMIT_MS; await world.listen(200)) {
    if (world.isOver()) return;
    if (world.frames.length > frames || playout.queuedMs > 0 || !hasAnswered()) quietSinceMs = clock.now();
    frames = world.frames.length;
    const ready = world.open().length > 0 && wires.at(-1)!.socket.readyState === WebSocket.OPEN;
    if (ready && clock.now() - quietSinceMs > QUIET_MS) return;
  }
}

/** @param before frames of the agent's until the fault */
export async function checkOutcome(
  world: World,
  phase: Phase,
  outcome: Outcome,
  before: number,
): Promise<void> {
  if (outcome.kind === "alive") return await checkAlive(world, phase, outcome.owed, before);
  if (outcome.kind === "ends") return await checkEnds(world, outcome.reason);
  checkFails(world, outcome.reason);
}

async function checkAlive(world: World, phase: Phase, owed: boolean, before: number): Promise<void> {
  const { it, open } = world;
  assertEquals(eventsOf(it.events, "ended"), [], "the call has ended");
  assertEquals(it.told.filter(({ type }) => type === "error" || type === "closed"), [], "told the line");
  if (owed) assert(world.words() > before, "the caller waits for words that do not come");
  const answered = world.words();
  await world.talk(600);
  await world.until("an answer to a later turn", () => world.words() > answered + 10, ANSWER_LIMIT_MS);
  await settled(world, () => true);
  assertEquals(open().length, 1, "live sessions");
  checkConfiguration(world, phase);
}

/** The session that is live now is as the call's persona wants it, whatever was before. */
function checkConfiguration({ it, open }: World, phase: Phase): void {
  const { instructions, audio } = open()[0]!.config;
  assertEquals(it.call.persona, phase.persona ?? "test");
  assertStringIncludes(instructions, phase.persona === "desk" ? "desk" : "telephone");
  assertEquals(audio.output.voice, phase.voice ?? "marin", "voice");
}

/** No session is to be had: the line is told, and closed; or a human has the call. */
function checkFails({ it }: World, reason: EndReason): void {
  assertEquals(eventsOf(it.events, "ended").map((event) => event.reason), [reason]);
  const last = it.told.filter(({ type }) => type === "error" || type === "closed").map(({ type }) => type);
  assertEquals(last, reason === "transferred" ? ["closed"] : ["error", "closed"]);
}

async function checkEnds(world: World, reason: EndReason): Promise<void> {
  for (let ms = 0; ms < GOODBYE_LIMIT_MS && !world.isOver(); ms += 500) await world.listen(500);
  assertEquals(eventsOf(world.it.events, "ended").map((event) => event.reason), [reason]);
  assertEquals(world.it.told.filter(({ type }) => type === "error"), []);
}
