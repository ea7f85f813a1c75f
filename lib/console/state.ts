import type { Config } from "../config.ts";
import { DEFAULT_VOICE } from "../config/models.ts";
import { PRICES_AS_OF, PRICES_SOURCE } from "../config/prices.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { declaredNames } from "../persona/variables.ts";
import { modelFor } from "../realtime/session.ts";
import type { Tool } from "../tools/tool.ts";
import type { Sample } from "./samples.ts";

/** How the service is, as it tells from moment to moment. */
export interface ServiceState {
  readonly door: "open" | "draining" | "closed";
  /** Why no further call is taken; undefined when one is. */
  readonly refusal?: string | undefined;
  /** Names of the models that do not answer at present. */
  readonly away: readonly string[];
  readonly calls: { readonly live: number; readonly answered: number };
  /** Counts the loads of the personas, where they are loaded anew while the service runs. */
  readonly generation?: number | undefined;
  /** Why the last load of the personas was not taken; the one before counts. */
  readonly faults?: readonly string[] | undefined;
}

export interface StateOptions {
  readonly config: Config;
  readonly personas: ReadonlyMap<string, LoadedPersona>;
  readonly toolsFor: (persona: LoadedPersona) => ReadonlyMap<string, Tool>;
  readonly samples: readonly Sample[];
  readonly state: ServiceState;
}

/** What the page shows before a call: who can be called, and how the service is. */
export function stateView({ config, personas, toolsFor, samples, state }: StateOptions) {
  return {
    service: "parley",
    ...state,
    simulator: config.simulator,
    hasKey: config.model.apiKey !== undefined,
    persona: config.persona,
    personas: [...personas.values()].map((persona) => ({
      name: persona.name,
      description: persona.description ?? "",
      voice: config.overrides.voice ?? persona.voice ?? DEFAULT_VOICE,
      model: modelFor(persona, config),
      tools: [...toolsFor(persona).keys(), ...persona.mcp?.map(({ label }) => label) ?? []],
      variables: [...declaredNames(persona.variables) ?? []],
      warnings: persona.warnings,
    })),
    samples: samples.map(({ name, label }) => ({ name, label })),
    prices: { asOf: PRICES_AS_OF, source: PRICES_SOURCE },
  };
}
export type StateView = ReturnType<typeof stateView>;
