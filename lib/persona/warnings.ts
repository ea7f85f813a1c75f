import type { Overrides } from "../config.ts";
import { DEFAULT_MODEL, isReasoningModel, lifeOfModel, lifeOfTranscriptionModel } from "../config/models.ts";
import { overridesWithoutEffect } from "../config/turn-overrides.ts";
import type { PersonaDefinition } from "./define.ts";
import { costWarnings } from "./cost-warnings.ts";
import { longCallWarnings } from "./long-calls.ts";
import { namesIn } from "./template.ts";
import { declaredNames } from "./variables.ts";

/** What in a persona is allowed and doubtful, one line each: to be told once, at start. */
export function warningsOf(
  persona: PersonaDefinition,
  overrides: Overrides,
  secrets: ReadonlyMap<string, string> = new Map(),
): string[] {
  return [
    ...ofModels(persona),
    ...withoutEffect(persona, overrides),
    ...longCallWarnings(persona, overrides),
    ...costWarnings(persona, overrides),
    ...ofPlaceholders(persona),
    ...ofActing(persona, secrets),
  ];
}

function ofActing(
  { handoffs = {}, handoffVoice, mcp = [] }: PersonaDefinition,
  secrets: ReadonlyMap<string, string>,
): string[] {
  const warnings = mcp.flatMap(({ label, authorizationEnv: name }) =>
    name === undefined || secrets.has(name) ? [] : [`mcp ${label} is left out, as ${name} is not set`]
  );
  if (handoffVoice && Object.keys(handoffs).length === 0) {
    warnings.push("handoffVoice has no effect without handoffs");
  }
  return warnings;
}

function ofModels({ model, reasoning, transcription }: PersonaDefinition): string[] {
  const warnings: string[] = [];
  const transcriber = typeof transcription === "object" ? transcription.model : undefined;
  const lives = [
    ["model", model, model && lifeOfModel(model)],
    ["transcription.model", transcriber, transcriber && lifeOfTranscriptionModel(transcriber)],
  ] as const;
  for (const [field, id, life] of lives) {
    if (typeof life !== "object" || life.state !== "ending") continue;
    warnings.push(`${field} ${id} shuts down on ${life.date}; use ${life.successor}`);
  }
  if (reasoning && !isReasoningModel(model ?? DEFAULT_MODEL)) {
    warnings.push(`reasoning has no effect, as ${model} does not reason`);
  }
  return warnings;
}

function withoutEffect({ interrupt, idle, limits, turn }: PersonaDefinition, overrides: Overrides): string[] {
  const warnings: string[] = [];
  const interruptible = overrides.interruptResponse ?? turn?.interruptResponse ?? true;
  if (interrupt && !interruptible) {
    warnings.push("interrupt has no effect, as interruptResponse is false: nothing interrupts the agent");
  }
  if (limits && limits.minutes === undefined && limits.usd === undefined) {
    warnings.push("limits has no effect without minutes or usd");
  }
  const warningSeconds = limits?.warningSeconds ?? 0;
  if (limits?.minutes !== undefined && warningSeconds >= limits.minutes * 60) {
    warnings.push("limits.warningSeconds has no effect, as it is not shorter than limits.minutes");
  }
  const ofMinutes = limits?.warning ?? limits?.warningSeconds;
  if (ofMinutes !== undefined && limits?.minutes === undefined && limits?.usd !== undefined) {
    warnings.push("limits.warning and warningSeconds have no effect without minutes");
  }
  if (limits?.warning !== undefined && limits.warningSeconds === 0) {
    warnings.push("limits.warning has no effect, as limits.warningSeconds is 0");
  }
  if (idle && typeof overrides.idleTimeoutMs === "number") {
    warnings.push(
      "OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS has no effect, as the persona's idle takes its place",
    );
  }
  // Where the environment says which kind, it says for all personas alike what has no effect.
  if (overrides.turnDetection === undefined) {
    const type = turn?.type ?? "server_vad";
    for (const name of overridesWithoutEffect(type, overrides)) {
      warnings.push(`${name} has no effect with ${type}`);
    }
  }
  return warnings;
}

/** Only a schema tells what calls may bring; without one any name may come. */
function ofPlaceholders(
  { variables, instructions, greeting, idle, limits, style }: PersonaDefinition,
): string[] {
  const declared = declaredNames(variables);
  if (!declared) return [];
  const texts: (readonly [field: string, text: string | undefined])[] = [
    ["instructions", typeof instructions === "string" ? instructions : undefined],
    ...Object.entries<string>({ ...style }).map(([key, text]) => [`style.${key}`, text] as const),
    ["greeting", typeof greeting === "object" ? greeting.say : greeting || undefined],
    ...(idle?.say ?? []).map((text, index) => [`idle.say.${index}`, text] as const),
    ["idle.thenHangUp", idle?.thenHangUp],
    ["limits.warning", limits?.warning],
    ["limits.goodbye", limits?.goodbye],
  ];
  return texts.flatMap(([field, text = ""]) =>
    namesIn(text).filter((name) => !declared.has(name))
      .map((name) => `${field} names {{${name}}}, which variables does not have`)
  );
}
