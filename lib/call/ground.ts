import { bytesToBase64 } from "../audio/base64.ts";
import { createUplink } from "../audio/codec.ts";
import { decodeMulaw } from "../audio/g711.ts";
import { type ResolvedInstructions, resolveInstructions } from "../persona/instructions.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { templateContext } from "../persona/template.ts";
import type { Config } from "../config.ts";
import { modelFor } from "../realtime/session.ts";
import type { CallGround, CallOptions } from "./call.ts";
import { Conversation } from "./conversation.ts";
import type { ConversationOptions } from "./conversation-options.ts";
import type { ModelSessionOptions } from "./model-session-options.ts";

/** What a conversation needs of its call. */
type Hooks = Pick<
  ConversationOptions,
  "startedMs" | "tell" | "onAudio" | "onFatal" | "handoff" | "end" | "log" | "onSpeech" | "onSpoken"
>;

/** What a session of the model needs to be a persona's. */
export function groundOf(
  options: CallGround,
  persona: LoadedPersona,
  hooks: Hooks,
): Pick<ModelSessionOptions, "persona" | "tools" | "converse"> {
  const { uuid, variables, config, toolsFor } = options;
  const { log } = hooks;
  const tools = toolsFor(persona);
  const facts = templateContext(persona, { uuid, variables, log, language: config.overrides.language });
  return {
    persona,
    tools,
    converse: (ground) =>
      new Conversation({
        ...options,
        ...ground,
        ...hooks,
        persona,
        tools,
        facts,
        model: modelFor(persona, config),
      }),
  };
}

/** A persona's text for this call. @param sources what may take the place of the persona's own */
export function instructionsOf(
  { uuid, variables, config: { overrides }, clock }: CallOptions,
  persona: LoadedPersona,
  sources: Config["instructions"],
  { log, signal }: { log: CallOptions["log"]; signal: AbortSignal },
): Promise<ResolvedInstructions> {
  return resolveInstructions(persona, { instructions: sources, overrides }, {
    uuid,
    variables,
    log,
    clock,
    signal,
  });
}

/** What makes G.711 mu-law at 8 kHz audio for a session, as base64. */
export function encoderOf({ config }: CallOptions): (mulaw: Uint8Array) => string {
  return (mulaw) => bytesToBase64(createUplink(config.audioFormat).encode(decodeMulaw(mulaw)));
}

/** What stays as it was when another persona goes on in the same session: the API can't change it, or the ear would hear it. */
const KEPT = ["model", "voice", "speed", "reasoning", "maxOutputTokens", "truncation"] as const;

/** A persona that goes on in the session of another, with what that one's session has for good. */
export function continued(from: LoadedPersona, to: LoadedPersona): LoadedPersona {
  const kept = Object.fromEntries(KEPT.flatMap((key) => from[key] === undefined ? [] : [[key, from[key]]]));
  const own = Object.entries(to).filter(([key]) => !KEPT.some((each) => each === key));
  return { ...Object.fromEntries(own), ...kept } as LoadedPersona;
}
