import type { Persona } from "./define.ts";

/**
 * Faults of handoffs that one file alone can't show: names that no persona has, and a persona that hands to itself.
 * One line each, with its file and field.
 * @param known names of all files, so that a persona with a fault of its own counts as one.
 */
export function handoffFaults(
  personas: Iterable<Pick<Persona, "handoffs"> & { readonly name: string; readonly file: string }>,
  known: ReadonlySet<string>,
): string[] {
  return [...personas].flatMap(({ name, file, handoffs = {} }) =>
    Object.keys(handoffs).flatMap((target) => {
      if (target === name) return [`${file}: handoffs.${target} is the persona itself`];
      if (known.has(target)) return [];
      const others = [...known].filter((each) => each !== name);
      const choice = others.length > 0 ? `one of ${others.join(", ")}` : "there is no other";
      return [`${file}: handoffs.${target} must name another persona, ${choice}: ${JSON.stringify(target)}`];
    })
  );
}
