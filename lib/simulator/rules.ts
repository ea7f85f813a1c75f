import { errors } from "./error-texts.ts";
import type { ApiError } from "./wire.ts";

/** Says what is wrong with a value that stands at `path`, or nothing. */
export type Rule = (value: unknown, path: string) => ApiError | undefined;

/** Any string, of at most `limit` characters. */
export function string(limit = Infinity): Rule {
  return (value, path) => {
    if (typeof value !== "string") return errors.invalidType(path, "a string", kindOf(value));
    if (value.length > limit) return errors.stringTooLong(path, limit, value.length);
  };
}

export const boolean: Rule = (value, path) => {
  if (typeof value !== "boolean") return errors.invalidType(path, "a boolean", kindOf(value));
};

/** Any value at all: a JSON schema, the metadata of a trace. */
export const anything: Rule = () => undefined;

/** A whole number within the bounds. */
export function integer(min: number, max = Infinity): Rule {
  return (value, path) => {
    if (!Number.isInteger(value)) return errors.invalidType(path, "an integer", kindOf(value));
    return within("integer", value as number, min, max, path);
  };
}

/** A number within the bounds. */
export function decimal(min: number, max: number): Rule {
  return (value, path) => {
    if (typeof value !== "number") return errors.invalidType(path, "a decimal number", kindOf(value));
    return within("decimal", value, min, max, path);
  };
}

/** One of a few strings. */
export function oneOf(...values: readonly string[]): Rule {
  return (value, path) => {
    if (typeof value !== "string") return errors.invalidType(path, "a string", kindOf(value));
    if (!values.includes(value)) return errors.unsupportedValue(path, value, values);
  };
}

export function nullable(rule: Rule): Rule {
  return (value, path) => value === null ? undefined : rule(value, path);
}

/** Strings go to the first rule, everything else to the second. */
export function stringOr(ofString: Rule, other: Rule): Rule {
  return (value, path) => typeof value === "string" ? ofString(value, path) : other(value, path);
}

export function array(rule: Rule, limit = Infinity): Rule {
  return (value, path) => {
    if (!Array.isArray(value)) return errors.invalidType(path, "an array", kindOf(value));
    if (value.length > limit) return errors.arrayTooLong(path, limit, value.length);
    for (const [index, each] of value.entries()) {
      const fault = rule(each, `${path}[${index}]`);
      if (fault) return fault;
    }
  };
}

/** An object with these keys and no others. An empty `path` is the event itself, whose keys stand alone. */
export function object(keys: Readonly<Record<string, Rule>>, required: readonly string[] = []): Rule {
  return (value, path) => {
    if (!isObject(value)) return errors.invalidType(path, "an object", kindOf(value));
    const at = (key: string) => path === "" ? key : `${path}.${key}`;
    for (const key of required) if (!(key in value)) return errors.missingParameter(at(key));
    for (const [key, each] of Object.entries(value)) {
      const rule = Object.hasOwn(keys, key) ? keys[key] : undefined;
      if (!rule) return errors.unknownParameter(at(key));
      const fault = rule(each, at(key));
      if (fault) return fault;
    }
  };
}

/** An object whose `key` says which of the rules holds. */
export function taggedBy(key: string, kinds: Readonly<Record<string, Rule>>): Rule {
  return (value, path) => {
    if (!isObject(value)) return errors.invalidType(path, "an object", kindOf(value));
    const tag = value[key];
    if (tag === undefined) return errors.missingParameter(`${path}.${key}`);
    return oneOf(...Object.keys(kinds))(tag, `${path}.${key}`) ?? kinds[tag as string]!(value, path);
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function within(kind: "integer" | "decimal", value: number, min: number, max: number, path: string) {
  if (value < min) return errors.outOfRange(path, kind, "below", min, value);
  if (value > max) return errors.outOfRange(path, kind, "above", max, value);
}

/** A value's type as the API's messages name it. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a decimal number";
  return { string: "a string", boolean: "a boolean", object: "an object" }[typeof value as string] ??
    "nothing";
}
