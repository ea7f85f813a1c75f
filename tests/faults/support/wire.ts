import { bytesFromBase64 } from "../../../lib/audio/base64.ts";
import { decodeMulaw } from "../../../lib/audio/g711.ts";
import type { ModelSocket } from "../../../lib/simulator/simulator.ts";
import { joined } from "../../support/sound.ts";
import { marksIn } from "./marks.ts";

/** An item of the agent's as far as its audio reached the call. */
export interface ReceivedItem {
  readonly itemId: string;
  samples: Int16Array;
  /** The model has said that there is no more of it. */
  done: boolean;
}

/** One of the call's sockets to the model, and what went through it as the call saw it. G.711 mu-law both ways. */
export interface Wire {
  readonly socket: ModelSocket;
  /** Numbers of the caller's frames, in the order in which they were sent. */
  readonly sent: number[];
  /** When the first of them was sent. */
  sentFromMs: number;
  /** Frames sent that no caller spoke, apart from the silence that fills gaps. */
  unknownFrames: number;
  /** In the order of their first audio. */
  readonly items: Map<string, ReceivedItem>;
  /** When it was closed, by whichever side. */
  endedAtMs: number;
  /** Codes of error events. */
  readonly errors: string[];
  /** Texts of `response.create` with instructions of its own. */
  readonly asked: { readonly text: string; readonly atMs: number }[];
}

const APPEND = '{"type":"input_audio_buffer.append","audio":"';

/** Stands between a call and a socket, and notes what passes. */
export function wireOf(inner: ModelSocket, now: () => number, onEvent: (type: string) => void): Wire {
  const onHandled = (type: string) => () => onEvent(type);
  const wire: Wire = {
    socket: new Tap(inner, {
      sent: (text) => sent(wire, text, now()),
      received: (data) => onHandled(received(wire, data)),
      ended: () => wire.endedAtMs = Math.min(wire.endedAtMs, now()),
    }),
    sent: [],
    sentFromMs: Infinity,
    unknownFrames: 0,
    items: new Map(),
    endedAtMs: Infinity,
    errors: [],
    asked: [],
  };
  return wire;
}

function sent(wire: Wire, text: string, atMs: number): void {
  if (text.startsWith(APPEND)) return frames(wire, text.slice(APPEND.length, -2), atMs);
  const event = JSON.parse(text);
  if (event.type === "response.create") {
    wire.asked.push({ text: event.response?.instructions ?? "", atMs });
  }
}

function frames(wire: Wire, base64: string, atMs: number): void {
  for (const mark of marksIn(base64)) {
    if (wire.sent.length === 0) wire.sentFromMs = atMs;
    if (Number.isNaN(mark)) wire.unknownFrames++;
    else wire.sent.push(mark);
  }
}

/** Returns the event's type. */
function received(wire: Wire, data: unknown): string {
  const event = read(data);
  const type = String(event?.type);
  if (type === "error") wire.errors.push(String(event.error?.code ?? event.error?.type));
  if (type !== "response.output_audio.delta" && type !== "response.output_audio.done") return type;
  const { item_id: itemId } = event;
  const item = wire.items.get(itemId) ?? { itemId, samples: new Int16Array(0), done: false };
  wire.items.set(itemId, item);
  const bytes = typeof event.delta === "string" ? bytesFromBase64(event.delta) : undefined;
  if (type === "response.output_audio.done") item.done = true;
  else if (bytes) item.samples = joined([item.samples, decodeMulaw(bytes)]);
  return type;
}

// deno-lint-ignore no-explicit-any
function read(data: unknown): any {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}

interface Passing {
  sent(text: string): void;
  /** Returns what is done when the call has handled it. */
  received(data: unknown): () => void;
  ended(): void;
}

/** A socket that tells of what passes it. */
class Tap implements ModelSocket {
  readonly #inner: ModelSocket;
  readonly #passing: Passing;
  onmessage: ModelSocket["onmessage"] = null;
  onclose: ModelSocket["onclose"] = null;

  constructor(inner: ModelSocket, passing: Passing) {
    this.#inner = inner;
    this.#passing = passing;
    inner.onmessage = (message) => {
      const handled = passing.received(message.data);
      this.onmessage?.call(inner as WebSocket, message);
      handled();
    };
    inner.onclose = (event) => {
      passing.ended();
      this.onclose?.call(inner as WebSocket, event);
    };
  }

  get readyState() {
    return this.#inner.readyState;
  }
  get bufferedAmount() {
    return this.#inner.bufferedAmount;
  }
  get binaryType() {
    return this.#inner.binaryType;
  }
  set binaryType(type) {
    this.#inner.binaryType = type;
  }
  get onopen() {
    return this.#inner.onopen;
  }
  set onopen(handler) {
    this.#inner.onopen = handler;
  }
  get onerror() {
    return this.#inner.onerror;
  }
  set onerror(handler) {
    this.#inner.onerror = handler;
  }
  send(data: Parameters<ModelSocket["send"]>[0]): void {
    this.#inner.send(data);
    // What a socket that is closing takes is gone.
    if (this.#inner.readyState === WebSocket.OPEN) this.#passing.sent(String(data));
  }
  close(code?: number, reason?: string): void {
    this.#passing.ended();
    this.#inner.close(code, reason);
  }
}
