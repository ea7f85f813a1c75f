import { isObject } from "./rules.ts";

export type WireFormat = { type: "audio/pcm"; rate: 24000 } | { type: "audio/pcmu" } | { type: "audio/pcma" };

export interface ServerVad {
  type: "server_vad";
  threshold: number;
  prefix_padding_ms: number;
  silence_duration_ms: number;
  idle_timeout_ms: number | null;
  create_response: boolean;
  interrupt_response: boolean;
}

export interface SemanticVad {
  type: "semantic_vad";
  eagerness: "low" | "medium" | "high" | "auto";
  create_response: boolean;
  interrupt_response: boolean;
}

export interface FunctionTool {
  type: "function";
  name: string;
  description?: string;
  parameters?: unknown;
}

export interface Transcription {
  model: string;
  language: string | null;
  prompt: string | null;
}

/** The whole session as session.created and session.updated show it: these keys, in this order. */
export interface SessionConfig {
  type: "realtime";
  object: "realtime.session";
  id: string;
  model: string;
  output_modalities: ("audio" | "text")[];
  instructions: string;
  tools: (FunctionTool | { type: "mcp"; server_label: string })[];
  tool_choice: "auto" | "none" | "required" | { type: "function"; name: string };
  max_output_tokens: number | "inf";
  tracing: "auto" | Record<string, unknown> | null;
  truncation:
    | "auto"
    | "disabled"
    | { type: "retention_ratio"; retention_ratio: number; token_limits?: { post_instructions?: number } };
  prompt: { id: string } | null;
  /** Unix seconds. */
  expires_at: number;
  audio: {
    input: {
      format: WireFormat;
      transcription: Transcription | null;
      noise_reduction: { type: "near_field" | "far_field"; strength?: number } | null;
      turn_detection: ServerVad | SemanticVad | null;
    };
    output: { format: WireFormat; voice: string | { id: string }; speed: number };
  };
  include: "item.input_audio_transcription.logprobs"[] | null;
  /** Only shown once the client has set it: no trace tells whether the API shows its default. */
  reasoning?: { effort: "minimal" | "low" | "medium" | "high" | "xhigh" };
  parallel_tool_calls?: boolean;
}

const SERVER_VAD: ServerVad = {
  type: "server_vad",
  threshold: 0.5,
  prefix_padding_ms: 300,
  // The documentation says 500; a live session.created shows 200.
  silence_duration_ms: 200,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
};

const SEMANTIC_VAD: SemanticVad = {
  type: "semantic_vad",
  eagerness: "auto",
  create_response: true,
  interrupt_response: true,
};

const TRANSCRIPTION: Transcription = { model: "gpt-4o-mini-transcribe", language: null, prompt: null };

/** What a session is before its first update. */
export function defaultConfig(id: string, model: string, expiresAt: number): SessionConfig {
  return {
    type: "realtime",
    object: "realtime.session",
    id,
    model,
    output_modalities: ["audio"],
    instructions: "You are a helpful voice assistant. Answer briefly and kindly.",
    tools: [],
    tool_choice: "auto",
    max_output_tokens: "inf",
    tracing: null,
    truncation: "auto",
    prompt: null,
    expires_at: expiresAt,
    audio: {
      input: {
        format: { type: "audio/pcm", rate: 24000 },
        transcription: null,
        noise_reduction: null,
        turn_detection: { ...SERVER_VAD },
      },
      output: { format: { type: "audio/pcm", rate: 24000 }, voice: "alloy", speed: 1 },
    },
    include: null,
  };
}

/**
 * The configuration after an update that passed the rules: objects are merged key by key, arrays and plain
 * values replaced, null clears, absent keys stay. A `model` is ignored. Neither argument is changed.
 */
export function updated(config: SessionConfig, update: Readonly<Record<string, unknown>>): SessionConfig {
  const { model: _, audio, ...plain } = update;
  const next = { ...structuredClone(config), ...structuredClone(plain) } as SessionConfig;
  const { input = {}, output = {} } = (audio ?? {}) as Record<"input" | "output", Record<string, unknown>>;
  const { format, transcription, turn_detection, ...rest } = structuredClone(input);
  Object.assign(next.audio.input, rest);
  if (format) next.audio.input.format = complete(format);
  if (transcription !== undefined) {
    next.audio.input.transcription = merged(transcription, next.audio.input.transcription ?? TRANSCRIPTION);
  }
  if (turn_detection !== undefined) {
    next.audio.input.turn_detection = mergedTurns(turn_detection, next.audio.input.turn_detection);
  }
  const { format: outputFormat, ...restOut } = structuredClone(output);
  Object.assign(next.audio.output, restOut);
  if (outputFormat) next.audio.output.format = complete(outputFormat);
  return next;
}

function merged<T extends object>(change: unknown, base: T): T | null {
  return isObject(change) ? { ...base, ...change } : null;
}

/** Another kind of turn detection starts from its own defaults. */
function mergedTurns(change: unknown, now: ServerVad | SemanticVad | null): ServerVad | SemanticVad | null {
  if (!isObject(change)) return null;
  const defaults = change.type === "server_vad" ? SERVER_VAD : SEMANTIC_VAD;
  return { ...defaults, ...(now?.type === change.type ? now : {}), ...change } as ServerVad | SemanticVad;
}

/** PCM is sent with its rate, which a client may leave out. */
export function complete(format: unknown): WireFormat {
  const { type } = format as WireFormat;
  return type === "audio/pcm" ? { type, rate: 24000 } : { type };
}
