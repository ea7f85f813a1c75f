import { parse } from "@std/dotenv";
import { ConfigError, messageOf } from "../errors.ts";
import { resembled } from "./typos.ts";
import { ENVIRONMENT_NAMES, VARIABLES } from "./variables.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The named variables: the `.env` file of the working directory under the real environment. Needs `--allow-env` for
 * these names and no others; without the right or the file, what is missing counts as not set.
 * @throws {ConfigError} if the file can't be parsed.
 */
export function readEnvironment(file = ".env"): Environment {
  const real: Record<string, string | undefined> = {};
  for (const name of ENVIRONMENT_NAMES) real[name] = orUndefined(() => Deno.env.get(name));
  return mergeEnvironment(real, orUndefined(() => Deno.readTextFileSync(file)) ?? "");
}

/**
 * Lays the real environment over the text of a `.env` file. Quotes that a container engine left around a value are
 * taken off; `.env` needs no such care, as its own quotes are decoded by the parser.
 */
export function mergeEnvironment(real: Environment, text: string): Environment {
  const file = parseFile(text);
  const merged: Record<string, string | undefined> = {};
  for (const { name, alias } of VARIABLES) {
    const names = alias === undefined ? [name] : [name, alias];
    const isReal = names.some((each) => isSet(real[each]));
    for (const each of names) merged[each] = isReal ? unquote(real[each]) : file[each];
  }
  // Kept for the warning about misspelt names; the real environment can't be listed with narrow permissions.
  for (const [key, value] of Object.entries(file)) if (resembled(key)) merged[key] = value;
  return merged;
}

/** An empty or blank value counts as not set: `OPENAI_VOICE=${OPENAI_VOICE:-}` in a compose file means nothing. */
export function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== "";
}

/** Compose lists and `docker --env-file` pass quotes on literally; a whole value in quotes is decoded as dotenv does. */
function unquote(value: string | undefined): string | undefined {
  const text = value?.trim();
  if (text && (/^"(?:[^"\\]|\\[^])*"$/.test(text) || /^'[^']*'$/.test(text))) {
    return parse(`VALUE=${text}`).VALUE;
  }
  return value;
}

function parseFile(text: string): Record<string, string> {
  try {
    return parse(text);
  } catch (error) {
    // An unquoted value that refers to a variable outside of our permissions.
    throw new ConfigError([
      `.env can't be read, put values that contain a $ into single quotes: ${messageOf(error)}`,
    ]);
  }
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
