import { readClosing } from "./closing.ts";
import { decodeText, Fragments } from "./fragments.ts";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  CONTROL_BYTES_MAX,
  INVALID_TEXT,
  PING,
  PONG,
  PROTOCOL_ERROR,
  TEXT,
  TOO_BIG,
} from "./opcodes.ts";

/** Told of what a server sends. After `close` and after `fault` nothing more is told. */
export interface FrameSink {
  message(data: string | Uint8Array): void;
  /** `payload` is valid during the call alone, here and in `pong`. */
  ping(payload: Uint8Array): void;
  pong(payload: Uint8Array): void;
  close(code: number, reason: string): void;
  /** The server breaks the protocol; `code` is what it is to be told. */
  fault(code: number, message: string): void;
}

/** What the buffer begins with, and comes back to when it had to grow beyond the second. */
const SMALL_BYTES = 4096;
const KEPT_BYTES = 65_536;
/** No event of the API comes near to it. */
const MAX_MESSAGE_BYTES = 16 * 2 ** 20;

/**
 * Reads a server's frames as RFC 6455 has them, with no extension agreed on: bytes are read into `room`, `took` tells
 * how many, and the sink hears what they mean. One buffer, from which text is decoded in place; it grows with what has
 * really come, not with what was announced.
 */
export class FrameReader {
  #bytes = new Uint8Array(SMALL_BYTES);
  /** Bytes that wait for the rest of their frame. */
  #length = 0;
  /** Bytes of that frame, or of as much of its head as tells that. */
  #needed = 2;
  #fragments: Fragments | undefined;
  #over = false;
  readonly #sink: FrameSink;
  readonly #maxMessageBytes: number;

  constructor(sink: FrameSink, maxMessageBytes: number = MAX_MESSAGE_BYTES) {
    this.#sink = sink;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Where to read into. */
  get room(): Uint8Array<ArrayBuffer> {
    const size = this.#bytes.length;
    if (this.#length === size) this.#resize(Math.min(this.#needed, 2 * size));
    else if (this.#length === 0 && size > KEPT_BYTES) this.#resize(SMALL_BYTES);
    return this.#length === 0 ? this.#bytes : this.#bytes.subarray(this.#length);
  }

  /** `count` bytes were read into `room`. */
  took(count: number): void {
    const end = this.#length + count;
    let at = 0;
    while (!this.#over) {
      const bytes = this.#frame(at, end);
      if (bytes === 0) break;
      at += bytes;
    }
    this.#length = this.#over ? 0 : end - at;
    if (at > 0 && this.#length > 0) this.#bytes.copyWithin(0, at, end);
  }

  /** Takes bytes that were read elsewhere. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#over;) {
      const room = this.room;
      const part = bytes.subarray(at, at + room.length);
      room.set(part);
      this.took(part.length);
      at += part.length;
    }
  }

  /** Nothing more is told. */
  stop(): void {
    this.#over = true;
    this.#needed = 2;
    this.#fragments = undefined;
  }

  #resize(bytes: number): void {
    const other = new Uint8Array(bytes);
    other.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = other;
  }

  #fail(code: number, message: string): 0 {
    this.stop();
    this.#sink.fault(code, message);
    return 0;
  }

  /** Reads the frame at `at`. @returns its bytes; 0 if it is not there to its end, or the reading is over */
  #frame(at: number, end: number): number {
    const come = end - at;
    this.#needed = 2;
    if (come < 2) return 0;
    const bytes = this.#bytes;
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    const opcode = first & 0x0f;
    const last = (first & 0x80) !== 0;
    let length = second & 0x7f;
    const fault = this.#headFault(first, second);
    if (fault !== undefined) return this.#fail(PROTOCOL_ERROR, fault);

    let head = 2;
    if (length >= 126) {
      head = length === 126 ? 4 : 10;
      this.#needed = head;
      if (come < head) return 0;
      if (head === 10 && bytes[at + 2]! >= 0x80) {
        return this.#fail(PROTOCOL_ERROR, "Payload length of over 63 bits");
      }
      // Beyond 2^53 it is no longer exact, and far over any limit anyway.
      length = 0;
      for (let byte = at + 2; byte < at + head; byte++) length = 256 * length + bytes[byte]!;
      if (length < (head === 4 ? 126 : 65_536)) {
        return this.#fail(PROTOCOL_ERROR, `Payload length ${length} in more bytes than it takes`);
      }
    }
    const before = opcode === CONTINUATION ? this.#fragments!.length : 0;
    if (opcode < CLOSE && before + length > this.#maxMessageBytes) {
      return this.#fail(TOO_BIG, `Message with a payload of over ${this.#maxMessageBytes} bytes`);
    }
    this.#needed = head + length;
    if (come < this.#needed) return 0;
    this.#deliver(opcode, last, bytes.subarray(at + head, at + this.#needed));
    this.#needed = 2;
    return head + length;
  }

  /** What is wrong with the first two bytes of a frame here. */
  #headFault(first: number, second: number): string | undefined {
    const opcode = first & 0x0f;
    if ((first & 0x70) !== 0) return "Frame with a reserved bit set";
    if ((second & 0x80) !== 0) return "Frame with the MASK bit set, from a server";
    switch (opcode) {
      case CONTINUATION:
        return this.#fragments ? undefined : "Frame with opcode 0 that continues no message";
      case TEXT:
      case BINARY:
        return this.#fragments && `Frame with opcode ${opcode} within another message`;
      case CLOSE:
      case PING:
      case PONG:
        if ((first & 0x80) === 0) return `Control frame in fragments, opcode ${opcode}`;
        return (second & 0x7f) > CONTROL_BYTES_MAX
          ? `Control frame with a payload of over ${CONTROL_BYTES_MAX} bytes, opcode ${opcode}`
          : undefined;
      default:
        return `Frame with the unknown opcode ${opcode}`;
    }
  }

  #deliver(opcode: number, last: boolean, payload: Uint8Array): void {
    switch (opcode) {
      case PING:
        return this.#sink.ping(payload);
      case PONG:
        return this.#sink.pong(payload);
      case CLOSE:
        return this.#close(payload);
      case TEXT:
        if (!last) break;
        return this.#text(decodeText(payload));
      case BINARY:
        if (!last) break;
        return this.#sink.message(payload.slice());
    }
    const fragments = this.#fragments ??= new Fragments(opcode);
    if (!fragments.add(payload, last)) return this.#text(undefined);
    if (!last) return;
    this.#fragments = undefined;
    this.#sink.message(fragments.message);
  }

  #text(data: string | undefined): void {
    if (data === undefined) this.#fail(INVALID_TEXT, "Text message that is not UTF-8");
    else this.#sink.message(data);
  }

  #close(payload: Uint8Array): void {
    const closing = readClosing(payload);
    if ("fault" in closing) {
      this.#fail(closing.fault, closing.message);
      return;
    }
    this.stop();
    this.#sink.close(closing.code, closing.reason);
  }
}
