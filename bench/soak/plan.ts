import { createRandom } from "../../lib/simulator/ids.ts";

/** What goes wrong on the model's side of a call, see faults.ts. */
export const FAULTS = [
  "drop_configuring",
  "drop_later",
  "close_code",
  "server_error",
  "session_expired",
  "frozen",
  "garbage",
  "strange_events",
  "twice",
  "lost_events",
  "failed_responses",
  "error_while_active",
  "slow_first",
  "late",
  "bursts",
  "never_back",
] as const;
export type Fault = typeof FAULTS[number];

/** What the caller's side of a call does. */
export type Behaviour =
  /** Closes the socket, as core does when the phone is hung up. */
  | "hangs_up"
  /** The connection ends without a close frame, or is reset. */
  | "vanishes"
  | "resets"
  /** Presses the key on which the agent hangs up, and stays until the line is closed. */
  | "agent_ends"
  /** Core restarts: the connection is reset, and the same call comes back on a new one. */
  | "comes_back"
  /** The same call on a second socket while the first is still open. */
  | "second_line"
  /** Hangs up while the model is being dialled. */
  | "abandons"
  /** Opens the line and never says who it is. */
  | "says_nothing"
  /** Reads nothing any more, then resets. */
  | "deaf"
  /** More messages than a line may send. */
  | "floods"
  /** A message longer than a line may send. */
  | "giant"
  /** Asks for a persona that there is not. */
  | "wrong_persona";

/** Of 100 calls. */
const BEHAVIOURS: Readonly<Record<Behaviour, number>> = {
  hangs_up: 32,
  vanishes: 8,
  resets: 8,
  agent_ends: 18,
  comes_back: 9,
  second_line: 4,
  abandons: 8,
  says_nothing: 3,
  deaf: 4,
  floods: 2,
  giant: 2,
  wrong_persona: 2,
};

/** How avr-ami answers the first request for a call; later ones are done. */
export type AmiFate = "done" | "error" | "unknown_call" | "silent";

/** All that is random in a call. The same seed and number give the same plan, in every process. */
export interface CallPlan {
  readonly number: number;
  readonly uuid: string;
  /** `steady`: nothing goes wrong with the model; `faulty`: `fault` does; `refused`: half of the dials are. */
  readonly persona: "steady" | "faulty" | "refused";
  readonly fault: Fault | undefined;
  readonly behaviour: Behaviour;
  /** From the open line to the end, as far as that is the caller's. */
  readonly lengthMs: number;
  /** The caller's speech, from the open line on. */
  readonly speech: { readonly atMs: number; readonly forMs: number };
  /** A key pressed halfway, that is no tool's; not before one that is. */
  readonly key: string | undefined;
  /** Messages of garbage among the audio. */
  readonly garbage: number;
  /** From the reset to coming back. */
  readonly awayMs: number;
  /** 0 to 1: how soon a call is abandoned. */
  readonly haste: number;
  readonly ami: AmiFate;
  /** For what is drawn later. */
  readonly seed: number;
}

export interface PlanOptions {
  readonly seed: number;
  /** Shortest and longest call. */
  readonly lengthMs: readonly [number, number];
}

export function planCall({ seed, lengthMs }: PlanOptions, number: number): CallPlan {
  const own = Math.imul(seed + 1, 0x9e3779b9) ^ Math.imul(number + 1, 0x85ebca6b);
  const { next, between } = createRandom(own);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
  const persona = next() < 0.6 ? "steady" : next() < 0.85 ? "faulty" : "refused";
  const ofMs = between(lengthMs);
  const fault = pick(FAULTS);
  const behaviour = pickBehaviour(next());
  const key = next() < 0.1 ? pick(["5", "6", "#", "*"]) : undefined;
  return {
    number,
    uuid: `soak-${number}`,
    persona,
    fault: persona === "faulty" ? fault : undefined,
    behaviour,
    lengthMs: ofMs,
    speech: { atMs: ofMs * (0.2 + 0.4 * next()), forMs: between([300, 1500]) },
    key: behaviour === "agent_ends" ? undefined : key,
    garbage: next() < 0.15 ? Math.ceil(5 * next()) : 0,
    awayMs: between([20, 1500]),
    haste: next(),
    ami: persona === "steady" || next() < 0.7 ? "done" : pick(["error", "unknown_call", "silent"]),
    seed: own,
  };
}

/** The call's number in any text that holds its uuid. */
export function numberIn(text: string): number | undefined {
  const found = /\bsoak-(\d{1,9})\b/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function pickBehaviour(share: number): Behaviour {
  let left = share * 100;
  for (const [behaviour, weight] of Object.entries(BEHAVIOURS)) {
    left -= weight;
    if (left < 0) return behaviour as Behaviour;
  }
  return "hangs_up";
}
