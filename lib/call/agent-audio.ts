import type { AudioFormat } from "../audio/codec.ts";
import type { Log } from "../log.ts";
import type { ServerEvent } from "../realtime/events.ts";
import { Downlink } from "./downlink.ts";
import type { Playback } from "./playback.ts";
import type { Responses } from "./responses.ts";

export interface AgentAudioOptions {
  readonly format: AudioFormat;
  readonly playback: Playback;
  readonly responses: Responses;
  readonly log: Log;
  /** Takes 20 ms, and when they begin to play on the phone side, by the clock. */
  readonly send: (frame: Int16Array, playsAtMs: number) => void;
  /** Audio of an answer that is wanted came in. */
  readonly onAudio: () => void;
  /** An item is over that the ear waited for in its midst, so long in all. */
  readonly onLate: (ms: number) => void;
}

const FRAME_MS = 20;

/** What the model speaks, on its way to the line; of answers that were cut off nothing more goes out. */
export class AgentAudio {
  readonly #options: AgentAudioOptions;
  readonly #downlink: Downlink;
  /** The response that brought audio last, and the item. */
  #audible = "";
  #itemId = "";
  /** When the item's last frame ends on the phone side, and how long it was silent there before. */
  #endMs: number | undefined;
  #lateMs = 0;

  constructor(options: AgentAudioOptions) {
    this.#options = options;
    this.#downlink = new Downlink(options.format, options.playback, (frame, playsAtMs) => {
      if (this.#endMs !== undefined) this.#lateMs += Math.max(0, playsAtMs - this.#endMs);
      this.#endMs = playsAtMs + FRAME_MS;
      options.send(frame, playsAtMs);
    });
  }

  delta({ responseId, itemId, contentIndex, delta }: AudioDelta): void {
    const { responses, log, onAudio } = this.#options;
    if (responses.isDropped(responseId) || delta === "") return;
    if (itemId !== this.#itemId) this.#tellLate();
    if (!this.#downlink.delta(responseId, itemId, contentIndex, delta)) {
      return log.warn("Agent audio dropped: not base64");
    }
    this.#audible = responseId;
    this.#itemId = itemId;
    onAudio();
  }

  /** An item, or the whole response, has no more audio: what is left of it goes out. */
  finish(responseId: string, itemId = this.#itemId): void {
    // The server may tell the end of what it never began; that is not the end of what it speaks.
    if (responseId !== this.#audible || itemId !== this.#itemId) return;
    if (!this.#options.responses.isDropped(responseId)) this.#downlink.finish();
    this.#tellLate();
  }

  /** Whether the response brought audio, and was the last that did. */
  isAudible(responseId: string): boolean {
    return this.#audible === responseId;
  }

  /** Forgets what has not left yet: the answer was interrupted. */
  discard(): void {
    this.#downlink.reset();
    this.#tellLate();
  }

  #tellLate(): void {
    if (this.#lateMs >= 1) this.#options.onLate(Math.round(this.#lateMs));
    this.#endMs = undefined;
    this.#lateMs = 0;
  }
}

type AudioDelta = Extract<ServerEvent, { type: "response.output_audio.delta" }>;
