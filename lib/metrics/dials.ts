import type { Clock } from "../clock.ts";
import type { Circuit } from "../realtime/circuit.ts";

/** What becomes of a dial; `cancelled`: the call ended meanwhile. */
export const DIAL_RESULTS = ["opened", "failed", "cancelled"] as const;

/** A dial that is over. */
export interface DialOutcome {
  readonly model: string;
  readonly result: typeof DIAL_RESULTS[number];
  /** A code, where it failed. */
  readonly reason: string;
  /** Since its turn came. */
  readonly durationMs: number;
}

/** What calls use of a circuit. */
export type Gate = Pick<Circuit, "enter" | "state">;

/** The same gate, which tells what becomes of each dial. One whose turn never came is none. */
export function watchedDials(gate: Gate, clock: Clock, tell: (outcome: DialOutcome) => void): Gate {
  return {
    get state() {
      return gate.state;
    },
    enter(model, dial) {
      let begunMs: number | undefined;
      const over = (result: DialOutcome["result"], reason = "unknown") => {
        if (begunMs === undefined) return;
        const durationMs = clock.now() - begunMs;
        begunMs = undefined;
        tell({ model, result, reason, durationMs });
      };
      const ticket = gate.enter(model, {
        go() {
          begunMs = clock.now();
          dial.go();
        },
        away: () => dial.away?.(),
      });
      return {
        cancel() {
          over("cancelled");
          ticket.cancel();
        },
        outcome(outcome, reason) {
          over(outcome, reason);
          ticket.outcome(outcome, reason);
        },
      };
    },
  };
}
