/** The part of JSON schema that the generator writes. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

const KNOWN = new Set(
  "$ref type const enum anyOf properties required additionalProperties items minimum maximum maxLength".split(
    " ",
  ),
);

/** What is wrong with a value: one line per fault, each with the path to it. Throws on a keyword it doesn't know. */
export function faultsOf(value: unknown, schema: Schema, all: Record<string, Schema>, path = ""): string[] {
  for (const keyword of Object.keys(schema)) {
    if (!KNOWN.has(keyword)) throw new Error(`Cannot check the schema keyword '${keyword}' at '${path}'`);
  }
  const faults: string[] = [];
  const wrong = (what: string) =>
    faults.push(`${path || "event"}: ${what}, got ${JSON.stringify(value)?.slice(0, 80)}`);
  if (schema.$ref !== undefined) {
    const name = decodeURIComponent(schema.$ref.replace("#/definitions/", ""));
    if (!all[name]) throw new Error(`Cannot find the schema '${name}'`);
    faults.push(...faultsOf(value, all[name], all, path));
  }
  if (schema.type !== undefined) {
    const types = [schema.type].flat();
    if (!types.some((type) => isOf(type, value))) {
      wrong(`must be ${types.join(" or ")}`);
      return faults;
    }
  }
  if ("const" in schema && value !== schema.const) wrong(`must be ${JSON.stringify(schema.const)}`);
  if (schema.enum && !schema.enum.includes(value)) wrong(`must be one of ${JSON.stringify(schema.enum)}`);
  if (schema.anyOf) faults.push(...closest(schema.anyOf.map((each) => faultsOf(value, each, all, path))));
  if (typeof value === "number") {
    if (schema.minimum !== undefined && value < schema.minimum) wrong(`must be at least ${schema.minimum}`);
    if (schema.maximum !== undefined && value > schema.maximum) wrong(`must be at most ${schema.maximum}`);
  }
  if (typeof value === "string" && schema.maxLength !== undefined && value.length > schema.maxLength) {
    wrong(`must have at most ${schema.maxLength} characters`);
  }
  if (Array.isArray(value) && schema.items) {
    for (const [index, each] of value.entries()) {
      faults.push(...faultsOf(each, schema.items, all, `${path}[${index}]`));
    }
  }
  if (isOf("object", value)) {
    faults.push(...objectFaults(value as Record<string, unknown>, schema, all, path));
  }
  return faults;
}

function objectFaults(
  value: Record<string, unknown>,
  { properties = {}, required = [], additionalProperties }: Schema,
  all: Record<string, Schema>,
  path: string,
): string[] {
  const faults: string[] = [];
  const at = (key: string) => path === "" ? key : `${path}.${key}`;
  for (const key of required) if (value[key] === undefined) faults.push(`${at(key)}: is required`);
  for (const [key, each] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
    // A key that is undefined is not sent.
    if (each === undefined) continue;
    if (schema) faults.push(...faultsOf(each, schema, all, at(key)));
    else if (additionalProperties === false) faults.push(`${at(key)}: is not a known key`);
    else if (typeof additionalProperties === "object") {
      faults.push(...faultsOf(each, additionalProperties, all, at(key)));
    }
  }
  return faults;
}

/** Of several alternatives' faults those of the one that came closest; none where one holds. */
function closest(alternatives: string[][]): string[] {
  return alternatives.reduce((best, each) => each.length < best.length ? each : best);
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    default:
      throw new Error(`Cannot check the schema type '${type}'`);
  }
}
