import type {
  RealtimeAudioConfigOutput,
  RealtimeAudioFormats,
  RealtimeAudioInputTurnDetection,
  RealtimeFunctionTool,
  RealtimeSessionCreateRequest,
} from "openai/resources/realtime/realtime";
import type { Config } from "../config.ts";
import {
  DEFAULT_AUDIO_FORMAT,
  DEFAULT_MODEL,
  DEFAULT_TRANSCRIPTION_MODEL,
  DEFAULT_VOICE,
  isReasoningModel,
  takesTranscriptionPrompt,
} from "../config/models.ts";
import type { PersonaDefinition, SemanticVad, ServerVad } from "../persona/define.ts";
import type { InstructionsSource, ResolvedInstructions } from "../persona/instructions.ts";
import type { Tool } from "../tools/tool.ts";
import { mcpTools } from "./mcp.ts";
import { truncation } from "./truncation.ts";

export { isReasoningModel } from "../config/models.ts";

/** Where a value of the session comes from. */
export type Source = InstructionsSource | "default";

export interface SessionUpdate {
  readonly event: { readonly type: "session.update"; readonly session: RealtimeSessionCreateRequest };
  /** For each path that is sent, such as `audio.output.voice`. */
  readonly sources: Readonly<Record<string, Source>>;
}

/** A persona as it was loaded, with the values of the variables that its `mcp` names. */
type SessionPersona = PersonaDefinition & { readonly secrets?: ReadonlyMap<string, string> };
/** What the model is told of a tool. */
export type OfferedTool = Pick<Tool, "name" | "description" | "parameters">;
type ModelConfig = Pick<Config, "overrides"> & { readonly model?: Pick<Config["model"], "name"> };
type SessionConfig = ModelConfig & Pick<Config, "audioFormat">;
type AudioInput = NonNullable<NonNullable<RealtimeSessionCreateRequest["audio"]>["input"]>;
/** Takes the first that is set of environment and persona, and notes which it was. */
export type Choose = <T>(path: string, env: T | undefined, persona: T | undefined, fallback: T) => T;

const AUDIO_FORMATS: Readonly<Record<Config["audioFormat"], RealtimeAudioFormats>> = {
  pcm: { type: "audio/pcm", rate: 24000 },
  pcmu: { type: "audio/pcmu" },
  pcma: { type: "audio/pcma" },
};

/** The model that a call dials; it can't change during a session. */
export function modelFor(persona: PersonaDefinition, { overrides, model }: ModelConfig): string {
  return overrides.model ?? persona.model ?? model?.name ?? DEFAULT_MODEL;
}

/** The model that writes down what the caller says; undefined where none does. */
export function transcriberFor(
  { transcription: own }: PersonaDefinition,
  { overrides }: Pick<Config, "overrides">,
): string | undefined {
  const model = overrides.transcriptionModel ?? (own === "off" ? own : own?.model) ??
    DEFAULT_TRANSCRIPTION_MODEL;
  return model === "off" ? undefined : model;
}

/** The URL to dial: the base with the model as it is called there, unless the base's query names one itself. */
export function modelUrl(
  baseUrl: string,
  name: string,
  deployments?: Config["model"]["deployments"],
): string {
  const url = new URL(baseUrl);
  const model = deployments && Object.hasOwn(deployments, name) ? deployments[name]! : name;
  if (!url.searchParams.has("model")) url.searchParams.set("model", model);
  return url.href;
}

/**
 * The `session.update` of a call. All that shapes a conversation is stated, so that no default of the server counts: the
 * live one ends a turn after 200 ms of silence, for example, while the documented one is 500 ms.
 */
export function sessionUpdate(
  persona: SessionPersona,
  config: SessionConfig,
  instructions: ResolvedInstructions,
  tools: Iterable<OfferedTool> = [],
): SessionUpdate {
  const sources: Record<string, Source> = { instructions: instructions.source };
  const choose: Choose = (path, env, own, fallback) => {
    sources[path] = env !== undefined ? "env" : own !== undefined ? "persona" : "default";
    return env ?? own ?? fallback;
  };
  const { overrides } = config;
  const format = AUDIO_FORMATS[config.audioFormat];
  sources["audio.input.format"] = sources["audio.output.format"] = config.audioFormat === DEFAULT_AUDIO_FORMAT
    ? "default"
    : "env";
  const noise = choose(
    "audio.input.noise_reduction",
    overrides.noiseReduction,
    persona.noiseReduction,
    "off",
  );
  const session: RealtimeSessionCreateRequest = {
    type: "realtime",
    output_modalities: ["audio"],
    instructions: instructions.text,
    audio: {
      input: {
        format,
        // The API documents null for both, to which the published types have not come round.
        noise_reduction: (noise === "off" ? null : { type: noise }) as NonNullable<
          AudioInput["noise_reduction"]
        >,
        transcription: transcription(persona, config, choose) as NonNullable<AudioInput["transcription"]>,
        turn_detection: turnDetection(persona, config, choose),
      },
      output: {
        format,
        voice: voice(choose("audio.output.voice", overrides.voice, persona.voice, DEFAULT_VOICE)),
        ...(overrides.speed === undefined && persona.speed === undefined
          ? {}
          : { speed: choose("audio.output.speed", overrides.speed, persona.speed, 1) }),
      },
    },
    tools: [...[...tools].map(functionTool), ...mcpTools(persona.mcp ?? [], persona.secrets)],
    tool_choice: "auto",
    max_output_tokens: choose("max_output_tokens", overrides.maxOutputTokens, persona.maxOutputTokens, "inf"),
    truncation: truncation(persona, overrides, modelFor(persona, config), choose),
  };
  const acts = persona.tools ?? persona.handoffs ?? persona.mcp;
  sources.tools = acts === undefined ? "default" : "persona";
  sources.tool_choice = "default";
  // A model that does not reason would refuse the whole update for this one field.
  if (isReasoningModel(modelFor(persona, config))) {
    session.reasoning = {
      effort: choose("reasoning.effort", overrides.reasoningEffort, persona.reasoning, "low"),
    };
  }
  return { event: { type: "session.update", session }, sources };
}

/** Flat, and with these keys alone: the API refuses the whole update for one that it does not know. */
function functionTool({ name, description, parameters }: OfferedTool): RealtimeFunctionTool {
  return { type: "function", name, description, parameters };
}

function voice(name: string): NonNullable<RealtimeAudioConfigOutput["voice"]> {
  return name.startsWith("voice_") ? { id: name } : name;
}

function transcription(persona: PersonaDefinition, { overrides }: SessionConfig, choose: Choose) {
  const path = "audio.input.transcription";
  const own = persona.transcription === "off" ? { model: "off" } : persona.transcription ?? {};
  const model = choose(`${path}.model`, overrides.transcriptionModel, own.model, DEFAULT_TRANSCRIPTION_MODEL);
  if (model === "off") return null;
  const language = overrides.language ?? persona.language;
  return {
    model,
    // The API takes the language alone: pt for pt-BR.
    ...(language === undefined ? {} : {
      language:
        new Intl.Locale(choose(`${path}.language`, overrides.language, persona.language, language)).language,
    }),
    ...(own.prompt === undefined || !takesTranscriptionPrompt(model) ? {} : {
      prompt: choose(`${path}.prompt`, undefined, own.prompt, ""),
    }),
  };
}

/**
 * Defaults for the telephone: a silence of 500 ms lets a caller breathe between words, 300 ms of padding keep the first
 * sound, and a threshold of 0.5 holds line noise off.
 */
function turnDetection(
  persona: PersonaDefinition,
  { overrides }: SessionConfig,
  choose: Choose,
): RealtimeAudioInputTurnDetection {
  const path = "audio.input.turn_detection";
  const { turn } = persona;
  const type = choose(`${path}.type`, overrides.turnDetection, turn?.type, "server_vad");
  const both = {
    create_response: choose(`${path}.create_response`, overrides.createResponse, turn?.createResponse, true),
    interrupt_response: choose(
      `${path}.interrupt_response`,
      overrides.interruptResponse,
      turn?.interruptResponse,
      true,
    ),
  };
  if (type === "semantic_vad") {
    const own: Partial<SemanticVad> = turn?.type === type ? turn : {};
    return {
      type,
      eagerness: choose(`${path}.eagerness`, overrides.eagerness, own.eagerness, "auto"),
      ...both,
    };
  }
  const own: Partial<ServerVad> = turn?.type === type ? turn : {};
  // The persona's `idle` speaks into silences: two voices there would answer each other.
  const idleTimeoutMs = persona.idle
    ? choose(`${path}.idle_timeout_ms`, undefined, "off", "off")
    : choose(`${path}.idle_timeout_ms`, overrides.idleTimeoutMs, own.idleTimeoutMs, "off");
  return {
    type,
    threshold: choose(`${path}.threshold`, overrides.threshold, own.threshold, 0.5),
    prefix_padding_ms: choose(
      `${path}.prefix_padding_ms`,
      overrides.prefixPaddingMs,
      own.prefixPaddingMs,
      300,
    ),
    silence_duration_ms: choose(`${path}.silence_duration_ms`, overrides.silenceMs, own.silenceMs, 500),
    idle_timeout_ms: idleTimeoutMs === "off" ? null : idleTimeoutMs,
    ...both,
  };
}
