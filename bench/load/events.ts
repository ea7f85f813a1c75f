/** Events of the Realtime API as the real server sends them, in its order of keys and with its extras. */

let count = 0;
const event = (type: string, fields: object) =>
  JSON.stringify({ type, event_id: `event_${String(++count).padStart(20, "0")}`, ...fields });

export const sessionCreated = () =>
  event("session.created", { session: { type: "realtime", object: "realtime.session", id: "sess_bench" } });

export const sessionUpdated = (session: object) =>
  event("session.updated", { session: { object: "realtime.session", id: "sess_bench", ...session } });

export const truncated = (fields: { item_id: unknown; content_index: unknown; audio_end_ms: unknown }) =>
  event("conversation.item.truncated", fields);

/** Ids of one turn: what the caller says and what the agent answers. */
export interface Turn {
  readonly heard: string;
  readonly response: string;
  readonly item: string;
  readonly words: string;
}

export const turn = (name: string, words: string): Turn => ({
  heard: `item_heard_${name}`,
  response: `resp_bench_${name}`,
  item: `item_bench_${name}`,
  words,
});

export const speechStarted = ({ heard }: Turn) =>
  event("input_audio_buffer.speech_started", { audio_start_ms: 1236, item_id: heard });

/** The caller is silent: the turn is committed, an answer is created. */
export function callerDone(turn: Turn): string[] {
  const item = {
    id: turn.heard,
    type: "message",
    status: "completed",
    role: "user",
    content: [{ type: "input_audio", transcript: null }],
  };
  return [
    event("input_audio_buffer.speech_stopped", { audio_end_ms: 3808, item_id: turn.heard }),
    event("input_audio_buffer.committed", { previous_item_id: null, item_id: turn.heard }),
    event("conversation.item.added", { previous_item_id: null, item }),
    event("conversation.item.done", { previous_item_id: null, item }),
    ...answerBegins(turn, null),
  ];
}

export const callerTranscribed = ({ heard }: Turn) =>
  event("conversation.item.input_audio_transcription.completed", {
    item_id: heard,
    content_index: 0,
    transcript: "Could you tell me when you are open?",
    logprobs: null,
    usage: { type: "duration", seconds: 2 },
  });

/** A response is created and has its item. */
export function answerBegins({ response, item }: Turn, metadata: unknown): string[] {
  const message = { id: item, type: "message", status: "in_progress", role: "assistant", content: [] };
  return [
    event("response.created", { response: responseOf(response, "in_progress", [], metadata) }),
    event("response.output_item.added", { response_id: response, output_index: 0, item: message }),
    event("conversation.item.added", { previous_item_id: null, item: message }),
    event("response.content_part.added", {
      ...placeOf(response, item),
      part: { type: "audio", transcript: "" },
    }),
  ];
}

/** Audio, and the words that belong to it. */
export const answerDelta = ({ response, item }: Turn, words: string, base64: string): string[] => [
  event("response.output_audio_transcript.delta", {
    ...placeOf(response, item),
    delta: words,
    obfuscation: "LBqdwEYsSEHbF",
  }),
  event("response.output_audio.delta", { ...placeOf(response, item), delta: base64 }),
];

/** An answer that was generated to its end. */
export function answerDone({ response, item, words }: Turn, metadata: unknown): string[] {
  const place = placeOf(response, item);
  const message = {
    id: item,
    type: "message",
    status: "completed",
    role: "assistant",
    content: [{ type: "output_audio", transcript: words }],
  };
  return [
    event("response.output_audio.done", place),
    event("response.output_audio_transcript.done", { ...place, transcript: words }),
    event("response.content_part.done", { ...place, part: { type: "audio", transcript: words } }),
    event("conversation.item.done", { previous_item_id: null, item: message }),
    event("response.output_item.done", { response_id: response, output_index: 0, item: message }),
    event("response.done", { response: responseOf(response, "completed", [message], metadata) }),
    event("rate_limits.updated", {
      rate_limits: [{ name: "tokens", limit: 40_000, remaining: 38_490, reset_seconds: 2.265 }],
    }),
  ];
}

/** An answer that the caller broke off. */
export const answerCancelled = ({ response }: Turn): string =>
  event("response.done", {
    response: {
      ...responseOf(response, "cancelled", [], null),
      status_details: { type: "cancelled", reason: "turn_detected" },
    },
  });

const placeOf = (response_id: string, item_id: string) => ({
  response_id,
  item_id,
  output_index: 0,
  content_index: 0,
});

const responseOf = (id: string, status: string, output: readonly object[], metadata: unknown) => ({
  object: "realtime.response",
  id,
  status,
  status_details: null,
  output,
  conversation_id: "conv_bench",
  output_modalities: ["audio"],
  max_output_tokens: "inf",
  usage: null,
  metadata,
});
