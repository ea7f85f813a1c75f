import { applyMask, nextMaskingKey } from "./masking.ts";
import { TEXT } from "./opcodes.ts";

/** What a buffer begins with: a 20 ms frame of a caller in PCM16 fits. */
const SMALL_BYTES = 2048;
/** A buffer that grew beyond is not kept. */
const KEPT_BYTES = 16_384;

/** Buffers that wait for the next frame, whoever sends it: a few that stay in the processor's cache serve all sockets. */
const POOLED_MAX = 64;
const pool: Memory[] = [];

/** One piece of memory, as bytes and as words. */
interface Memory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Uint32Array;
  /** Its bytes from `SHORT_HEAD` on, where the payload of a first frame goes. */
  readonly payload: Uint8Array<ArrayBuffer>;
  /** Its first bytes, as they were taken last. */
  taken: Uint8Array<ArrayBuffer>;
}

function allocate(bytes: number): Memory {
  const buffer = new ArrayBuffer(bytes + 3 & ~3);
  const all = new Uint8Array(buffer);
  return { bytes: all, words: new Uint32Array(buffer), payload: all.subarray(SHORT_HEAD), taken: all };
}

/** Bytes of the head of a frame with 126 to 65,535 bytes of payload, as those with audio have. */
const SHORT_HEAD = 8;
/** Bytes of a masked frame's head. */
function headBytes(payloadBytes: number): number {
  return payloadBytes < 126 ? 6 : payloadBytes < 65_536 ? SHORT_HEAD : 14;
}

const encoder = new TextEncoder();
const nothing = new Uint8Array(0);
const none = allocate(SHORT_HEAD);

/**
 * A client's frames, masked and lined up to be written, in buffers of a pool, so that nothing is allocated for a frame
 * and nothing kept for a socket that sends none. The queue has no bound of its own: `bytes` tells its owner.
 */
export class FrameWriter {
  /** Without a frame in it anybody may have the buffer. */
  #filling = none;
  #leaving: Memory | undefined;
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
    this.#release(this.#filling);
    this.#filling = none;
  }

  /** All that waits, valid until the next `take`; undefined if nothing does. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#leaving) this.#release(this.#leaving);
    this.#leaving = undefined;
    if (this.#filled === 0) return undefined;
    const full = this.#leaving = this.#filling;
    this.#filling = none;
    if (full.taken.length !== this.#filled) full.taken = full.bytes.subarray(0, this.#filled);
    this.#filled = 0;
    return full.taken;
  }

  #release(memory: Memory): void {
    if (memory === none || memory.bytes.length > KEPT_BYTES || pool.length === POOLED_MAX) return;
    pool.push(memory);
  }

  /** Sees to it that `more` bytes fit behind the first `kept`, which stay. */
  #makeRoom(kept: number, more: number): void {
    if (this.#filling === none) this.#filling = pool.pop() ?? allocate(SMALL_BYTES);
    const { bytes } = this.#filling;
    if (kept + more <= bytes.length) return;
    this.#filling = allocate(Math.max(kept + more, 2 * bytes.length));
    this.#filling.bytes.set(bytes.subarray(0, kept));
  }

  /** Room for as many bytes as `data` has characters is there: enough if they are ASCII. @returns bytes */
  #encode(data: string, at: number): number {
    const { bytes, payload } = this.#filling;
    const room = at === SHORT_HEAD ? payload : bytes.subarray(at);
    const { read, written } = encoder.encodeInto(data, room);
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
