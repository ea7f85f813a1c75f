import { messageOf } from "../../errors.ts";
import { FrameWriter } from "./frame-writer.ts";

/** Writes frames to a connection: those of one turn of the event loop with one write, those sent meanwhile with the next. */
export class Outflow {
  readonly #conn: Deno.Conn;
  readonly #broken: (fault: string) => void;
  readonly #frames = new FrameWriter();
  /** Bytes of the write under way that the system has not taken. */
  #leaving = 0;
  #running = false;
  #run: Promise<void> = Promise.resolve();
  #ending = false;
  #fault: string | undefined;

  /** @param broken told once if writing fails; what the server sent before may still be read */
  constructor(conn: Deno.Conn, broken: (fault: string) => void) {
    this.#conn = conn;
    this.#broken = broken;
  }

  /** Bytes that wait, those left out that the system has taken. */
  get bytes(): number {
    return this.#leaving + this.#frames.bytes;
  }

  /** Why writing failed, if it did. */
  get fault(): string | undefined {
    return this.#fault;
  }

  text(data: string): void {
    if (this.#fault !== undefined) return;
    this.#frames.text(data);
    this.#wake();
  }

  control(opcode: number, payload?: Uint8Array): void {
    if (this.#fault !== undefined) return;
    this.#frames.control(opcode, payload);
    this.#wake();
  }

  /** Forgets the frames of which nothing has left. */
  clear(): void {
    this.#frames.clear();
  }

  /** Ends this direction of the connection behind what waits. */
  end(): void {
    this.#ending = true;
    this.#wake();
  }

  /** When all has left, or can't any more. Never rejects. */
  flushed(): Promise<void> {
    return this.#run;
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    this.#run = this.#pump();
  }

  async #pump(): Promise<void> {
    await undefined; // what else this turn sends goes along
    try {
      for (let bytes = this.#frames.take(); bytes; bytes = this.#frames.take()) {
        // Not in a function of its own: 50 promises a second and call less.
        this.#leaving = bytes.length;
        for (let rest = bytes;;) {
          const count = await this.#conn.write(rest);
          this.#leaving -= count;
          if (this.#leaving === 0) break;
          rest = rest.subarray(count);
        }
      }
      if (this.#ending) await this.#conn.closeWrite();
      this.#running = false;
    } catch (error) {
      // Stays running: there is no more to wake up for.
      this.#fault = messageOf(error);
      this.#frames.clear();
      this.#leaving = 0;
      this.#broken(this.#fault);
    }
  }
}
