import { TEXT } from "./opcodes.ts";

/** UTF-8 to text, at a third of the time of a strict decoder: U+FFFD stands for what is not UTF-8. */
const lax = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that `bytes` are in UTF-8; undefined if they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const text = lax.decode(bytes);
  if (!text.includes("\ufffd")) return text;
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A message that comes in several frames. Its owner bounds its size. */
export class Fragments {
  #bytes = new Uint8Array(0);
  #length = 0;
  /** Keeps a letter's bytes that came so far: one may be spread over two frames. */
  #letters: TextDecoder | undefined;

  /** @param opcode of the first frame: TEXT or BINARY */
  constructor(readonly opcode: number) {
    if (opcode === TEXT) this.#letters = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  }

  get length(): number {
    return this.#length;
  }

  /** Adds the payload of a frame. @returns whether text is UTF-8 so far, in the last frame to its end */
  add(payload: Uint8Array, last: boolean): boolean {
    const needed = this.#length + payload.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(payload, this.#length);
    this.#length = needed;
    try {
      this.#letters?.decode(payload, { stream: !last });
      return true;
    } catch {
      return false;
    }
  }

  /** The message: text that `add` found valid, or bytes. */
  get message(): string | Uint8Array {
    const whole = this.#bytes.subarray(0, this.#length);
    return this.opcode === TEXT ? lax.decode(whole) : whole;
  }
}
