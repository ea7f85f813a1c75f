import { parse } from "@std/dotenv";
import { isSet } from "./environment.ts";

/**
 * The value of a variable that a persona names, such as the token of an MCP server: the real environment's, else that of
 * `.env`. Undefined if it is not set, or may not be read: the real one needs `--allow-env` for its name.
 */
export function readSecret(name: string, file = ".env"): string | undefined {
  const value = attempt(() => Deno.env.get(name));
  if (isSet(value)) return value.trim();
  const own = attempt(() => parse(Deno.readTextFileSync(file))[name]);
  return isSet(own) ? own.trim() : undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
