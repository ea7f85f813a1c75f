/** What is written down during a run; `value` and `index` as said. */
export const KINDS = {
  /** A caller's frame left; index: the call, value: its milliseconds. */
  sent: 0,
  /** Agent audio reached the caller; index: the call, value: its milliseconds. */
  heard: 1,
  /** An `interruption` reached the caller; index: the call. */
  stopped: 2,
  /** Which of the model's sessions the call has; index: the call, value: the session. */
  session: 3,
  /** An append reached the model; index: the session, value: its milliseconds. */
  appended: 4,
  /** The model sent a delta; index: the session, value: where in its answer it begins, milliseconds. */
  delta: 5,
  /** The model told that the caller speaks; index: the session, value: 1 if it cuts an answer, else 0. */
  speech: 6,
} as const;

export type Kind = typeof KINDS[keyof typeof KINDS];

export interface Entry {
  kind: Kind;
  index: number;
  value: number;
  timeMs: number;
}

/** Numbers of one entry. */
const WIDTH = 3;
const CHUNK = WIDTH * 0x8000;
/** The index and the kind share a number. */
const KIND_COUNT = 8;

/** A log of one process, in memory until the run is over: writing it down must cost next to nothing. */
export class EventLog {
  readonly #chunks: Float64Array<ArrayBuffer>[] = [];
  #at = CHUNK;

  add(kind: Kind, index: number, value: number, timeMs: number): void {
    if (this.#at === CHUNK) {
      this.#chunks.push(new Float64Array(CHUNK));
      this.#at = 0;
    }
    const chunk = this.#chunks[this.#chunks.length - 1]!;
    chunk[this.#at] = index * KIND_COUNT + kind;
    chunk[this.#at + 1] = value;
    chunk[this.#at + 2] = timeMs;
    this.#at += WIDTH;
  }

  /** All entries in order; the object is the same each time. */
  *entries(): Generator<Entry> {
    const entry: Entry = { kind: 0, index: 0, value: 0, timeMs: 0 };
    for (const [at, chunk] of this.#chunks.entries()) {
      const end = at === this.#chunks.length - 1 ? this.#at : CHUNK;
      for (let from = 0; from < end; from += WIDTH) {
        const head = chunk[from]!;
        entry.kind = head % KIND_COUNT as Kind;
        entry.index = Math.floor(head / KIND_COUNT);
        entry.value = chunk[from + 1]!;
        entry.timeMs = chunk[from + 2]!;
        yield entry;
      }
    }
  }

  /** Writes it to a file of this machine's byte order. */
  async save(path: string): Promise<void> {
    using file = await Deno.open(path, { write: true, create: true, truncate: true });
    for (const [at, chunk] of this.#chunks.entries()) {
      const part = at === this.#chunks.length - 1 ? chunk.subarray(0, this.#at) : chunk;
      const bytes = new Uint8Array(part.buffer, 0, part.byteLength);
      for (let from = 0; from < bytes.length;) from += await file.write(bytes.subarray(from));
    }
  }
}

/** Reads what `save` wrote. */
export async function readLog(path: string): Promise<EventLog> {
  const bytes = await Deno.readFile(path);
  const numbers = new Float64Array(bytes.buffer, 0, bytes.byteLength / 8);
  const log = new EventLog();
  for (let at = 0; at < numbers.length; at += WIDTH) {
    const head = numbers[at]!;
    log.add(head % KIND_COUNT as Kind, Math.floor(head / KIND_COUNT), numbers[at + 1]!, numbers[at + 2]!);
  }
  return log;
}
