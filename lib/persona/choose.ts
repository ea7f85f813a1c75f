import type { Config } from "../config.ts";
import type { LoadedPersona, Personas } from "./load.ts";

/**
 * Which persona a line's URL asks for: the last segment of its path, else `?persona=`, else `PERSONA`. A name that no
 * persona has is handed back, as typed.
 */
export function choosePersona(
  url: URL,
  personas: Personas,
  config: Pick<Config, "persona">,
): LoadedPersona | { readonly unknown: string } {
  const name = decoded(url.pathname.split("/").findLast((segment) => segment !== "")) ||
    url.searchParams.get("persona") || config.persona;
  return personas.get(name) ?? { unknown: name };
}

function decoded(segment: string | undefined): string | undefined {
  if (segment === undefined) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
