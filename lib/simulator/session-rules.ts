import { errors } from "./error-texts.ts";
import {
  anything,
  array,
  boolean,
  decimal,
  integer,
  isObject,
  nullable,
  object,
  oneOf,
  type Rule,
  string,
  stringOr,
  taggedBy,
} from "./rules.ts";
import type { SessionConfig } from "./session-config.ts";
import type { ApiError } from "./wire.ts";

const g711 = object({ type: string() });

/** An audio format. PCM exists at 24 kHz alone; G.711 has no `rate` key. */
export const format: Rule = taggedBy("type", {
  "audio/pcm": object({ type: string(), rate: integer(24000, 24000) }),
  "audio/pcmu": g711,
  "audio/pcma": g711,
});

/** A voice by name or, made by the customer, by id. */
export const voice: Rule = stringOr(string(), object({ id: string() }, ["id"]));

const functionName: Rule = (value, path) =>
  string()(value, path) ??
    (/^[a-zA-Z0-9_-]{1,64}$/.test(value as string) ? undefined : errors.invalidValue(
      path,
      `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
    ));

const toolFilter = object({ read_only: boolean, tool_names: array(string()) });

const tool: Rule = taggedBy("type", {
  function: object({ type: string(), name: functionName, description: string(), parameters: anything }, [
    "name",
  ]),
  mcp: object({
    type: string(),
    server_label: string(),
    server_url: string(),
    server_description: string(),
    authorization: string(),
    headers: nullable(anything),
    allowed_tools: nullable((value, path) =>
      (Array.isArray(value) ? array(string()) : toolFilter)(value, path)
    ),
    allowed_callers: nullable(array(oneOf("direct", "programmatic"))),
    require_approval: nullable(
      stringOr(oneOf("always", "never"), object({ always: toolFilter, never: toolFilter })),
    ),
    connector_id: string(),
    defer_loading: boolean,
    tunnel_id: string(),
  }, ["server_label"]),
});

const toolChoice: Rule = stringOr(
  oneOf("auto", "none", "required"),
  taggedBy("type", {
    function: object({ type: string(), name: string() }, ["name"]),
    mcp: object({ type: string(), server_label: string(), name: nullable(string()) }, ["server_label"]),
  }),
);

/** One modality: an answer is spoken (its transcript comes with it) or written. */
const outputModalities: Rule = (value, path) => {
  const fault = array(oneOf("text", "audio"))(value, path);
  if (fault || (value as string[]).length === 1) return fault;
  const got = (value as string[]).map((each) => `'${each}'`).join(", ");
  return errors.invalidValue(
    path,
    `Invalid modalities: [${got}]. Supported combinations are: ['text'] and ['audio'].`,
  );
};

/** Keys that session.update and response.create share. */
export const sharedKeys = {
  instructions: string(),
  output_modalities: outputModalities,
  tools: array(tool, 128),
  tool_choice: toolChoice,
  parallel_tool_calls: boolean,
  max_output_tokens: stringOr(oneOf("inf"), integer(1, 4096)),
  reasoning: object({ effort: oneOf("minimal", "low", "medium", "high", "xhigh") }),
  prompt: nullable(
    object({ id: string(), version: nullable(string()), variables: nullable(anything) }, ["id"]),
  ),
} satisfies Record<string, Rule>;

const turnDetection = taggedBy("type", {
  server_vad: object({
    type: string(),
    threshold: decimal(0, 1),
    prefix_padding_ms: integer(0),
    silence_duration_ms: integer(0),
    idle_timeout_ms: nullable(integer(5000, 30000)),
    create_response: boolean,
    interrupt_response: boolean,
  }),
  semantic_vad: object({
    type: string(),
    eagerness: oneOf("low", "medium", "high", "auto"),
    create_response: boolean,
    interrupt_response: boolean,
  }),
});

const input = object({
  format,
  noise_reduction: nullable(object({ type: oneOf("near_field", "far_field"), strength: decimal(0, 1) })),
  transcription: nullable(object({
    model: string(),
    language: nullable(string()),
    languages: array(string()),
    keywords: array(string()),
    prompt: nullable(string()),
    delay: oneOf("minimal", "low", "medium", "high", "xhigh"),
  })),
  turn_detection: nullable(turnDetection),
});

const session = object({
  type: oneOf("realtime"),
  model: string(),
  ...sharedKeys,
  audio: object({ input, output: object({ format, voice, speed: decimal(0.25, 1.5) }) }),
  include: nullable(array(oneOf("item.input_audio_transcription.logprobs"))),
  tracing: nullable(
    stringOr(oneOf("auto"), object({ workflow_name: string(), group_id: string(), metadata: anything })),
  ),
  truncation: stringOr(
    oneOf("auto", "disabled"),
    object({
      type: oneOf("retention_ratio"),
      retention_ratio: decimal(0, 1),
      token_limits: object({ post_instructions: integer(0) }),
    }, ["type", "retention_ratio"]),
  ),
}, ["type"]);

/** Whether the model thinks before it speaks: gpt-realtime-2 and its successors. */
export function reasons(model: string): boolean {
  return /^gpt-realtime-2(?![0-9])/.test(model);
}

/** Tokens of a conversation that a model reads at most: its context, less its longest answer. */
export function mostTokens(model: string): number {
  return reasons(model) ? 96_000 : 28_224;
}

/** The first thing wrong with the `session` of a session.update: one fault and nothing of it is applied. */
export function sessionFault(
  update: unknown,
  now: { config: SessionConfig; assistantAudio: boolean; responding: boolean },
): ApiError | undefined {
  const fault = session(update, "session");
  if (fault) return fault;
  const asked = update as Record<string, unknown>;
  const unsupported = modelFault(asked, now.config.model, "session");
  if (unsupported) return unsupported;
  const overlong = limitFault(asked, now.config.model);
  if (overlong) return overlong;
  if (now.config.tracing !== null && "tracing" in asked && !same(asked.tracing, now.config.tracing)) {
    return errors.tracingIsFixed();
  }
  const output = isObject(asked.audio) && isObject(asked.audio.output) ? asked.audio.output : {};
  const { voice, speed } = now.config.audio.output;
  if (now.assistantAudio && "voice" in output && !same(output.voice, voice)) return errors.voiceIsFixed();
  if (now.responding && "speed" in output && output.speed !== speed) return errors.speedDuringResponse();
}

/** That a limit above the model's own is refused is documented, how is not. */
function limitFault({ truncation }: Readonly<Record<string, unknown>>, model: string): ApiError | undefined {
  const limits = isObject(truncation) ? truncation.token_limits : undefined;
  if (!isObject(limits)) return undefined;
  const path = "session.truncation.token_limits.post_instructions";
  return integer(0, mostTokens(model))(limits.post_instructions ?? 0, path);
}

/** Keys that only the reasoning models know. */
export function modelFault(
  asked: Readonly<Record<string, unknown>>,
  model: string,
  path: string,
): ApiError | undefined {
  if (reasons(model)) return undefined;
  const key = ["reasoning", "parallel_tool_calls"].find((each) => each in asked);
  return key ? errors.unsupportedByModel(`${path}.${key}`) : undefined;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
