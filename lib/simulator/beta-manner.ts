import type { Manner } from "./manner.ts";
import type { SentEvent } from "./outbox.ts";
import { isObject } from "./rules.ts";
import type { SessionConfig } from "./session-config.ts";
import type { ClientEvent } from "./wire.ts";

const FORMATS = { "audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw" } as const;
const formatNamed = (name: unknown) => {
  const type = Object.entries(FORMATS).find(([, former]) => former === name)?.[0];
  return type === "audio/pcm" ? { type, rate: 24_000 } : { type };
};

const NAMES: Readonly<Record<string, string>> = {
  "response.output_audio.delta": "response.audio.delta",
  "response.output_audio.done": "response.audio.done",
  "response.output_audio_transcript.delta": "response.audio_transcript.delta",
  "response.output_audio_transcript.done": "response.audio_transcript.done",
  "conversation.item.added": "conversation.item.created",
};

/**
 * A server that speaks as the API did before it was generally available, in both directions, and gives no metadata back.
 * @param isStrict whether it refuses a session.update of today, or takes of it what it knows and confirms that
 */
export function betaManner(isStrict: boolean): Manner {
  return {
    refuses({ type, session, event_id }) {
      if (!isStrict || type !== "session.update" || !isObject(session) || !("type" in session)) {
        return undefined;
      }
      const param = "session.type";
      const message = `Unknown parameter: '${param}'.`;
      return {
        type: "invalid_request_error",
        code: "unknown_parameter",
        message,
        param,
        event_id: event_id ?? null,
      };
    },
    hears,
    says,
  };
}

function hears(event: ClientEvent): ClientEvent {
  if (event.type === "session.update" && isObject(event.session)) {
    const { session } = event;
    if ("type" in session) {
      const { type, instructions, tools } = session;
      return {
        ...event,
        session: { type, ...(instructions ? { instructions } : {}), ...(tools ? { tools } : {}) },
      };
    }
    return { ...event, session: sessionOf(session) };
  }
  if (event.type === "response.create" && isObject(event.response)) {
    const { modalities, max_response_output_tokens: most, metadata: _, ...rest } = event.response;
    return {
      ...event,
      response: {
        ...rest,
        ...(Array.isArray(modalities) ? { output_modalities: modalitiesOf(modalities) } : {}),
        ...(most === undefined ? {} : { max_output_tokens: most }),
      },
    };
  }
  if (event.type === "conversation.item.create" && isObject(event.item) && event.item.role === "assistant") {
    const content = (event.item.content as Record<string, unknown>[]).map((part) => ({
      ...part,
      type: "output_text",
    }));
    return { ...event, item: { ...event.item, content } };
  }
  return event;
}

function sessionOf(flat: Record<string, unknown>): Record<string, unknown> {
  const input = given({
    format: flat.input_audio_format === undefined ? undefined : formatNamed(flat.input_audio_format),
    transcription: flat.input_audio_transcription,
    noise_reduction: flat.input_audio_noise_reduction,
    turn_detection: flat.turn_detection,
  });
  const output = given({
    format: flat.output_audio_format === undefined ? undefined : formatNamed(flat.output_audio_format),
    voice: flat.voice,
    speed: flat.speed,
  });
  return given({
    type: "realtime",
    instructions: flat.instructions,
    tools: flat.tools,
    tool_choice: flat.tool_choice,
    max_output_tokens: flat.max_response_output_tokens,
    output_modalities: Array.isArray(flat.modalities) ? modalitiesOf(flat.modalities) : undefined,
    audio: given({
      input: Object.keys(input).length > 0 ? input : undefined,
      output: Object.keys(output).length > 0 ? output : undefined,
    }),
  });
}

const modalitiesOf = (former: readonly unknown[]) => former.includes("audio") ? ["audio"] : ["text"];

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function says(event: SentEvent): readonly Record<string, unknown>[] {
  switch (event.type) {
    case "session.created":
    case "session.updated":
      return [{ type: event.type, event_id: event.event_id, session: flat(event.session as SessionConfig) }];
    case "conversation.item.done":
      return [];
    case "response.created":
    case "response.done": {
      const { metadata: _, conversation_id: _id, ...response } = event.response;
      return [{ ...event, response }];
    }
  }
  return [{ ...event, type: NAMES[event.type] ?? event.type }];
}

function flat(
  { id, model, instructions, tools, audio: { input, output } }: SessionConfig,
): Record<string, unknown> {
  return {
    id,
    object: "realtime.session",
    model,
    modalities: ["audio", "text"],
    instructions,
    tools,
    voice: output.voice,
    input_audio_format: FORMATS[input.format.type],
    output_audio_format: FORMATS[output.format.type],
    input_audio_transcription: input.transcription,
    turn_detection: input.turn_detection,
  };
}
