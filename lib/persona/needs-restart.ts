import { notGranted } from "../tools/granted.ts";
import type { Toolbox } from "../tools/load.ts";
import type { LoadedPersona, Personas } from "./load.ts";
import { secretNames } from "./secrets.ts";

/** What of these personas and tools this process may not do, one line each: it was started for others. */
export function needsRestart(
  personas: Personas,
  { sandboxed, permissions }: Pick<Toolbox, "sandboxed" | "permissions">,
): string[] {
  const told = new Set<string>();
  const ofTools = sandboxed.flatMap(({ file, tool: { name, permissions } }) => {
    const missing = notGranted(permissions);
    missing.forEach((each) => told.add(each));
    return missing.length > 0 ? [fault(`${file}: tool ${name}`, missing)] : [];
  });
  const ofAll = notGranted(permissions).filter((each) => !told.has(each));
  return [
    ...[...personas.values()].flatMap(ofPersona),
    ...ofTools,
    ...(ofAll.length > 0 ? [fault("The sandboxes of tools", ofAll)] : []),
  ];
}

/** A variable that is set in `.env` needs no permission, so that one without is missed only where it has no value. */
function ofPersona(persona: LoadedPersona): string[] {
  const without = secretNames(persona).filter((name) => !persona.secrets?.has(name));
  const missing = notGranted({ net: [], env: without, read: [] });
  return missing.length > 0 ? [fault(persona.file, missing)] : [];
}

function fault(who: string, missing: readonly string[]): string {
  return `${who} needs what Parley was not started with: ${missing.join(", ")}: restart it`;
}
