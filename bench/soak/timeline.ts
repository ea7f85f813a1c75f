import { createGarbage } from "../../tests/support/garbage.ts";
import { clientFrame, frame } from "../load/wire.ts";
import { messageFrame } from "./line.ts";
import type { CallPlan } from "./plan.ts";
import type { Sounds } from "./sounds.ts";

/** What a caller can do. */
export interface Deeds {
  send(frames: Uint8Array): void;
  /** Hangs up, as core does. */
  hangUp(): void;
  /** Presses the key on which the agent hangs up. */
  askForEnd(): void;
  /** Hangs up, as the agent did not. */
  giveUp(): void;
  /** Ends the connection without a word. */
  vanish(how: "vanish" | "reset"): void;
  deafen(): void;
  /** The same call on another connection; the first is reset, or left as it is. */
  resetFirst(): void;
  openAgain(): void;
  /** Sends what has to end the call. */
  breakLimit(frames: Uint8Array): void;
}

export interface Step {
  /** After the line was opened. */
  readonly atMs: number;
  readonly act: () => void;
}

/** Nobody asks the agent for anything before it has begun. */
const GREETED_MS = 1000;
/** From asking the agent to hang up to asking again, and to doing it oneself. */
const ASK_AGAIN_MS = 8000;
const PATIENCE_MS = 32_000;
/** After coming back. */
const SECOND_LEG_MS = 1000;
const DIALLING_MS = 150;
/** Below the limit of a line. */
const GARBAGE_BYTES_MAX = 500_000;
const BINARY = 2;
const VALID = [{ type: "audio", audio: "AAAA" }, { type: "dtmf_digit", digit: "5" }, { type: "clear" }];

/** What a caller does apart from speaking, in order of time. */
export function timeline(plan: CallPlan, sounds: Sounds, deeds: Deeds): Step[] {
  const { behaviour, lengthMs, key, awayMs } = plan;
  const steps: Step[] = garbageOf(plan, deeds);
  const at = (atMs: number, act: () => void) => void steps.push({ atMs, act });
  const hangUp = (atMs: number) => at(atMs, () => deeds.hangUp());
  if (key !== undefined) {
    at(lengthMs / 2, () => deeds.send(messageFrame({ type: "dtmf_digit", digit: key })));
  }
  switch (behaviour) {
    case "vanishes":
      at(lengthMs, () => deeds.vanish("vanish"));
      break;
    case "deaf":
      at(lengthMs / 2, () => deeds.deafen());
      at(lengthMs, () => deeds.vanish("reset"));
      break;
    case "resets":
      at(lengthMs, () => deeds.vanish("reset"));
      break;
    case "agent_ends":
      for (let again = 0; again < PATIENCE_MS; again += ASK_AGAIN_MS) {
        at(lengthMs + GREETED_MS + again, () => deeds.askForEnd());
      }
      at(lengthMs + GREETED_MS + PATIENCE_MS, () => deeds.giveUp());
      break;
    case "comes_back":
      at(lengthMs * 0.4, () => deeds.resetFirst());
      at(lengthMs * 0.4 + awayMs, () => deeds.openAgain());
      hangUp(Math.max(lengthMs, lengthMs * 0.4 + awayMs + SECOND_LEG_MS));
      break;
    case "second_line":
      at(lengthMs * 0.4, () => deeds.openAgain());
      hangUp(lengthMs + SECOND_LEG_MS);
      break;
    case "abandons":
      hangUp(DIALLING_MS * plan.haste);
      break;
    case "floods":
      at(lengthMs / 2, () => deeds.breakLimit(sounds.flood));
      break;
    case "giant":
      at(lengthMs / 2, () => deeds.breakLimit(sounds.giant));
      break;
    case "hangs_up":
    case "says_nothing":
    case "wrong_persona":
      hangUp(lengthMs);
  }
  return steps.sort((a, b) => a.atMs - b.atMs);
}

function garbageOf({ garbage, lengthMs, seed }: CallPlan, deeds: Deeds): Step[] {
  const strange = createGarbage(seed, VALID);
  return Array.from({ length: garbage }, (_, index) => ({
    atMs: lengthMs * (index + 1) / (garbage + 1),
    act() {
      const message = strange();
      const bytes = typeof message === "string" ? message.length : message.byteLength;
      if (bytes > GARBAGE_BYTES_MAX) return;
      deeds.send(
        typeof message === "string"
          ? clientFrame(message)
          : frame(BINARY, new Uint8Array(message), new Uint8Array(4)),
      );
    },
  }));
}
