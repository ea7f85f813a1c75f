import type { Clock } from "../clock.ts";
import type { Line } from "./line.ts";
import { LinePresence } from "./presence.ts";

/**
 * Agent audio kept while there is no line, 20 ms each: 30 s, the longest that a line is waited for. Sent in one go it
 * is less than what may wait in a socket.
 */
export const KEPT_FRAMES = 1500;
const KEPT_TRANSCRIPTS = 64;
const FRAME_MS = 20;

/**
 * The line as a call sees it: that of one socket after another. In between it keeps what is meant for the caller. What
 * an earlier socket was sent is with the phone side, which plays it on.
 */
export class LineSwitch implements Line {
  /** When there was no line. */
  readonly presence: LinePresence;
  #line: Line | undefined;
  #frames: Int16Array[] = [];
  #transcripts: { readonly role: "user" | "agent"; readonly text: string }[] = [];
  /** What the phone side holds is to be dropped as soon as it can be told. */
  #interrupted = false;
  #droppedFrames = 0;
  /** By the lines before this one. */
  #droppedMs = 0;
  #closed = false;

  constructor(clock: Clock, line: Line) {
    this.presence = new LinePresence(clock);
    this.#line = line;
  }

  /** Frames that were too many to be kept. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** Agent audio that no line took, ms. */
  get droppedMs(): number {
    return this.#droppedFrames * FRAME_MS + this.#droppedMs + (this.#line?.droppedMs ?? 0);
  }

  /** Whether it is this line's turn. */
  isOn(line: Line): boolean {
    return this.#line === line;
  }

  /**
   * Goes on with another line; one that is still there is closed. Returns the agent audio that had been kept and that
   * the new line was sent first, in order.
   */
  attach(line: Line): readonly Int16Array[] {
    if (this.#closed) {
      line.close();
      return [];
    }
    const earlier = this.#line;
    const [frames, transcripts, interrupted] = [this.#frames, this.#transcripts, this.#interrupted];
    this.#forget();
    this.#transcripts = [];
    this.#droppedMs += earlier?.droppedMs ?? 0;
    this.#line = line;
    this.presence.come();
    earlier?.close();
    if (interrupted) line.interruption();
    for (const frame of frames) line.audio(frame);
    for (const { role, text } of transcripts) line.transcript(role, text);
    return frames;
  }

  /** The line is gone, another may come. */
  detach(): void {
    if (this.#closed) return;
    this.#droppedMs += this.#line?.droppedMs ?? 0;
    this.#line = undefined;
    this.presence.leave();
  }

  audio(frame: Int16Array): void {
    if (this.#line) return this.#line.audio(frame);
    if (this.#closed) return;
    this.#frames.push(frame.slice());
    if (this.#frames.length <= KEPT_FRAMES) return;
    this.#frames.shift();
    this.#droppedFrames++;
  }

  interruption(): void {
    if (this.#line) return this.#line.interruption();
    if (this.#closed) return;
    this.#forget();
    this.#interrupted = true;
  }

  transcript(role: "user" | "agent", text: string): void {
    if (this.#line) return this.#line.transcript(role, text);
    if (this.#closed) return;
    this.#transcripts.push({ role, text });
    if (this.#transcripts.length > KEPT_TRANSCRIPTS) this.#transcripts.shift();
  }

  /** Nobody is told while there is no line: the call is over. */
  error(message: string): void {
    this.#line?.error(message);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget();
    this.#transcripts = [];
    const line = this.#line;
    this.#droppedMs += line?.droppedMs ?? 0;
    this.#line = undefined;
    line?.close();
  }

  #forget(): void {
    this.#frames = [];
    this.#interrupted = false;
  }
}
