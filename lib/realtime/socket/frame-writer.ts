import { applyMask, nextMaskingKey } from "./masking.ts";
import { TEXT } from "./opcodes.ts";

/** What a buffer begins with: a 20 ms frame of a caller in PCM16 fits. */
const SMALL_BYTES = 2048;
/** A buffer that grew beyond is not kept. */
const KEPT_BYTES = 16_384;

/** One piece of memory, as bytes and as words. */
interface Memory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Uint32Array;
}

function allocate(bytes: number): Memory {
  const buffer = new ArrayBuffer(bytes + 3 & ~3);
  return { bytes: new Uint8Array(buffer), words: new Uint32Array(buffer) };
}

/** Bytes of a masked frame's head. */
function headBytes(payloadBytes: number): number {
  return payloadBytes < 126 ? 6 : payloadBytes < 65_536 ? 8 : 14;
}

const encoder = new TextEncoder();
const nothing = new Uint8Array(0);

/**
 * A client's frames, masked and lined up to be written. Two buffers change places, one that fills and one that leaves,
 * so that nothing is allocated for a frame. The queue has no bound of its own: `bytes` tells its owner.
 */
export class FrameWriter {
  #filling = allocate(SMALL_BYTES);
  #leaving = allocate(SMALL_BYTES);
  #filled = 0;
  readonly #nextKey: () => number;

  constructor(nextKey: () => number = nextMaskingKey) {
    this.#nextKey = nextKey;
  }

  /** Lined up and not yet taken. */
  get bytes(): number {
    return this.#filled;
  }

  /** Lines up a text message. Halves of surrogate pairs are sent as U+FFFD. */
  text(data: string): void {
    const start = this.#filled;
    const expected = headBytes(data.length);
    this.#makeRoom(start, expected + data.length);
    const payloadBytes = this.#encode(data, start + expected);
    const head = headBytes(payloadBytes);
    if (head > expected) {
      // Longer in UTF-8 than in characters, over one of the limits.
      const end = start + expected + payloadBytes;
      this.#makeRoom(end, head - expected);
      this.#filling.bytes.copyWithin(start + head, start + expected, end);
    }
    this.#finish(start, TEXT, head, payloadBytes);
  }

  /** Lines up a close, ping or pong, behind the messages that wait. */
  control(opcode: number, payload: Uint8Array = nothing): void {
    const start = this.#filled;
    const head = headBytes(payload.length);
    this.#makeRoom(start, head + payload.length);
    this.#filling.bytes.set(payload, start + head);
    this.#finish(start, opcode, head, payload.length);
  }

  /** Forgets what was not taken. */
  clear(): void {
    this.#filled = 0;
  }

  /** All that waits, valid until the next `take`; undefined if nothing does. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#filled === 0) return undefined;
    const full = this.#filling;
    this.#filling = this.#leaving.bytes.length > KEPT_BYTES ? allocate(SMALL_BYTES) : this.#leaving;
    this.#leaving = full;
    const taken = full.bytes.subarray(0, this.#filled);
    this.#filled = 0;
    return taken;
  }

  /** Sees to it that `more` bytes fit behind the first `kept`, which stay. */
  #makeRoom(kept: number, more: number): void {
    const { bytes } = this.#filling;
    if (kept + more <= bytes.length) return;
    this.#filling = allocate(Math.max(kept + more, 2 * bytes.length));
    this.#filling.bytes.set(bytes.subarray(0, kept));
  }

  /** Room for as many bytes as `data` has characters is there: enough if they are ASCII. @returns bytes */
  #encode(data: string, at: number): number {
    const { read, written } = encoder.encodeInto(data, this.#filling.bytes.subarray(at));
    if (read === data.length) return written;
    const rest = data.slice(read);
    this.#makeRoom(at + written, 3 * rest.length);
    return written + encoder.encodeInto(rest, this.#filling.bytes.subarray(at + written)).written;
  }

  /** Writes the head in front of the payload that is there, and masks that. */
  #finish(start: number, opcode: number, head: number, payloadBytes: number): void {
    const { bytes, words } = this.#filling;
    const key = this.#nextKey();
    bytes[start] = 0x80 | opcode;
    if (head === 6) bytes[start + 1] = 0x80 | payloadBytes;
    else {
      bytes[start + 1] = 0x80 | (head === 8 ? 126 : 127);
      let rest = payloadBytes;
      for (let at = start + head - 5; at > start + 1; at--) {
        bytes[at] = rest;
        rest = Math.floor(rest / 256);
      }
    }
    const payload = start + head;
    for (let byte = 0; byte < 4; byte++) bytes[payload - 4 + byte] = key >>> 8 * byte;
    this.#filled = payload + payloadBytes;
    applyMask(bytes, words, payload, this.#filled, key);
  }
}
