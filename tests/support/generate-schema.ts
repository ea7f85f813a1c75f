import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import type { EventSchemas } from "./official.ts";
import type { Schema } from "./schema.ts";

/**
 * Writes realtime-events.schema.json beside this file: the official types of `openai` as JSON schemas, with the
 * adjustments that the live API needs. Run it again when the version of `openai` in deno.json changes:
 *
 *     deno run -A --no-lock --node-modules-dir=none tests/support/generate-schema.ts
 *     deno fmt tests/support/realtime-events.schema.json
 *
 * The generator is imported by a name that no other command sees, and without the lock file: Deno installs all
 * that the lock file names, and a phone call needs no TypeScript compiler.
 */
const GENERATOR = "npm:ts-json-schema-generator@2.4.0";

interface Generator {
  createGenerator(settings: Record<string, unknown>): {
    createSchema(type: string): { definitions: Record<string, Schema> };
  };
}

const NULL = { type: "null" };

/** Generates the schemas from the installed types; about 4 s. */
async function generate(): Promise<EventSchemas> {
  const { createGenerator } = await import(GENERATOR) as Generator;
  const types = "../../node_modules/openai/resources/realtime/realtime.d.ts";
  const path = fileURLToPath(new URL(types, import.meta.url));
  const definitions = (type: string) =>
    createGenerator({
      path,
      type,
      skipTypeCheck: true,
      topRef: true,
      additionalProperties: false,
      jsDoc: "none",
    }).createSchema(type).definitions;
  const client = definitions("RealtimeClientEvent");
  for (const [name, schema] of Object.entries(definitions("ResponseCreateEventWithReferencesParam"))) {
    client[name] ??= schema;
  }
  return {
    openai: denoJson.imports.openai,
    client: adjusted(client),
    server: loosened(definitions("RealtimeServerEvent")),
  };
}

/** Strict on unknown keys; null where the API documents it; the bounds of the OpenAPI file. */
function adjusted(all: Record<string, Schema>): Record<string, Schema> {
  delete all.ResponseCreateEvent;
  const keys = (name: string): Record<string, Schema> => all[name]!.properties!;

  const input = keys("RealtimeAudioConfigInput");
  for (const key of ["noise_reduction", "transcription"]) input[key] = { anyOf: [input[key]!, NULL] };
  Object.assign(keys("RealtimeAudioConfigOutput").speed!, { minimum: 0.25, maximum: 1.5 });
  Object.assign(keys("ConversationItemTruncateEvent").audio_end_ms!, { type: "integer", minimum: 0 });
  Object.assign(keys("ConversationItemTruncateEvent").content_index!, { type: "integer", minimum: 0 });
  Object.assign(keys("RealtimeTruncationRetentionRatio").retention_ratio!, { minimum: 0, maximum: 1 });
  const vad = keys("RealtimeAudioInputTurnDetection.ServerVad");
  vad.idle_timeout_ms = { anyOf: [{ type: "integer", minimum: 5000, maximum: 30000 }, NULL] };
  Object.assign(vad.threshold!, { minimum: 0, maximum: 1 });
  for (const key of ["prefix_padding_ms", "silence_duration_ms"]) {
    Object.assign(vad[key]!, { type: "integer", minimum: 0 });
  }
  for (const schema of Object.values(all)) {
    if (schema.properties?.event_id) schema.properties.event_id.maxLength = 512;
  }
  return all;
}

/** The live API sends more keys than are published, and null for any optional one. */
function loosened(all: Record<string, Schema>): Record<string, Schema> {
  const loosen = (schema: Schema): void => {
    if (schema.additionalProperties === false) delete schema.additionalProperties;
    for (const each of [...schema.anyOf ?? [], ...schema.items ? [schema.items] : []]) loosen(each);
    for (const [key, each] of Object.entries(schema.properties ?? {})) {
      loosen(each);
      if (!schema.required?.includes(key)) schema.properties![key] = { anyOf: [each, NULL] };
    }
  };
  for (const schema of Object.values(all)) loosen(schema);
  return all;
}

if (import.meta.main) {
  const file = new URL("./realtime-events.schema.json", import.meta.url);
  await Deno.writeTextFile(file, JSON.stringify(await generate()) + "\n");
  console.log(`Wrote ${file.pathname}`);
}
