import type { Tool } from "../tools/tool.ts";
import type { LoadedPersona, Personas } from "./load.ts";

/** The personas and their tools as they were loaded at one time. A call keeps to the one that it began with. */
export interface Generation {
  /** Counts them, from 1. */
  readonly number: number;
  readonly personas: Personas;
  readonly toolsFor: (persona: LoadedPersona) => ReadonlyMap<string, Tool>;
}

/** How the last reload went. */
export interface Reload {
  /** Time of day. */
  readonly at: Date;
  /** Why it was not taken, one line each: the generation before goes on. None: it is the current one. */
  readonly faults: readonly string[];
}

/** A call's hold on the generation that it began with. */
export interface Lease {
  readonly generation: Generation;
  /** The call is over; again does nothing. */
  release(): void;
}

/** Where new calls get their personas. */
export interface Generations {
  readonly current: Generation;
  /** Undefined before the first reload. */
  readonly lastReload: Reload | undefined;
  /** Holds the current one. */
  take(): Lease;
}

/** Personas that stay what they are. */
export function oneGeneration(of: Omit<Generation, "number">): Generations {
  const current = { ...of, number: 1 };
  return { current, lastReload: undefined, take: () => ({ generation: current, release() {} }) };
}
