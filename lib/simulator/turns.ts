import { errors } from "./error-texts.ts";
import { InputBuffer, type Recording, SEMANTIC_PREFIX_MS } from "./input-buffer.ts";
import type { Model } from "./model.ts";
import type { ModelResponse } from "./response.ts";
import { audioFormat } from "./response-rules.ts";
import type { Responses } from "./responses.ts";
import { type Transcribe, transcribe } from "./transcription.ts";
import type { VadEvent } from "./vad.ts";
import type { ApiError } from "./wire.ts";

/** A manual commit needs at least this much audio. */
const COMMIT_MIN_MS = 100;

/** The caller's turns: what is heard becomes items, and items become responses. */
export class Turns {
  readonly buffer: InputBuffer;
  readonly #model: Model;
  readonly #responses: Responses;
  readonly #transcribe: Transcribe;
  #speech: { itemId: string; startMs: number } | undefined;
  #stopIdle: () => void = () => {};

  constructor(model: Model, responses: Responses, transcribe: Transcribe) {
    this.buffer = new InputBuffer((event) => this.#heard(event));
    this.#model = model;
    this.#responses = responses;
    this.#transcribe = transcribe;
  }

  /** The session's configuration may have changed. */
  configured(): void {
    const { format, turn_detection } = this.#model.config().audio.input;
    this.buffer.use(audioFormat(format));
    if (!turn_detection) {
      this.buffer.forgetSpeech();
      this.#speech = undefined;
    }
    if (this.#idleMs === null) this.#stopIdle();
  }

  append(base64: string): ApiError | undefined {
    const turns = this.#model.config().audio.input.turn_detection;
    if (!this.buffer.append(base64, turns)) return errors.invalidAudio("audio");
  }

  clear(): void {
    this.buffer.clear();
    this.#speech = undefined;
    this.#model.send({ type: "input_audio_buffer.cleared" });
  }

  /** The client ends the turn itself; no response follows by itself. */
  commit(): ApiError | undefined {
    const { buffer } = this;
    if (buffer.pendingMs < COMMIT_MIN_MS) return errors.bufferTooSmall(buffer.pendingMs);
    const itemId = this.#speech?.itemId ?? this.#model.random.id("item");
    const recording = buffer.take(buffer.freeFromMs, buffer.appendedMs);
    buffer.forgetSpeech();
    this.#speech = undefined;
    this.#commit(itemId, recording);
  }

  /** A response of the conversation is over: now the caller may be silent for so long. */
  answered(response: ModelResponse): void {
    this.#stopIdle();
    const idleMs = this.#idleMs;
    if (idleMs === null || this.#speech) return;
    this.#stopIdle = this.#model.clock.after(response.spokenMs + idleMs, () => this.#idle(idleMs));
  }

  get #idleMs(): number | null {
    const turns = this.#model.config().audio.input.turn_detection;
    return turns?.type === "server_vad" ? turns.idle_timeout_ms : null;
  }

  #heard(event: VadEvent): void {
    if (event.type === "started") this.#started(event.atMs);
    else this.#stopped(event);
  }

  #started(atMs: number): void {
    const turns = this.#model.config().audio.input.turn_detection!;
    const paddingMs = turns.type === "server_vad" ? turns.prefix_padding_ms : SEMANTIC_PREFIX_MS;
    const startMs = Math.max(this.buffer.freeFromMs, atMs - paddingMs);
    const itemId = this.#model.random.id("item");
    this.#speech = { itemId, startMs };
    this.#stopIdle();
    this.#model.send({
      type: "input_audio_buffer.speech_started",
      audio_start_ms: Math.round(startMs),
      item_id: itemId,
    });
    if (turns.interrupt_response) this.#responses.interrupt();
  }

  #stopped({ atMs, heard }: Extract<VadEvent, { type: "stopped" }>): void {
    const speech = this.#speech;
    if (!speech) return;
    this.#speech = undefined;
    const { send, fail } = this.#model;
    send({
      type: "input_audio_buffer.speech_stopped",
      audio_end_ms: Math.round(atMs),
      item_id: speech.itemId,
    });
    this.#commit(speech.itemId, this.buffer.take(speech.startMs, atMs, heard));
    if (!this.#model.config().audio.input.turn_detection?.create_response) return;
    const fault = this.#responses.create(undefined, { trigger: "vad", heard });
    if (fault) fail(fault);
  }

  #idle(idleMs: number): void {
    if (this.#responses.active) return;
    const { random, send } = this.#model;
    const endMs = this.buffer.appendedMs;
    const startMs = Math.max(this.buffer.freeFromMs, endMs - idleMs);
    const itemId = random.id("item");
    send({
      type: "input_audio_buffer.timeout_triggered",
      audio_start_ms: Math.round(startMs),
      audio_end_ms: Math.round(endMs),
      item_id: itemId,
    });
    this.#commit(itemId, this.buffer.take(startMs, endMs, { speechMs: 0, rmsDbfs: -96 }));
    this.#responses.create(undefined, { trigger: "idle" });
  }

  #commit(itemId: string, recording: Recording): void {
    const { conversation, send } = this.#model;
    send({ type: "input_audio_buffer.committed", previous_item_id: conversation.lastId, item_id: itemId });
    const item = conversation.appendRecording(itemId, recording);
    transcribe(this.#model, item, this.#transcribe);
  }
}
