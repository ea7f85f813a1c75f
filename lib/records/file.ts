import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Tally } from "./delivery.ts";
import { quietly } from "./quietly.ts";

/** The part of a file that is used. */
export interface OpenFile extends Disposable {
  write(bytes: Uint8Array): Promise<number>;
}

export interface RecordFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each record that is written, and of each that is given up. */
  readonly tally?: Tally;
  /** Opens it for appending. @default Deno.open, with a new file for its owner alone */
  readonly open?: (path: string) => Promise<OpenFile>;
}

/** Records that wait for a disk that takes none; beyond that the oldest are dropped. */
const WAITING_MAX = 1_000;
/** How soon to try again. */
const AGAIN_MS = 10_000;
const NEWLINE = "\n";
const encoder = new TextEncoder();

/**
 * Appends records to a file, each as one line. The file is opened for each anew, so that it may be renamed or removed at
 * any time: whatever rotates logs rotates it. What can't be written waits, and hurts no call.
 */
export class RecordFile {
  readonly #options: RecordFileOptions;
  readonly #waiting: string[] = [];
  readonly #tell: ReturnType<typeof quietly>;
  #writing: Promise<void> | undefined;
  /** The last write ended in the middle of a line. */
  #broken = false;
  #dropped = 0;
  #stopWaiting = () => {};

  constructor(options: RecordFileOptions) {
    this.#options = options;
    this.#tell = quietly(
      options.clock,
      (why) => options.log.error("Records can't be written to their file", why),
    );
  }

  /** Records that have not been written yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @param line JSON without its newline */
  add(line: string): void {
    this.#waiting.push(line);
    if (this.#waiting.length > WAITING_MAX) {
      this.#waiting.shift();
      this.#dropped++;
      this.#options.tally?.lost("too_many");
    }
    void this.#write();
  }

  /** Tries once more what waits, and gives it up then. Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#write();
    this.#stopWaiting();
    for (let left = this.#waiting.length; left > 0; left--) this.#options.tally?.lost("ended");
    const lost = this.#waiting.length + this.#dropped;
    if (lost > 0) this.#options.log.error("Records are lost, as their file took none", { records: lost });
  }

  #write(): Promise<void> {
    return this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined);
  }

  /** Never rejects. */
  async #writeAll(): Promise<void> {
    this.#stopWaiting();
    for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
      try {
        await this.#append(line);
      } catch (error) {
        this.#tell({
          error: messageOf(error),
          waiting: this.#waiting.length,
          dropped: this.#dropped || undefined,
        });
        this.#stopWaiting = this.#options.clock.after(AGAIN_MS, () => void this.#write());
        return;
      }
      // One that was dropped meanwhile is not the first any more.
      if (this.#waiting[0] === line) {
        this.#waiting.shift();
        this.#options.tally?.taken();
      }
    }
  }

  async #append(line: string): Promise<void> {
    const { path, open = openToAppend } = this.#options;
    using file = await open(path);
    let rest = encoder.encode((this.#broken ? NEWLINE : "") + line + NEWLINE);
    while (rest.length > 0) {
      const written = await file.write(rest);
      rest = rest.subarray(written);
      this.#broken = rest.length > 0;
    }
  }
}

function openToAppend(path: string): Promise<OpenFile> {
  return Deno.open(path, { append: true, create: true, mode: 0o600 });
}
