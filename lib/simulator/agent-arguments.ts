type Schema = Readonly<Record<string, unknown>>;

/** Deeper than any sane tool; a schema that refers to itself ends here. */
const MAX_DEPTH = 8;
/** Tried in order for a string that has to match a pattern, or that stands for a telephone number. */
const STRINGS = [
  "1000",
  "1",
  "simulator",
  "a",
  "A",
  "A1",
  "AB-1000",
  "2030-01-31",
  "12:00",
  "+15550100",
  "a@example.com",
];
const FORMATS: Readonly<Record<string, string>> = {
  "date": "2030-01-31",
  "time": "12:00:00Z",
  "date-time": "2030-01-31T12:00:00Z",
  "email": "caller@example.com",
  "uri": "https://example.com/",
  "uuid": "00000000-0000-4000-8000-000000000000",
};

/** The smallest arguments a tool's JSON schema allows, as JSON text: required properties only. */
export function minimalArguments(parameters: unknown): string {
  const value = minimal(asSchema(parameters), asSchema(parameters), "", 0);
  return JSON.stringify(typeof value === "object" && value !== null ? value : {});
}

function minimal(schema: Schema, root: Schema, name: string, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  for (const key of ["const", "default"]) if (key in schema) return schema[key];
  for (const key of ["enum", "examples"]) {
    const choices = schema[key];
    if (Array.isArray(choices) && choices.length > 0) return choices[0];
  }
  if (typeof schema.$ref === "string") return minimal(resolve(schema.$ref, root), root, name, depth + 1);
  for (const key of ["anyOf", "oneOf"]) {
    const choices = schema[key];
    if (Array.isArray(choices)) {
      return minimal({ ...schema, [key]: undefined, ...asSchema(choices[0]) }, root, name, depth + 1);
    }
  }
  if (Array.isArray(schema.allOf)) {
    const merged = schema.allOf.map(asSchema).reduce(merge, { ...schema, allOf: undefined });
    return minimal(merged, root, name, depth + 1);
  }
  switch (typeOf(schema)) {
    case "object":
      return object(schema, root, depth);
    case "array":
      return Array.from(
        { length: number(schema.minItems) ?? 0 },
        () => minimal(asSchema(schema.items), root, name, depth + 1),
      );
    case "number":
    case "integer":
      return nearestToZero(schema);
    case "boolean":
      return false;
    case "null":
      return null;
    default:
      return text(schema, name);
  }
}

function object(schema: Schema, root: Schema, depth: number): Record<string, unknown> {
  const properties = asSchema(schema.properties);
  const required = Array.isArray(schema.required)
    ? schema.required.filter((name) => typeof name === "string")
    : [];
  return Object.fromEntries(
    required.map((name) => [name, minimal(asSchema(properties[name]), root, name, depth + 1)]),
  );
}

/** 0 where the bounds allow it, else the allowed number nearest to it. */
function nearestToZero(schema: Schema): number {
  const step = number(schema.multipleOf) ?? 1;
  const above = number(schema.exclusiveMinimum);
  const below = number(schema.exclusiveMaximum);
  const least = above === undefined
    ? number(schema.minimum) ?? -Infinity
    : (Math.floor(above / step) + 1) * step;
  const most = below === undefined
    ? number(schema.maximum) ?? Infinity
    : (Math.ceil(below / step) - 1) * step;
  if (least > 0) return Math.min(Math.ceil(least / step) * step, most);
  return most < 0 ? Math.max(Math.floor(most / step) * step, least) : 0;
}

function text(schema: Schema, name: string): string {
  if (typeof schema.format === "string" && FORMATS[schema.format] !== undefined) {
    return FORMATS[schema.format]!;
  }
  const least = number(schema.minLength) ?? 0;
  const most = number(schema.maxLength) ?? Infinity;
  const dialled = /exten|phone|number|digit/i.test(`${name} ${schema.description ?? ""}`);
  const candidates = (dialled ? STRINGS : ["simulator", ...STRINGS]).map((each) =>
    each.padEnd(least, "0").slice(0, most)
  );
  if (typeof schema.pattern !== "string") return candidates[0]!;
  try {
    const pattern = new RegExp(schema.pattern, "u");
    return candidates.find((each) => pattern.test(each)) ?? candidates[0]!;
  } catch {
    return candidates[0]!; // not a pattern of this language
  }
}

function merge(into: Schema, more: Schema): Schema {
  const required = [into.required, more.required].flatMap((each) => Array.isArray(each) ? each : []);
  return {
    ...into,
    ...more,
    properties: { ...asSchema(into.properties), ...asSchema(more.properties) },
    required,
  };
}

/** A reference inside the same schema: "#/$defs/name". */
function resolve(reference: string, root: Schema): Schema {
  const path = reference.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return path.reduce((schema, key) => asSchema(schema[key]), root);
}

function typeOf(schema: Schema): unknown {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  return type ?? ("properties" in schema ? "object" : "items" in schema ? "array" : "string");
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Schema : {};
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
