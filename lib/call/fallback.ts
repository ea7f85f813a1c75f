import type { LoadedPersona } from "../persona/load.ts";
import { DEFAULT_CONTEXT, DEFAULT_PRIORITY } from "../tools/extension.ts";
import type { ControlAction } from "../tools/tool.ts";

/** The transfer of a call whose model does not come back; undefined where the persona names no place for it. */
export function fallbackOf(
  { fallback }: Pick<LoadedPersona, "fallback">,
): Extract<ControlAction, { type: "transfer" }> | undefined {
  if (!fallback) return undefined;
  const { extension, context = DEFAULT_CONTEXT, priority = DEFAULT_PRIORITY } = fallback;
  return { type: "transfer", extension, context, priority };
}
