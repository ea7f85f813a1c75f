/** As much of WebSocket framing as the ends of the measurement need, and cheap: they share the machine with the relay. */

/** A text frame; `masked` with a key of zeros, which leaves the bytes as they are. */
export function textFrame(text: string, masked: boolean): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(text);
  const short = body.length < 126;
  const head = (short ? 2 : 4) + (masked ? 4 : 0);
  const frame = new Uint8Array(head + body.length);
  frame[0] = 0x81;
  frame[1] = (masked ? 0x80 : 0) | (short ? body.length : 126);
  if (!short) new DataView(frame.buffer).setUint16(2, body.length);
  frame.set(body, head);
  return frame;
}

/** Collects bytes and tells the first 40 characters of each text frame under 64 KiB: the time stamp is there. */
export class FrameReader {
  #bytes = new Uint8Array(32_768);
  #length = 0;

  /** Where to read into. */
  get room(): Uint8Array<ArrayBuffer> {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes.subarray(this.#length);
  }

  /** `count` bytes were read into `room`. */
  took(count: number, tell: (start: string) => void): void {
    this.#length += count;
    const bytes = this.#bytes;
    let at = 0;
    while (this.#length - at >= 4) {
      const masked = (bytes[at + 1]! & 0x80) !== 0;
      const short = bytes[at + 1]! & 0x7f;
      const length = short < 126 ? short : bytes[at + 2]! << 8 | bytes[at + 3]!;
      const body = at + (short < 126 ? 2 : 4) + (masked ? 4 : 0);
      if (this.#length < body + length) break;
      if ((bytes[at]! & 0x0f) === 1) {
        let start = "";
        for (let i = 0; i < Math.min(40, length); i++) {
          start += String.fromCharCode(bytes[body + i]! ^ (masked ? bytes[body - 4 + (i & 3)]! : 0));
        }
        tell(start);
      }
      at = body + length;
    }
    bytes.copyWithin(0, at, this.#length);
    this.#length -= at;
  }
}

/** Reads an HTTP head to its empty line. */
export async function readHead(conn: Deno.Conn): Promise<string> {
  const byte = new Uint8Array(1);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    if (await conn.read(byte) === null) throw new Error("The peer closed before its head was complete");
    head += String.fromCharCode(byte[0]!);
  }
  return head;
}

/** Writes in order, one write at a time; what comes meanwhile goes out with the next. */
export function createWriter(conn: Deno.Conn): (frame: Uint8Array<ArrayBuffer>) => void {
  let waiting: Uint8Array<ArrayBuffer>[] = [];
  let writing = false;
  return (frame) => {
    waiting.push(frame);
    if (!writing) flush().catch(() => {});
  };

  async function flush(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const frames = waiting;
      waiting = [];
      for (const frame of frames) {
        for (let at = 0; at < frame.length;) at += await conn.write(at > 0 ? frame.subarray(at) : frame);
      }
    }
    writing = false;
  }
}
