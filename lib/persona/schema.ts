import { z } from "zod";
import * as models from "../config/models.ts";
import type { Instructions, Persona, PersonaDefinition } from "./define.ts";

export type { Persona, PersonaDefinition } from "./define.ts";

const text = z.string().refine((value) => value.trim() !== "", "must not be empty");
const line = text.exactOptional();
const flag = z.boolean().exactOptional();
const eitherVad = { createResponse: flag, interruptResponse: flag };

const style = z.strictObject({
  affect: line,
  tone: line,
  pacing: line,
  emotion: line,
  personality: line,
  pronunciation: line,
  pauses: line,
}).refine((value) => Object.keys(value).length > 0, {
  error: "must have at least one line",
  when: ({ issues }) => issues.length === 0,
});

const turn = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("server_vad"),
    threshold: z.number().min(0).max(1).exactOptional(),
    prefixPaddingMs: z.int().min(0).exactOptional(),
    silenceMs: z.int().min(0).exactOptional(),
    idleTimeoutMs: z.int().min(models.IDLE_TIMEOUT_RANGE_MS[0]).max(models.IDLE_TIMEOUT_RANGE_MS[1])
      .exactOptional(),
    ...eitherVad,
  }),
  z.strictObject({
    type: z.literal("semantic_vad"),
    eagerness: z.enum(models.EAGERNESS).exactOptional(),
    ...eitherVad,
  }),
], 'must be "server_vad" or "semantic_vad"');

const greeting = z.union(
  [text, z.strictObject({ say: text, protect: flag }), z.literal(false)],
  "must be a text, { say, protect } or false",
);

const transcription = z.union(
  [z.literal("off"), z.strictObject({ model: line, prompt: line })],
  'must be { model, prompt } or "off"',
);

const instructions = z.union(
  [text, z.custom<Instructions & ((...args: never[]) => unknown)>((value) => typeof value === "function")],
  "must be a text or a function",
);

const model = text.superRefine((value, context) => {
  const life = models.lifeOfModel(value);
  if (life.state === "gone") context.addIssue(`is shut down, use ${life.successor}`);
});

/** What a persona file has to export by default; every key is known and every value one that the API accepts. */
export const personaSchema: z.ZodType<PersonaDefinition, unknown> = z.strictObject({
  description: z.string().exactOptional(),
  voice: z.custom<NonNullable<Persona["voice"]>>(
    (value) => typeof value === "string" && models.isVoice(value),
    `must be one of ${models.VOICES.join(", ")}, or a custom voice_... id`,
  ).exactOptional(),
  model: model.exactOptional(),
  language: z.string().refine(
    (value) => models.languageName(value) !== undefined,
    "must be an ISO 639-1 code such as en, de or pt-BR",
  ).exactOptional(),
  style: style.exactOptional(),
  instructions: instructions.exactOptional(),
  greeting: greeting.exactOptional(),
  turn: turn.exactOptional(),
  noiseReduction: z.enum(["near_field", "far_field", "off"]).exactOptional(),
  speed: z.number().min(models.SPEED_RANGE[0]).max(models.SPEED_RANGE[1]).exactOptional(),
  transcription: transcription.exactOptional(),
  reasoning: z.enum(models.REASONING_EFFORTS).exactOptional(),
  maxOutputTokens: z.union(
    [z.int().min(1).max(models.MAX_OUTPUT_TOKENS), z.literal("inf")],
    `must be a whole number from 1 to ${models.MAX_OUTPUT_TOKENS}, or "inf"`,
  ).exactOptional(),
}).refine(
  (persona): persona is typeof persona & PersonaDefinition => "style" in persona || "instructions" in persona,
  "must have a style, instructions or both",
);

/** Checks one persona: the persona, or one line per fault with the path of its field and the value seen. */
export function checkPersona(value: unknown): { persona: PersonaDefinition } | { faults: string[] } {
  const result = personaSchema.safeParse(value, { reportInput: true });
  if (result.success) return { persona: result.data };
  return { faults: result.error.issues.flatMap(innermost).map(tell) };
}

/** A union's fault says little; where one member came closer than the others, its faults are told instead. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const closest = issue.errors.find((list) =>
    list.some(({ path, code }) => path.length > 0 || code === "unrecognized_keys")
  );
  if (!closest) return [issue];
  return closest.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }));
}

function tell(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join(".");
  const seen = issue.code === "unrecognized_keys" || path === "" ? "" : `: ${shown(issue.input)}`;
  return `${path === "" ? "" : `${path} `}${lowerFirst(issue.message)}${seen}`;
}

function shown(value: unknown): string {
  const json = typeof value === "function" ? "a function" : JSON.stringify(value) ?? "nothing";
  return json.length > 60 ? `${json.slice(0, 60)}...` : json;
}

/** Zod's own messages stand after the field's name. */
function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
