import type { PersonaDefinition } from "../persona/define.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { DEFAULT_CONTEXT } from "../tools/extension.ts";
import type { SceneTime } from "./time.ts";

/** The persona, whose instructions the call's time waits for. */
export function inTime(persona: LoadedPersona, { hold }: SceneTime): LoadedPersona {
  const { instructions } = persona;
  if (typeof instructions !== "function") return persona;
  return { ...persona, instructions: (call) => hold(Promise.resolve().then(() => instructions(call))) };
}

/** The variables of a scene as the line's URL would bring them. */
export function queryOf(variables: Readonly<Record<string, unknown>> = {}): URLSearchParams {
  return new URLSearchParams(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}

/** Longer than its silences and its time limit may take. */
export function endLimitOf({ idle, limits }: PersonaDefinition): number {
  const idleMs = idle ? (idle.say.length + 1) * (idle.afterSeconds * 1000 + 15_000) : 0;
  return 60_000 + Math.max(idleMs, (limits?.minutes ?? 0) * 60_000);
}

/** Where a name of a `transfer({...})` leads, with the first of the personas that has it. */
export function destinationOf(personas: readonly PersonaDefinition[], name: string) {
  for (const { tools = [] } of personas) {
    for (const tool of tools) {
      if (tool.kind !== "transfer" || !Object.hasOwn(tool.destinations, name)) continue;
      const { extension, context } = tool.destinations[name]!;
      return { extension, context: context ?? DEFAULT_CONTEXT };
    }
  }
  return undefined;
}
