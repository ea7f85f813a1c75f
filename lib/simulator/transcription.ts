import type { Item } from "./conversation.ts";
import type { Model } from "./model.ts";
import { callerTokens, textTokens } from "./usage.ts";
import type { Heard } from "./vad.ts";
import { words } from "./voice.ts";
import type { ServerEvent } from "./wire.ts";

/** What the side model makes of the caller's words. Asked at the end of each turn, in the order of the turns. */
export type Transcribe = (heard: Heard) => string;

/** No recogniser is here, so the text says what is known. */
export const seconds: Transcribe = ({ speechMs }) => `(${(speechMs / 1000).toFixed(1)} s of speech)`;

/** Models billed by time; the others by tokens. */
const BY_TIME = ["whisper-1", "gpt-transcribe", "gpt-live-transcribe", "gpt-realtime-whisper"];

/** Transcribes a turn of the caller if the session asks for it: some time later, beside everything else. */
export function transcribe(model: Model, item: Item, text: Transcribe): void {
  if (!model.config().audio.input.transcription) return;
  const { faults, pace, random, clock } = model;
  if (faults.transcription === "missing") return;
  const laterMs = random.between(pace.transcriptionMs) + random.between(faults.transcriptionDelayMs ?? 0);
  const transcript = text(item.heard!);
  clock.after(laterMs, () => {
    if (faults.transcription === "failed") fail(model, item.id);
    else complete(model, item, transcript);
  });
}

function fail(model: Model, itemId: string): void {
  model.send({
    type: "conversation.item.input_audio_transcription.failed",
    item_id: itemId,
    content_index: 0,
    error: {
      type: "transcription_error",
      code: "audio_unintelligible",
      message: "The audio could not be transcribed.",
      param: null,
    },
  });
}

function complete(model: Model, item: Item, transcript: string): void {
  const config = model.config();
  const name = config.audio.input.transcription?.model ?? "whisper-1";
  const ids = { item_id: item.id, content_index: 0 };
  const parts = name === "whisper-1" ? [transcript] : words(transcript);
  const logprobs = (text: string) =>
    config.include ? [{ token: text, logprob: -0.1, bytes: [...new TextEncoder().encode(text)] }] : null;
  for (const delta of parts) {
    model.send({
      type: "conversation.item.input_audio_transcription.delta",
      ...ids,
      delta,
      logprobs: logprobs(delta),
      obfuscation: model.random.obfuscation(),
    });
  }
  if (item.shown.type === "message") {
    item.shown = { ...item.shown, content: [{ type: "input_audio", transcript }] } as Item["shown"];
  }
  model.send({
    type: "conversation.item.input_audio_transcription.completed",
    ...ids,
    transcript,
    logprobs: logprobs(transcript),
    usage: usage(name, item.audio!.ms, transcript),
  } as ServerEvent);
}

function usage(name: string, ms: number, transcript: string) {
  if (BY_TIME.includes(name)) return { type: "duration", seconds: Math.ceil(ms / 1000) };
  const audio = callerTokens(ms);
  const output = textTokens(transcript);
  return {
    type: "tokens",
    total_tokens: audio + output,
    input_tokens: audio,
    input_token_details: { text_tokens: 0, audio_tokens: audio },
    output_tokens: output,
  };
}
