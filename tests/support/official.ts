import { faultsOf, type Schema } from "./schema.ts";

/** What generate-schema.ts wrote: the definitions of both directions. */
export interface EventSchemas {
  /** The version of the official package that they were made from, as deno.json has it. */
  openai: string;
  client: Record<string, Schema>;
  server: Record<string, Schema>;
}

const schemas: EventSchemas = JSON.parse(
  Deno.readTextFileSync(new URL("./realtime-events.schema.json", import.meta.url)),
);
const client = byType(schemas.client);
const server = byType(schemas.server);

/** Which `openai` the schemas stand for. */
export const OFFICIAL = schemas.openai;
/** Every event type of the official union. */
export const CLIENT_TYPES: readonly string[] = [...client.keys()];
export const SERVER_TYPES: readonly string[] = [...server.keys()];

/**
 * What is wrong with an event that a client sends, by the official types: unknown keys are faults, and so are
 * values beyond the documented bounds. @returns one line per fault, none where the event is right
 */
export function checkClient(event: unknown): string[] {
  return check(event, client, schemas.client);
}

/** What is wrong with a server event, by the official types; extra keys and nulls are let pass, as the API sends both. */
export function checkServer(event: unknown): string[] {
  return check(event, server, schemas.server);
}

function check(event: unknown, schemaOf: ReadonlyMap<string, Schema>, all: Record<string, Schema>): string[] {
  const type = (event as { type?: unknown } | null)?.type;
  const schema = schemaOf.get(String(type));
  if (!schema) return [`type: is no known event type, got ${JSON.stringify(type)}`];
  return faultsOf(event, schema, all).map((fault) => `${type}: ${fault}`);
}

/** The events' schemas by the one value that their `type` may have. */
function byType(all: Record<string, Schema>): Map<string, Schema> {
  const found = new Map<string, Schema>();
  for (const [name, schema] of Object.entries(all)) {
    const type = schema.properties?.type?.const;
    // Items and tools have a type as well, but no dot in it and no event_id beside it.
    if (typeof type === "string" && "event_id" in (schema.properties ?? {})) found.set(type, schema);
    else if (typeof type === "string" && name.startsWith("InputAudioBufferDtmf")) found.set(type, schema);
  }
  return found;
}
