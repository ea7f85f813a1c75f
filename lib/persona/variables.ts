import type { PersonaDefinition, VariablesSchema } from "./define.ts";

/** What a call's URL told. */
export interface CallVariables {
  readonly variables: Readonly<Record<string, unknown>>;
  /** One line each; they name parameters and never their values. */
  readonly warnings: readonly string[];
}

/** Read elsewhere: which persona, who may call, whether it is the console that calls, whose trace the call's belongs to. */
const NOT_VARIABLES = ["persona", "token", "events", "traceparent"];
const NAME_REGEXP = /^[A-Za-z][\w-]{0,63}$/;
const MAX_PARAMETERS = 64;
const MAX_CHARACTERS = 1024;

/**
 * The query parameters of a line's URL, as the persona's schema has them; texts where there is none. A faulty one is
 * left out: no call is refused for it. Of a repeated parameter the first counts.
 */
export function readVariables(
  { variables: schema }: PersonaDefinition,
  query: URL | URLSearchParams,
): CallVariables {
  const { given, warnings } = readQuery(query instanceof URL ? query.searchParams : query);
  if (!schema) return { variables: given, warnings };
  const faulty = new Set<string>();
  // Left out one after the other, as a schema may tell some faults only when others are gone.
  for (let round = 0; round <= MAX_PARAMETERS; round++) {
    const kept = Object.fromEntries(Object.entries(given).filter(([name]) => !faulty.has(name)));
    const outcome = check(schema, kept);
    if ("variables" in outcome) {
      return { variables: outcome.variables, warnings: [...warnings, ...told([...faulty], MISFIT)] };
    }
    const found = outcome.faulty.filter((name) => Object.hasOwn(kept, name));
    // A fault of no one parameter, or of one that is missing: the schema takes none at all, as its check at load saw.
    for (const name of found.length > 0 ? found : Object.keys(kept)) faulty.add(name);
    if (Object.keys(kept).length === 0) break;
  }
  return { variables: {}, warnings: [...warnings, ...told(Object.keys(given), MISFIT)] };
}

/** The names that a schema of an object declares; undefined for schemas of another kind. */
export function declaredNames(schema: VariablesSchema | undefined): ReadonlySet<string> | undefined {
  const shape = schema !== undefined && "shape" in schema ? schema.shape : undefined;
  return shape !== null && typeof shape === "object" ? new Set(Object.keys(shape)) : undefined;
}

/** Why a call without parameters would not fit the schema: the names at fault; undefined when it fits. */
export function faultOfEmpty(schema: VariablesSchema): readonly string[] | undefined {
  const outcome = check(schema, {});
  return "faulty" in outcome ? outcome.faulty : undefined;
}

const MISFIT = "as the persona's variables do not take it";

function readQuery(query: URLSearchParams): { given: Record<string, string>; warnings: string[] } {
  const given: Record<string, string> = {};
  const long: string[] = [];
  let strange = 0;
  let tooMany = 0;
  for (const [name, value] of query) {
    if (NOT_VARIABLES.includes(name) || Object.hasOwn(given, name)) continue;
    if (!NAME_REGEXP.test(name)) strange++;
    else if (value.length > MAX_CHARACTERS) long.push(name);
    else if (Object.keys(given).length >= MAX_PARAMETERS) tooMany++;
    else given[name] = value;
  }
  const warnings = told(long, `as it is longer than ${MAX_CHARACTERS} characters`);
  if (strange > 0) warnings.push(`Query parameters with names of another form are left out: ${strange}`);
  if (tooMany > 0) warnings.push(`Query parameters beyond ${MAX_PARAMETERS} are left out: ${tooMany}`);
  return { given, warnings };
}

function check(
  schema: VariablesSchema,
  given: object,
): { variables: Readonly<Record<string, unknown>> } | { faulty: string[] } {
  let result: ReturnType<VariablesSchema["safeParse"]>;
  try {
    result = schema.safeParse(given);
  } catch {
    // An asynchronous check, or one that throws.
    return { faulty: [] };
  }
  if (result.success) {
    const { data } = result;
    return typeof data === "object" && data !== null && !Array.isArray(data)
      ? { variables: data }
      : { faulty: [] };
  }
  return {
    faulty: result.error.issues.flatMap((issue) =>
      issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : issue.path.slice(0, 1)
    ).map(String),
  };
}

function told(names: readonly string[], why: string): string[] {
  return names.map((name) => `Query parameter ${name} is left out, ${why}`);
}
