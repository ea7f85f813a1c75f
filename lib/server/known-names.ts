import type { Config } from "../config.ts";
import type { KnownNames } from "../metrics.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { modelFor } from "../realtime/session.ts";
import type { Tool } from "../tools/tool.ts";

export interface KnownNamesOptions {
  readonly config: Pick<Config, "overrides">;
  /** As they are now: they may be loaded anew while the service runs. */
  readonly personas: () => ReadonlyMap<string, LoadedPersona>;
  readonly toolsFor: (persona: LoadedPersona) => ReadonlyMap<string, Tool>;
}

/** The names that metrics may be split by: of personas, their tools and their models. */
export function knownNames({ config, personas, toolsFor }: KnownNamesOptions): KnownNames {
  return {
    personas: () => personas().keys(),
    tools: () => new Set([...personas().values()].flatMap((persona) => [...toolsFor(persona).keys()])),
    models: () => new Set(Array.from(personas().values(), (persona) => modelFor(persona, config))),
  };
}
