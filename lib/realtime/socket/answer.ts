/** The head of a server's answer to an upgrade. */
export interface Answer {
  readonly status: number;
  /** By name in lower case; those that came more than once joined with commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes that came behind the head: the first frames. */
  readonly rest: Uint8Array;
}

/** Together with the heads of the answers before the last one. */
const MAX_HEAD_BYTES = 16_384;
const START = "HTTP/1.";
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Reads the answer to an upgrade from bytes as they come, strictly: RFC 9112 without what it allows for old servers. */
export class AnswerReader {
  /** A character for a byte. */
  #text = "";
  /** Where the head begins that is being read. */
  #start = 0;

  /**
   * Takes the next bytes. @returns the answer once its head is there
   * @throws Error on what is no such head; no header's value is in its message
   */
  push(chunk: Uint8Array): Answer | undefined {
    const before = this.#text.length;
    this.#text += latin1(chunk);
    if (!START.startsWith(this.#text.slice(0, START.length))) {
      throw new Error("The server speaks no HTTP/1.1");
    }
    for (;;) {
      const end = this.#text.indexOf("\r\n\r\n", Math.max(this.#start, before - 3));
      if ((end < 0 ? this.#text.length : end) > MAX_HEAD_BYTES) {
        throw new Error(`The head of the server's answer is over ${MAX_HEAD_BYTES} bytes`);
      }
      if (end < 0) return undefined;
      const head = readHead(this.#text.slice(this.#start, end));
      this.#start = end + 4;
      const { status } = head;
      // Such as 103 Early Hints: the answer proper follows.
      if (status >= 100 && status < 200 && status !== 101) continue;
      return { ...head, rest: chunk.subarray(this.#start - before) };
    }
  }
}

function readHead(text: string): Omit<Answer, "rest"> {
  const [first = "", ...lines] = text.split("\r\n");
  const status = STATUS_LINE.exec(first)?.[1];
  if (status === undefined) throw new Error("Invalid status line in the server's answer");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).replace(/^[\t ]+/, "").trimEnd();
    // A line that goes on from the one before begins with a space, which is in no name.
    if (colon < 0 || !NAME.test(name) || !VALUE.test(value)) {
      throw new Error("Invalid header line in the server's answer");
    }
    const known = headers.get(name);
    headers.set(name, known === undefined ? value : `${known}, ${value}`);
  }
  return { status: Number(status), headers };
}

/** Unlike the TextDecoder of that name, which is windows-1252. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
