import type { Registry } from "../call/registry.ts";
import type { Config } from "../config.ts";
import type { Generations, Reload } from "../persona/generation.ts";
import type { Endpoint } from "../realtime/connection.ts";
import type { AwayModel } from "../realtime/model-health.ts";
import { modelFor } from "../realtime/session.ts";
import type { Budget } from "./budget.ts";
import type { Door } from "./door.ts";
import { awayOf, type Together } from "./together.ts";

export interface HealthOptions {
  readonly config: Config;
  readonly generations: Generations;
  readonly endpoint: Endpoint;
  readonly door: Pick<Door, "state">;
  readonly calls: Pick<Registry, "size" | "answered">;
  readonly budget: Pick<Budget, "refusal" | "view">;
  readonly together?: Together;
}

/** How the service is, all of its workers taken together. */
export interface Health {
  /** For /healthz, which everyone may ask for. */
  readonly view: Readonly<Record<string, unknown>>;
  /** Why calls are better sent elsewhere; the model's absence is told by a code. */
  readonly notReady: string | undefined;
  readonly calls: { readonly live: number; readonly answered: number };
  /** Models that can't be had, whichever worker knows. */
  readonly away: readonly AwayModel[];
}

const OPENNESS = ["open", "draining", "closed"] as const;
const STATUS = { open: "ok", draining: "draining", closed: "stopping" } as const;

export function createHealth(options: HealthOptions): Health {
  const { config, generations, endpoint, door, calls: own, budget, together } = options;

  /** It takes calls as long as one of its workers does, and drains as long as one has calls. */
  const state = () => {
    const states = [door.state, together?.others.door];
    return OPENNESS.find((each) => states.includes(each)) ?? door.state;
  };

  const calls = () => {
    const { live = 0, answered = 0 } = together?.others ?? {};
    return { live: own.size + live, answered: own.answered + answered };
  };

  const away = () => awayOf(endpoint.circuit?.state.away ?? [], together?.away ?? []);

  return {
    get view() {
      const { current: { number: generation, personas }, lastReload } = generations;
      const persona = personas.get(config.persona);
      return {
        status: STATUS[state()],
        model: config.simulator || !persona ? "simulator" : modelFor(persona, config),
        simulator: config.simulator,
        personas: [...personas.keys()],
        generation,
        ...(lastReload ? { reload: reloadView(lastReload) } : {}),
        calls: calls(),
        ...(budget.view ? { budget: budget.view } : {}),
        ...(endpoint.circuit ? { away: away() } : {}),
      };
    },
    get notReady() {
      if (state() !== "open") return "The service is stopping";
      if (budget.refusal) return budget.refusal;
      const persona = generations.current.personas.get(config.persona);
      const model = persona && modelFor(persona, config);
      const gone = away().find((each) => each.model === model);
      return gone && `The model is away: ${gone.reason}`;
    },
    get calls() {
      return calls();
    },
    get away() {
      return away();
    },
  };
}

/** What is wrong with the files is told in the log and to the console: everyone may ask for the health. */
function reloadView({ at, faults }: Reload) {
  const error = `Could not take the files: the log tells why (faults: ${faults.length})`;
  return { at: at.toISOString(), ...(faults.length > 0 ? { error } : {}) };
}
