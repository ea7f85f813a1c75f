import { bytesFromBase64, bytesToBase64 } from "../audio/base64.ts";
import { type AudioFormat, bytesPerMs } from "../audio/codec.ts";
import { errors } from "./error-texts.ts";
import type { Recording } from "./input-buffer.ts";
import type { ApiError, ServerEvent, WireItem } from "./wire.ts";
import type { Heard } from "./vad.ts";

/** One item of the conversation: what is shown of it, and what the server knows beside that. */
export interface Item {
  readonly id: string;
  shown: WireItem;
  /** The item's audio, the caller's or the agent's. */
  audio?: ItemAudio;
  /** Spoken by the model in this session: only such an item can be truncated. */
  readonly byModel?: boolean;
  /** What was not heard has been removed. */
  truncated?: boolean;
  /** Left out of the model's context for good, as the conversation had grown too long. */
  forgotten?: boolean;
  readonly heard?: Heard;
}

export interface ItemAudio {
  readonly format: AudioFormat;
  /** The length that the server believes in, ms. */
  ms: number;
  /** Absent where too much was kept already. */
  bytes?: Uint8Array[];
}

/** Audio kept for conversation.item.retrieve, per session; the oldest goes first. */
const KEPT_BYTES = 4 * 1024 * 1024;

/** The default conversation: its items in order, and what a client may do with them. */
export class Conversation {
  readonly id: string;
  readonly #send: (event: ServerEvent) => void;
  #items: Item[] = [];

  constructor(id: string, send: (event: ServerEvent) => void) {
    this.id = id;
    this.#send = send;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  get lastId(): string | null {
    return this.#items.at(-1)?.id ?? null;
  }

  find(id: string): Item | undefined {
    return this.#items.find((item) => item.id === id);
  }

  /** Appends an item and says so. Its `conversation.item.done` comes when it is finished. */
  append(item: Item): void {
    this.#insert(item, this.#items.length);
  }

  /** Tells that an item will not change any more. */
  finished(item: Item): void {
    this.#send({
      type: "conversation.item.done",
      previous_item_id: this.#before(item.id),
      item: item.shown,
    } as ServerEvent);
  }

  /** The caller's turn becomes an item. */
  appendRecording(id: string, recording: Recording): Item {
    const { format, ms, bytes, heard } = recording;
    const item: Item = {
      id,
      shown: {
        id,
        type: "message",
        status: "completed",
        role: "user",
        content: [{ type: "input_audio", transcript: null }],
      },
      audio: { format, ms, bytes: [bytes] },
      heard,
    };
    this.append(item);
    this.finished(item);
    return item;
  }

  /** conversation.item.create, its shape already checked. */
  create(shown: WireItem & { id: string }, previousId: string | null | undefined): ApiError | undefined {
    if (this.find(shown.id)) return errors.duplicateItem(shown.id);
    const after = previousId && previousId !== "root"
      ? this.#items.findIndex((each) => each.id === previousId)
      : -1;
    if (previousId && previousId !== "root" && after < 0) return errors.unknownPrevious(previousId);
    if (shown.type === "function_call_output" && !this.#called(shown.call_id)) {
      return errors.unknownCall(shown.call_id);
    }
    const item = createdItem(shown);
    this.#insert(item, previousId ? after + 1 : this.#items.length);
    this.finished(item);
  }

  retrieve(id: string): ApiError | undefined {
    const item = this.find(id);
    if (!item) return errors.unknownItem("retrieving", id);
    this.#send({ type: "conversation.item.retrieved", item: withAudio(item) } as ServerEvent);
  }

  delete(id: string): ApiError | undefined {
    if (!this.find(id)) return errors.unknownItem("deleting", id);
    this.#items = this.#items.filter((item) => item.id !== id);
    this.#send({ type: "conversation.item.deleted", item_id: id });
  }

  /** Forgets what the caller did not hear: the audio after `endMs`, and the transcript with it. */
  truncate(id: string, contentIndex: number, endMs: number): ApiError | undefined {
    const item = this.find(id);
    if (!item) return errors.unknownItem("truncating", id);
    // At 0 ms a live session answers as for an item without audio: delete it instead.
    if (!item.byModel || !item.audio || item.audio.ms <= 0 || endMs === 0) return errors.notModelAudio();
    if (contentIndex !== 0) {
      return errors.invalidValue("content_index", "Invalid content_index: no such content part.");
    }
    const hasMs = Math.floor(item.audio.ms);
    if (endMs > hasMs) return errors.alreadyShorter(hasMs, endMs);
    item.audio.ms = endMs;
    item.truncated = true;
    if (item.audio.bytes) {
      item.audio.bytes = [joined(item.audio.bytes, endMs * bytesPerMs(item.audio.format))];
    }
    if (item.shown.type === "message") {
      item.shown = { ...item.shown, content: [{ type: "output_audio" }] } as WireItem;
    }
    this.#send({
      type: "conversation.item.truncated",
      item_id: id,
      content_index: contentIndex,
      audio_end_ms: endMs,
    });
  }

  /** Lets go of the audio: the session is over, or too much has been kept. */
  release(keepBytes = 0): void {
    let kept = 0;
    for (const item of this.#items.toReversed()) {
      kept += item.audio?.bytes?.reduce((sum, chunk) => sum + chunk.length, 0) ?? 0;
      if (kept > keepBytes) delete item.audio?.bytes;
    }
  }

  #insert(item: Item, index: number): void {
    this.#items.splice(index, 0, item);
    this.release(KEPT_BYTES);
    this.#send({
      type: "conversation.item.added",
      previous_item_id: this.#before(item.id),
      item: item.shown,
    } as ServerEvent);
  }

  #before(id: string): string | null {
    const index = this.#items.findIndex((item) => item.id === id);
    return this.#items[(index < 0 ? this.#items.length : index) - 1]?.id ?? null;
  }

  #called(callId: string): boolean {
    return this.#items.some(({ shown }) => shown.type === "function_call" && shown.call_id === callId);
  }
}

/** An item made by the client: always complete, and its audio kept aside from what is shown. */
export function createdItem(asked: WireItem & { id: string }): Item {
  const { object: _, ...rest } = asked as typeof asked & { object?: unknown };
  const shown = { ...rest, status: "completed" } as unknown as WireItem;
  if (shown.type !== "message") return { id: asked.id, shown };
  let audio: ItemAudio | undefined;
  const content = (shown.content as { type?: string; audio?: string; transcript?: string | null }[]).map(
    (part) => {
      if (part.type !== "input_audio") return part;
      const bytes = bytesFromBase64(part.audio!)!.slice();
      audio = { format: "pcm", ms: bytes.length / bytesPerMs("pcm"), bytes: [bytes] };
      return { type: "input_audio", transcript: part.transcript ?? null };
    },
  );
  return { id: asked.id, shown: { ...shown, content } as WireItem, ...(audio && { audio }) };
}

/** What conversation.item.retrieved shows: the item with its audio in base64. */
function withAudio({ shown, audio }: Item): WireItem {
  if (shown.type !== "message" || !audio?.bytes) return shown;
  const format = { pcm: "pcm16", pcmu: "g711_ulaw", pcma: "g711_alaw" }[audio.format];
  const content = (shown.content as { type?: string }[]).map((part) =>
    part.type?.endsWith("_audio") ? { ...part, audio: bytesToBase64(joined(audio.bytes!)), format } : part
  );
  return { ...shown, content } as WireItem;
}

function joined(chunks: readonly Uint8Array[], limit = Infinity): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all.slice(0, Math.min(limit, all.length));
}
