import { createLog } from "../../lib/log.ts";
import { Circuit, type CircuitOptions, type DialTicket } from "../../lib/realtime/circuit.ts";
import { VirtualClock } from "./clock.ts";

/** A dial of the bench: what happened to it, and its ticket. */
export interface BenchDial {
  readonly id: number;
  readonly ticket: DialTicket;
  /** When its turn came, ms; undefined while it waits. */
  begunMs: number | undefined;
  /** How often it was told that the model is away. */
  awayTold: number;
}

/** A circuit in virtual time whose dials and probes the test ends by hand. */
export function circuitBench(options: Partial<CircuitOptions> = {}) {
  const clock = new VirtualClock();
  const logged: { level: string; message: string; [field: string]: unknown }[] = [];
  /** Ids in the order in which their turns came. */
  const turns: number[] = [];
  const probes: { model: string; atMs: number; tell: (fault?: string) => void; open: boolean }[] = [];
  let entered = 0;
  const circuit = new Circuit({
    clock,
    log: createLog({ level: "debug", format: "json", write: (line) => logged.push(JSON.parse(line)) }),
    // Jitter only shortens: without it times are round.
    random: () => 0,
    probe(model, tell) {
      const probe = {
        model,
        atMs: clock.now(),
        open: true,
        tell(fault?: string) {
          if (!probe.open) throw new Error("A probe that was ended told something");
          probe.open = false;
          tell(fault);
        },
      };
      probes.push(probe);
      return () => {
        probe.open = false;
      };
    },
    ...options,
  });

  function enter(model = "m"): BenchDial {
    const id = entered++;
    const mine: { begunMs: number | undefined; awayTold: number } = { begunMs: undefined, awayTold: 0 };
    const ticket = circuit.enter(model, {
      go() {
        if (mine.begunMs !== undefined) throw new Error("A dial got two turns");
        mine.begunMs = clock.now();
        turns.push(id);
      },
      away: () => void mine.awayTold++,
    });
    return Object.assign(mine, { id, ticket });
  }

  return {
    clock,
    circuit,
    logged,
    turns,
    probes,
    enter,
    /** The probe that is under way; throws unless there is exactly one. */
    probe(model = "m") {
      const open = probes.filter((each) => each.open && each.model === model);
      if (open.length !== 1) throw new Error(`${open.length} probes are under way`);
      return open[0]!;
    },
    /** So many dials one after the other, each of which fails. */
    fail(count: number, model = "m", reason = "http_500") {
      for (let index = 0; index < count; index++) enter(model).ticket.outcome("failed", reason);
    },
  };
}
