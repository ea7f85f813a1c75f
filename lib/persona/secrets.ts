import type { Persona } from "./define.ts";

/** The variables that a persona names: this process has to be allowed to read them. */
export function secretNames({ mcp = [] }: Pick<Persona, "mcp">): string[] {
  return mcp.flatMap(({ authorizationEnv }) => authorizationEnv ?? []);
}

/** Their values; those that are not set are not in it. */
export function secretsOf(
  persona: Pick<Persona, "mcp">,
  read: (name: string) => string | undefined,
): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>();
  for (const name of secretNames(persona)) {
    const value = read(name);
    if (value !== undefined) secrets.set(name, value);
  }
  return secrets;
}
