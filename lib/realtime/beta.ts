import type { RealtimeClientEvent, RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import { type Fields, fields, isFields, list } from "./json.ts";

const FORMATS: ReadonlyMap<unknown, string> = new Map([
  ["audio/pcm", "pcm16"],
  ["audio/pcmu", "g711_ulaw"],
  ["audio/pcma", "g711_alaw"],
]);

/**
 * An event in the words that the API had before it was generally available. OpenAI and Azure have given them up; some
 * servers that stand in for them have not. What has no word there is left out.
 * https://platform.openai.com/docs/guides/realtime#beta-to-ga-migration
 */
export function inBetaWords(event: RealtimeClientEvent): Fields {
  switch (event.type) {
    case "session.update":
      return { ...event, session: sessionWords(event.session as RealtimeSessionCreateRequest) };
    case "response.create": {
      const { output_modalities, max_output_tokens, audio: _, ...rest } = event.response ?? {};
      return {
        ...event,
        response: {
          ...rest,
          ...(output_modalities === undefined ? {} : { modalities: modalities(output_modalities) }),
          ...(max_output_tokens === undefined ? {} : { max_response_output_tokens: max_output_tokens }),
        },
      };
    }
    case "conversation.item.create": {
      const item = fields(event.item);
      if (item.role !== "assistant") return { ...event };
      const content = list(item.content).map((part) =>
        isFields(part) && part.type === "output_text" ? { ...part, type: "text" } : part
      );
      return { ...event, item: { ...item, content } };
    }
  }
  return { ...event };
}

function sessionWords(session: RealtimeSessionCreateRequest): Fields {
  const { instructions, tools, tool_choice, output_modalities, max_output_tokens, audio } = session;
  const { input, output } = { input: audio?.input, output: audio?.output };
  const voice = output?.voice;
  const words: Fields = {
    instructions,
    tools,
    tool_choice,
    modalities: output_modalities && modalities(output_modalities),
    max_response_output_tokens: max_output_tokens,
    input_audio_format: FORMATS.get(input?.format?.type),
    output_audio_format: FORMATS.get(output?.format?.type),
    input_audio_noise_reduction: input?.noise_reduction,
    input_audio_transcription: input?.transcription,
    turn_detection: input?.turn_detection,
    voice: isFields(voice) ? voice.id : voice,
    speed: output?.speed,
  };
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
}

/** What is spoken was always written as well. */
function modalities(given: readonly string[]): readonly string[] {
  return given.includes("audio") ? ["audio", "text"] : given;
}
