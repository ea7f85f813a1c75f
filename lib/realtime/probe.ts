import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { dialModel, type ModelAddress } from "./connection.ts";
import type { DialGate } from "./circuit.ts";
import type { Probe } from "./model-health.ts";

/**
 * A probe that opens a session and closes it as soon as the model has answered: nothing is generated, so it costs
 * nothing. It succeeds and fails as a call's dial does, but does not wait at the circuit, which waits for it.
 */
export function createProbe(
  address: ModelAddress,
  { clock, log }: { clock: Clock; log: Log },
): Probe {
  return (model, tell) => {
    const circuit: DialGate = {
      enter(_, { go }) {
        go();
        return {
          cancel() {},
          outcome(outcome, reason = "unknown") {
            connection.close();
            tell(outcome === "opened" ? undefined : reason);
          },
        };
      },
    };
    const events = { opened() {}, event() {}, ended() {} };
    const connection = dialModel({ ...address, circuit }, model, { clock, log, events });
    return () => connection.close();
  };
}
