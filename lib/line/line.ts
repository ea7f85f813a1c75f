import type { LineLimit } from "./limits.ts";
import type { LinePresence } from "./presence.ts";

/** The caller's side as a call sees it, whatever the phone's protocol. */
export interface Line {
  /** When it was away, where it can be. */
  readonly presence?: LinePresence;
  /** Agent audio that it could not take, ms. */
  readonly droppedMs?: number;
  /** Sends 20 ms of agent audio: 160 samples, 8 kHz; copied before this returns. */
  audio(frame: Int16Array): void;
  /** Has the phone side drop all agent audio that it still holds. */
  interruption(): void;
  /** Tells what was said. */
  transcript(role: "user" | "agent", text: string): void;
  /** Tells that the call can't go on; close follows. */
  error(message: string): void;
  close(): void;
}

/** What a line tells its call. */
export interface LineEvents {
  /** The call begins. At most once a line. */
  init(uuid: string): void;
  /** Caller audio, 8 kHz, any number of samples; valid only until this returns. */
  audio(samples: Int16Array): void;
  /** A key of the telephone: 0-9, * or #. */
  digit(digit: string): void;
  /** What the caller writes in place of saying it; only where that is permitted. */
  text?(text: string): void;
  /** The line is gone. Once, and last. */
  closed(end: LineEnd): void;
}

/** How a line ended: closed by either side, as at a hang-up; its connection gone without a word; or at a limit. */
export type LineEnd = "closed" | "vanished" | LineLimit;
