/**
 * WebSocket frames (RFC 6455) over plain TCP, as far as a bench needs them and as cheap as they can be: messages are
 * made once and sent many times, and of what comes in only the first bytes are looked at.
 */
export const OPCODES = { text: 1, close: 8, ping: 9, pong: 10 } as const;

const FIN = 0x80;
const MASKED = 0x80;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A frame of a server: not masked. */
export function serverFrame(text: string): Uint8Array<ArrayBuffer> {
  return frame(OPCODES.text, encoder.encode(text));
}

/** A frame of a client. The mask is not zero: some servers skip the work for one that is. */
export function clientFrame(text: string): Uint8Array<ArrayBuffer> {
  return frame(OPCODES.text, encoder.encode(text), crypto.getRandomValues(new Uint8Array(4)));
}

/** A frame of any kind; masked, if there is a mask of 4 bytes. */
export function frame(opcode: number, payload: Uint8Array, mask?: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const sizeBytes = length < 126 ? 0 : length < 0x10000 ? 2 : 8;
  const start = 2 + sizeBytes + (mask ? 4 : 0);
  const bytes = new Uint8Array(start + length);
  const view = new DataView(bytes.buffer);
  bytes[0] = FIN | opcode;
  bytes[1] = (mask ? MASKED : 0) | (sizeBytes === 0 ? length : sizeBytes === 2 ? 126 : 127);
  if (sizeBytes === 2) view.setUint16(2, length);
  if (sizeBytes === 8) view.setBigUint64(2, BigInt(length));
  bytes.set(payload, start);
  if (mask) {
    bytes.set(mask, start - 4);
    for (let at = 0; at < length; at++) bytes[start + at]! ^= mask[at & 3]!;
  }
  return bytes;
}

/** Frames that leave together. */
export function joined(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frames.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of frames) {
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
}

/** A frame where it was received; valid only during the call that brings it. */
export class ReceivedFrame {
  opcode = 0;
  length = 0;
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  isMasked = false;

  /** One byte of the payload. */
  at(index: number): number {
    const byte = this.bytes[this.start + index]!;
    return this.isMasked ? byte ^ this.bytes[this.start - 4 + (index & 3)]! : byte;
  }

  /** Whether the payload begins with these bytes. */
  startsWith(prefix: Uint8Array): boolean {
    if (this.length < prefix.length) return false;
    for (let at = 0; at < prefix.length; at++) if (this.at(at) !== prefix[at]) return false;
    return true;
  }

  text(): string {
    return decoder.decode(this.payload());
  }

  /** A copy. */
  payload(): Uint8Array {
    return Uint8Array.from({ length: this.length }, (_, at) => this.at(at));
  }
}

const ROOM_BYTES = 32 * 1024;

/** Finds the frames in a stream. */
export class FrameReader {
  readonly #frame = new ReceivedFrame();
  #bytes = new Uint8Array(ROOM_BYTES);
  #end = 0;

  /** Where the next bytes of the stream belong. */
  get room(): Uint8Array<ArrayBuffer> {
    if (this.#end === this.#bytes.length) {
      const more = new Uint8Array(2 * this.#bytes.length);
      more.set(this.#bytes);
      this.#bytes = more;
    }
    return this.#bytes.subarray(this.#end);
  }

  /** So many bytes have been written to `room`. */
  take(count: number, onFrame: (frame: ReceivedFrame) => void): void {
    this.#end += count;
    let at = 0;
    for (let next = this.#next(at); next > 0; next = this.#next(at)) {
      at = next;
      onFrame(this.#frame);
    }
    if (at === 0) return;
    this.#bytes.copyWithin(0, at, this.#end);
    this.#end -= at;
  }

  /** Reads the frame at `at` and returns where it ends; 0 when it has not come wholly. */
  #next(at: number): number {
    const frame = this.#frame, bytes = this.#bytes;
    if (this.#end - at < 2) return 0;
    const isMasked = (bytes[at + 1]! & MASKED) !== 0;
    const size = bytes[at + 1]! & 0x7f;
    const sizeBytes = size < 126 ? 0 : size === 126 ? 2 : 8;
    const start = at + 2 + sizeBytes + (isMasked ? 4 : 0);
    if (start > this.#end) return 0;
    let length = size;
    if (sizeBytes > 0) {
      length = 0;
      for (let byte = 0; byte < sizeBytes; byte++) length = length * 256 + bytes[at + 2 + byte]!;
    }
    if (start + length > this.#end) return 0;
    frame.opcode = bytes[at]! & 0x0f;
    frame.length = length;
    frame.bytes = bytes;
    frame.start = start;
    frame.isMasked = isMasked;
    return start + length;
  }
}
