import type { Config } from "../config.ts";
import type { KnownNames } from "../metrics.ts";
import type { Generations } from "../persona/generation.ts";
import { modelFor, transcriberFor } from "../realtime/session.ts";

/** The names that metrics may be split by: of the personas that there are now, their tools and their models. */
export function knownNames(
  config: Pick<Config, "overrides">,
  generations: Pick<Generations, "current">,
): KnownNames {
  const personas = () => [...generations.current.personas.values()];
  const toolsOf = (persona: ReturnType<typeof personas>[number]) =>
    generations.current.toolsFor(persona).keys();
  return {
    personas: () => personas().map(({ name }) => name),
    tools: () => new Set(personas().flatMap((persona) => [...toolsOf(persona)])),
    models: () => new Set(personas().map((persona) => modelFor(persona, config))),
    transcribers: () => new Set(personas().flatMap((persona) => transcriberFor(persona, config) ?? [])),
  };
}
