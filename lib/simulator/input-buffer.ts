import { bytesFromBase64 } from "../audio/base64.ts";
import { type AudioFormat, bytesPerMs } from "../audio/codec.ts";
import { decodeAlaw, decodeMulaw } from "../audio/g711.ts";
import type { SemanticVad, ServerVad } from "./session-config.ts";
import { dbfs, type Heard, powerOf, Vad, type VadEvent, type VadSettings } from "./vad.ts";

/** Audio taken out of the buffer, in the session's input format. */
export interface Recording {
  readonly format: AudioFormat;
  readonly bytes: Uint8Array;
  readonly ms: number;
  readonly heard: Heard;
}

/** How long semantic_vad waits after the last audible sound: a script, not a reading of the sentence. */
const SEMANTIC_STOP_MS = { low: 1500, medium: 900, auto: 900, high: 500 } as const;
export const SEMANTIC_PREFIX_MS = 300;
const SEMANTIC_THRESHOLD = 0.5;
/** While nobody speaks and the server looks for turns, older audio than this is let go, if nothing needs it. */
const KEPT_IN_SILENCE_MS = 3000;
/** The most that is kept for a commit; the oldest goes first. */
const KEPT_MS = 600_000;

/**
 * The caller's audio since the last commit, on a clock of its own: milliseconds of audio ever appended. With
 * turn detection it finds the caller's speech in it.
 */
export class InputBuffer {
  readonly #vad: Vad;
  #chunks: Uint8Array[] = [];
  /** Where the first kept byte and the end of what was committed or cleared stand on the clock. */
  #startMs = 0;
  #freeFromMs = 0;
  #endMs = 0;
  #format: AudioFormat = "pcm";

  /** @param onSpeech called from within append() */
  constructor(onSpeech: (event: VadEvent) => void) {
    this.#vad = new Vad(onSpeech);
  }

  /** Audio ever appended, ms. */
  get appendedMs(): number {
    return this.#endMs;
  }

  /** Audio not yet committed nor cleared, ms. */
  get pendingMs(): number {
    return this.#endMs - this.#freeFromMs;
  }

  /** The earliest point that the next item may begin at, ms. */
  get freeFromMs(): number {
    return this.#freeFromMs;
  }

  get speaking(): boolean {
    return this.#vad.speaking;
  }

  /** Audio that was not committed is lost when the format changes: it could not be told apart. */
  use(format: AudioFormat): void {
    if (format === this.#format) return;
    this.#format = format;
    this.#letGo(this.#endMs);
    this.#vad.reset(this.#endMs);
  }

  /** Stops looking for the speech under way. */
  forgetSpeech(): void {
    this.#vad.reset(this.#endMs);
  }

  /** Whether `base64` was audio in the buffer's format. */
  append(base64: string, turns: ServerVad | SemanticVad | null): boolean {
    const bytes = bytesFromBase64(base64)?.slice();
    if (!bytes?.length || (this.#format === "pcm" && bytes.length % 2 !== 0)) return false;
    this.#chunks.push(bytes);
    this.#endMs += bytes.length / bytesPerMs(this.#format);
    if (turns) {
      this.#vad.push(
        samplesOf(bytes, this.#format),
        this.#format === "pcm" ? 24000 : 8000,
        settingsOf(turns),
      );
    } else this.#vad.reset(this.#endMs);
    const keptMs = turns && !this.#vad.speaking ? neededMs(turns) : KEPT_MS;
    while (this.#endMs - this.#startMs - this.#chunkMs(0) > keptMs) this.#drop();
    return true;
  }

  /** Takes out what lies between the two points; what came before goes too. */
  take(fromMs: number, toMs: number, heard?: Heard): Recording {
    const unit = bytesPerMs(this.#format);
    const all = new Uint8Array(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    const align = (ms: number) => Math.max(0, Math.round((ms - this.#startMs) * unit / 2) * 2);
    const bytes = all.slice(align(fromMs), align(toMs));
    this.#letGo(toMs);
    const level = () => dbfs(powerOf(samplesOf(bytes, this.#format)));
    const ms = bytes.length / unit;
    return {
      format: this.#format,
      bytes,
      ms,
      heard: heard ?? { speechMs: ms, rmsDbfs: bytes.length ? level() : -96 },
    };
  }

  clear(): void {
    this.#letGo(this.#endMs);
    this.#vad.reset(this.#endMs);
  }

  #letGo(untilMs: number): void {
    this.#freeFromMs = Math.min(untilMs, this.#endMs);
    while (this.#chunks.length > 0 && this.#startMs + this.#chunkMs(0) <= this.#freeFromMs + 1e-6) {
      this.#drop();
    }
    if (this.#chunks.length === 0) this.#startMs = this.#endMs;
  }

  #drop(): void {
    this.#startMs += this.#chunkMs(0);
    this.#chunks.shift();
    this.#freeFromMs = Math.max(this.#freeFromMs, this.#startMs);
  }

  #chunkMs(index: number): number {
    return (this.#chunks[index]?.length ?? 0) / bytesPerMs(this.#format);
  }
}

/** The padding of the next turn, or the silence that becomes an item, may reach back so far. */
function neededMs(turns: ServerVad | SemanticVad): number {
  if (turns.type !== "server_vad") return KEPT_IN_SILENCE_MS;
  return Math.max(KEPT_IN_SILENCE_MS, turns.prefix_padding_ms + 500, turns.idle_timeout_ms ?? 0);
}

function settingsOf(turns: ServerVad | SemanticVad): VadSettings {
  if (turns.type === "server_vad") {
    return { threshold: turns.threshold, silenceMs: turns.silence_duration_ms };
  }
  return { threshold: SEMANTIC_THRESHOLD, silenceMs: SEMANTIC_STOP_MS[turns.eagerness] };
}

function samplesOf(bytes: Uint8Array, format: AudioFormat): Int16Array {
  if (format === "pcmu") return decodeMulaw(bytes);
  if (format === "pcma") return decodeAlaw(bytes);
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
}
