import { KEPT_FRAMES } from "../line/switch.ts";

/** Agent audio of one frame, as the ledger has it. */
export interface KeptFrame<Entry> {
  /** The item's, where the ledger has it. */
  readonly entry: Entry | undefined;
  /** The agent's, and not a sound of our own. */
  readonly isWords: boolean;
  /** The item's audio in it. */
  readonly lengthMs: number;
  /** How long it plays. */
  readonly frameMs: number;
}

/** Frames that no phone plays yet, as there is no line; as many as the line keeps, the oldest go first. */
export class KeptFrames<Entry> {
  #frames: (KeptFrame<Entry> & { readonly absence: number })[] = [];
  #ms = 0;
  /** Up to the end of the last one with words in it. */
  #wordsMs = 0;

  /** How long they play. */
  get ms(): number {
    return this.#ms;
  }

  /** The same up to the last of the agent's words. */
  get wordsMs(): number {
    return this.#wordsMs;
  }

  /** @param absence of the line, in which it is kept. Returns the frame that had to go, if one had to. */
  push(frame: KeptFrame<Entry>, absence: number): KeptFrame<Entry> | undefined {
    this.#frames.push({ ...frame, absence });
    this.#ms += frame.frameMs;
    if (frame.isWords) this.#wordsMs = this.#ms;
    return this.#frames.length > KEPT_FRAMES ? this.#shift() : undefined;
  }

  /** Hands out, in order, the frames of absences that are over, with when that was. */
  take(
    returnedAtMs: (absence: number) => number | undefined,
    play: (frame: KeptFrame<Entry>, fromMs: number) => void,
  ): void {
    for (let first = this.#frames[0]; first; first = this.#frames[0]) {
      const fromMs = returnedAtMs(first.absence);
      if (fromMs === undefined) return;
      this.#shift();
      play(first, fromMs);
    }
  }

  /** For another ledger, which does not know the items. */
  copy(): KeptFrames<Entry> {
    const copy = new KeptFrames<Entry>();
    copy.#frames = this.#frames.map((frame) => ({ ...frame, entry: undefined }));
    copy.#ms = this.#ms;
    copy.#wordsMs = this.#wordsMs;
    return copy;
  }

  #shift(): KeptFrame<Entry> | undefined {
    const first = this.#frames.shift();
    if (!first) return undefined;
    // The last one takes the fractions with it.
    this.#ms = this.#frames.length === 0 ? 0 : this.#ms - first.frameMs;
    this.#wordsMs = this.#frames.length === 0 ? 0 : Math.max(0, this.#wordsMs - first.frameMs);
    return first;
  }
}
