import { z } from "zod";
import * as models from "../config/models.ts";
import type { Persona, PersonaDefinition } from "./define.ts";
import * as field from "./field-schemas.ts";
import { isTimeZone } from "./moment.ts";
import * as acting from "./tool-schemas.ts";

export type { Persona, PersonaDefinition } from "./define.ts";

/** What a persona file has to export by default; every key is known and every value one that the API accepts. */
export const personaSchema: z.ZodType<PersonaDefinition, unknown> = z.strictObject({
  description: z.string().exactOptional(),
  voice: z.custom<NonNullable<Persona["voice"]>>(
    (value) => typeof value === "string" && models.isVoice(value),
    `must be one of ${models.VOICES.join(", ")}, or a custom voice_... id`,
  ).exactOptional(),
  model: field.model.exactOptional(),
  language: z.string().refine(
    (value) => models.languageName(value) !== undefined,
    "must be an ISO 639-1 code such as en, de or pt-BR",
  ).exactOptional(),
  style: field.style.exactOptional(),
  instructions: field.instructions.exactOptional(),
  variables: field.variables.exactOptional(),
  timeZone: z.string().refine(isTimeZone, "must be an IANA time zone such as Europe/Rome").exactOptional(),
  greeting: field.greeting.exactOptional(),
  turn: field.turn.exactOptional(),
  interrupt: field.interrupt.exactOptional(),
  idle: field.idle.exactOptional(),
  limits: field.limits.exactOptional(),
  outage: field.outage.exactOptional(),
  fallback: acting.fallback.exactOptional(),
  dtmf: field.dtmf.exactOptional(),
  tools: acting.tools.exactOptional(),
  handoffs: acting.handoffs.exactOptional(),
  holdSound: z.boolean().exactOptional(),
  handoffVoice: z.enum(["keep", "switch"]).exactOptional(),
  mcp: acting.mcp.exactOptional(),
  noiseReduction: z.enum(["near_field", "far_field", "off"]).exactOptional(),
  speed: z.number().min(models.SPEED_RANGE[0]).max(models.SPEED_RANGE[1]).exactOptional(),
  transcription: field.transcription.exactOptional(),
  reasoning: z.enum(models.REASONING_EFFORTS).exactOptional(),
  maxOutputTokens: z.union(
    [z.int().min(1).max(models.MAX_OUTPUT_TOKENS), z.literal("inf")],
    `must be a whole number from 1 to ${models.MAX_OUTPUT_TOKENS}, or "inf"`,
  ).exactOptional(),
  truncation: field.truncation.exactOptional(),
  summarize: field.summarize.exactOptional(),
  summary: field.summary.exactOptional(),
}).refine(
  (persona): persona is typeof persona & PersonaDefinition => "style" in persona || "instructions" in persona,
  "must have a style, instructions or both",
).superRefine(({ idle, turn }, context) => {
  if (!idle || turn?.type !== "server_vad" || turn.idleTimeoutMs === undefined) return;
  context.addIssue({
    code: "custom",
    path: ["idle"],
    input: idle,
    message: "can't be together with turn.idleTimeoutMs, as both would speak into a silence",
  });
}).superRefine(acting.checkNames);

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
  if (typeof value === "function") return "a function";
  if (value !== null && typeof value === "object" && "safeParse" in value) return "a schema";
  const json = JSON.stringify(value) ?? "nothing";
  return json.length > 60 ? `${json.slice(0, 60)}...` : json;
}

/** Zod's own messages stand after the field's name. */
function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
