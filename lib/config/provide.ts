import { readSecret } from "./secrets.ts";

/**
 * Gives tools in Workers what `.env` holds: they see the process's environment alone. What is set there already stays.
 * Needs `--allow-env` for each name; without it the tool will do without.
 */
export function provideEnvironment(names: readonly string[], file = ".env"): void {
  for (const name of names) {
    const value = readSecret(name, file);
    if (value === undefined) continue;
    try {
      if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
    } catch {
      // The permission is missing.
    }
  }
}
