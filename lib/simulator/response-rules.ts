import type { AudioFormat } from "../audio/codec.ts";
import { type Conversation, createdItem, type Item } from "./conversation.ts";
import { errors } from "./error-texts.ts";
import { itemOrReference } from "./item-rules.ts";
import type { Random } from "./ids.ts";
import { array, isObject, nullable, object, oneOf, type Rule } from "./rules.ts";
import { complete, type SessionConfig, type WireFormat } from "./session-config.ts";
import { format, modelFault, sharedKeys, voice } from "./session-rules.ts";
import { type ApiError, AUDIO_FORMATS, type WireItem } from "./wire.ts";

/** Everything that one response goes by, its own settings laid over the session's. */
export interface Plan {
  readonly conversation: "auto" | "none";
  readonly trigger: "create" | "vad" | "idle";
  readonly heard?: Item["heard"];
  readonly instructions: string;
  readonly tools: SessionConfig["tools"];
  readonly voice: SessionConfig["audio"]["output"]["voice"];
  readonly format: WireFormat;
  readonly modalities: ("audio" | "text")[];
  readonly maxOutputTokens: number | "inf";
  readonly metadata: Record<string, string> | null;
  /** The items it is given in place of the conversation. */
  readonly input?: readonly Item[];
}

const metadata: Rule = (value, path) => {
  if (!isObject(value)) return errors.invalidType(path, "an object", "something else");
  const pairs = Object.entries(value);
  if (pairs.length > 16) return errors.invalidValue(path, `Invalid '${path}': more than 16 pairs.`);
  for (const [key, each] of pairs) {
    if (typeof each !== "string") return errors.invalidType(`${path}.${key}`, "a string", typeof each);
    if (key.length > 64) return errors.stringTooLong(path, 64, key.length);
    if (each.length > 512) return errors.stringTooLong(`${path}.${key}`, 512, each.length);
  }
};

const shape = object({
  ...sharedKeys,
  audio: object({ output: object({ format, voice }) }),
  conversation: oneOf("auto", "none"),
  input: array(itemOrReference),
  metadata: nullable(metadata),
});

/** Lays the `response` of a response.create over the session, or says what is wrong with it. */
export function plan(
  asked: unknown,
  by: Pick<Plan, "trigger" | "heard">,
  session: { config: SessionConfig; conversation: Conversation; assistantAudio: boolean; random: Random },
): Plan | { fault: ApiError } {
  const { config } = session;
  const fault = asked === undefined ? undefined : shape(asked, "response");
  if (fault) return { fault };
  const own = (asked ?? {}) as Record<string, unknown>;
  const unsupported = modelFault(own, config.model, "response");
  if (unsupported) return { fault: unsupported };
  const conversation = (own.conversation ?? "auto") as Plan["conversation"];
  const output = ((own.audio as Record<string, unknown>)?.output ?? {}) as Record<string, unknown>;
  const voiceNow = config.audio.output.voice;
  const otherVoice = "voice" in output && JSON.stringify(output.voice) !== JSON.stringify(voiceNow);
  if (otherVoice && conversation === "auto" && session.assistantAudio) {
    return { fault: errors.voiceIsFixed() };
  }
  const input = resolved(own.input, session);
  if (input && "fault" in input) return input;
  const noTools = (own.tool_choice ?? config.tool_choice) === "none";
  return {
    ...by,
    conversation,
    instructions: (own.instructions ?? config.instructions) as string,
    tools: noTools ? [] : (own.tools ?? config.tools) as Plan["tools"],
    voice: (output.voice ?? voiceNow) as Plan["voice"],
    format: output.format ? complete(output.format) : config.audio.output.format,
    modalities: (own.output_modalities ?? config.output_modalities) as Plan["modalities"],
    maxOutputTokens: (own.max_output_tokens ?? config.max_output_tokens) as Plan["maxOutputTokens"],
    metadata: (own.metadata ?? null) as Plan["metadata"],
    ...(input && { input: input.items }),
  };
}

/** The format's short name. */
export function audioFormat(wire: WireFormat): AudioFormat {
  return AUDIO_FORMATS[wire.type];
}

function resolved(
  input: unknown,
  { conversation, random }: { conversation: Conversation; random: Random },
): { items: Item[] } | { fault: ApiError } | undefined {
  if (!Array.isArray(input)) return undefined;
  const items: Item[] = [];
  for (const [index, each] of (input as (WireItem & { id?: string; type: string })[]).entries()) {
    if (each.type as string !== "item_reference") {
      items.push(createdItem({ ...each, id: each.id ?? random.id("item") }));
      continue;
    }
    const found = conversation.find(each.id!);
    if (!found) return { fault: errors.unknownReference(`response.input[${index}].id`, each.id!) };
    items.push(found);
  }
  return { items };
}
