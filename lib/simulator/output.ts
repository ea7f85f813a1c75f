import { bytesToBase64 } from "../audio/base64.ts";
import { type AudioFormat, bytesPerMs } from "../audio/codec.ts";
import type { Conversation, Item } from "./conversation.ts";
import type { Random } from "./ids.ts";
import type { Phase, ServerEvent, WireItem } from "./wire.ts";

/** Where an output item belongs. */
export interface Place {
  readonly send: (event: ServerEvent) => void;
  readonly random: Random;
  readonly responseId: string;
  readonly outputIndex: number;
  /** Absent for an out-of-band response, whose items enter no conversation. */
  readonly conversation: Conversation | undefined;
}

/** One output item in the making. `end` sends everything that closes it, in the recorded order. */
export interface Writer {
  readonly item: Item;
  /** The next words: of the transcript, of the text, or of the arguments. */
  text(delta: string): void;
  end(status: "completed" | "incomplete"): void;
}

export interface SpeechWriter extends Writer {
  /** @param lost counted, but never sent: a fault */
  audio(bytes: Uint8Array, lost?: boolean): void;
}

/** Begins a spoken message. */
export function speak(
  place: Place,
  format: AudioFormat,
  phase: Phase | undefined,
  shorterMs = 0,
): SpeechWriter {
  const item = message(place, phase, { ms: -shorterMs, format, bytes: [] });
  const at = begin(place, item);
  const ids = { ...at, content_index: 0 };
  let transcript = "";
  place.send({ type: "response.content_part.added", ...ids, part: { type: "audio", transcript: "" } });
  return {
    item,
    text(delta) {
      transcript += delta;
      const obfuscation = place.random.obfuscation();
      place.send({ type: "response.output_audio_transcript.delta", ...ids, delta, obfuscation });
    },
    audio(bytes, lost = false) {
      if (!item.truncated) {
        item.audio!.ms += bytes.length / bytesPerMs(format);
        item.audio!.bytes?.push(bytes);
      }
      if (!lost) place.send({ type: "response.output_audio.delta", ...ids, delta: bytesToBase64(bytes) });
    },
    end(status) {
      place.send({ type: "response.output_audio.done", ...ids });
      place.send({ type: "response.output_audio_transcript.done", ...ids, transcript });
      place.send({ type: "response.content_part.done", ...ids, part: { type: "audio", transcript } });
      finish(place, at, item, { status, content: [{ type: "output_audio", transcript }] });
    },
  };
}

/** Begins a written message. */
export function write(place: Place, phase: Phase | undefined): Writer {
  const item = message(place, phase);
  const at = begin(place, item);
  const ids = { ...at, content_index: 0 };
  let text = "";
  place.send({ type: "response.content_part.added", ...ids, part: { type: "text", text: "" } });
  return {
    item,
    text(delta) {
      text += delta;
      place.send({
        type: "response.output_text.delta",
        ...ids,
        delta,
        obfuscation: place.random.obfuscation(),
      });
    },
    end(status) {
      place.send({ type: "response.output_text.done", ...ids, text });
      place.send({ type: "response.content_part.done", ...ids, part: { type: "text", text } });
      finish(place, at, item, { status, content: [{ type: "output_text", text }] });
    },
  };
}

/** Begins a function call. */
export function call(place: Place, name: string): Writer {
  const id = place.random.id("item");
  const callId = place.random.id("call");
  const item: Item = {
    id,
    shown: { id, type: "function_call", status: "in_progress", name, call_id: callId, arguments: "" },
    byModel: true,
  };
  const at = begin(place, item);
  const ids = { ...at, call_id: callId };
  let json = "";
  return {
    item,
    text(delta) {
      json += delta;
      const obfuscation = place.random.obfuscation();
      place.send({ type: "response.function_call_arguments.delta", ...ids, delta, obfuscation });
    },
    end(status) {
      place.send({ type: "response.function_call_arguments.done", ...ids, name, arguments: json });
      finish(place, at, item, { status, arguments: json });
    },
  };
}

function message(place: Place, phase: Phase | undefined, audio?: Item["audio"]): Item {
  const id = place.random.id("item");
  return {
    id,
    shown: {
      id,
      type: "message",
      status: "in_progress",
      role: "assistant",
      ...(phase && { phase }),
      content: [],
    },
    byModel: true,
    ...(audio && { audio }),
  };
}

function begin(place: Place, item: Item) {
  const { responseId: response_id, outputIndex: output_index } = place;
  place.send({
    type: "response.output_item.added",
    response_id,
    output_index,
    item: item.shown,
  } as ServerEvent);
  place.conversation?.append(item);
  return { response_id, item_id: item.id, output_index };
}

function finish(
  place: Place,
  at: { response_id: string; output_index: number },
  item: Item,
  last: { status: string; content?: unknown; arguments?: string },
): void {
  const whole = { ...item.shown, ...last } as WireItem;
  // A client that truncated the item while it grew has had its transcript removed already.
  item.shown = item.truncated ? { ...item.shown, status: last.status } as WireItem : whole;
  // An interrupted item is closed without this event, as the API's description of interruptions has it.
  if (last.status === "completed" && place.conversation?.find(item.id)) place.conversation.finished(item);
  place.send({
    type: "response.output_item.done",
    response_id: at.response_id,
    output_index: at.output_index,
    item: whole,
  } as ServerEvent);
}
