import type { Clock } from "../clock.ts";
import type { LinePresence } from "../line/presence.ts";
import { type KeptFrame, KeptFrames } from "./kept-frames.ts";

/** Audio of one item as it stands, in milliseconds of the item's own audio. */
export interface ItemPlayback {
  readonly responseId: string;
  readonly itemId: string;
  readonly contentIndex: number;
  /** Received from the model. */
  readonly generatedMs: number;
  /** Handed to the line. */
  readonly sentMs: number;
  /** Reached the caller's ear. */
  readonly heardMs: number;
  /** How much was heard when it was cut off; undefined when it was not. */
  readonly interruptedAtMs: number | undefined;
}

/** An item that an interruption cut: what the model's memory must be told. */
export interface Cut {
  readonly responseId: string;
  readonly itemId: string;
  readonly contentIndex: number;
  /** Whole milliseconds, at most what was generated. 0: nothing of it was heard. */
  readonly heardMs: number;
  readonly generatedMs: number;
}

/** A stretch that plays without a gap, in the clock's time. */
interface Stretch {
  readonly startMs: number;
  lengthMs: number;
}

interface Entry {
  readonly responseId: string;
  readonly itemId: string;
  readonly contentIndex: number;
  generatedMs: number;
  sentMs: number;
  readonly stretches: Stretch[];
  interruptedAtMs: number | undefined;
}

/** Items kept after they were heard in full: late events may still name them. */
const HEARD_ITEMS_KEPT = 16;

/**
 * The ledger of agent audio: generated, sent, heard. AVR tells no playback position, so it is modelled: the phone
 * side plays what it got without a gap, a frame taking its place behind those still queued, and the ear hears it
 * the line's latency later. When the line is away it plays on what it holds; what is given then begins to play when
 * there is a line again. Holds for every item: heard <= sent <= generated.
 */
export class Playback {
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #presence: LinePresence | undefined;
  /** In the order in which their first audio came. */
  readonly #entries: Entry[] = [];
  readonly #byItem = new Map<string, Entry>();
  /** When the phone side's queue runs, or ran, empty. */
  #queueEndMs = -Infinity;
  /** When the last of the agent's words in it ends; other sounds may follow. */
  #wordsEndMs = -Infinity;
  /** Given while the line was away. */
  #kept = new KeptFrames<Entry>();

  /**
   * @param latencyMs what sits between us and the ear: network, jitter buffer, phone
   * @param presence when there was no line; without it there always is
   */
  constructor(clock: Clock, latencyMs: number, presence?: LinePresence) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#presence = presence;
  }

  /** Takes over from the ledger of a session that is gone: the phone side still plays what that one sent. */
  follow(earlier: Playback): void {
    earlier.#catchUp();
    this.#queueEndMs = earlier.#queueEndMs;
    this.#wordsEndMs = earlier.#wordsEndMs;
    this.#kept = earlier.#kept.copy();
  }

  /** The model delivered `ms` of audio of an item. */
  generated(responseId: string, itemId: string, contentIndex: number, ms: number): void {
    let entry = this.#byItem.get(itemId);
    if (!entry) {
      entry = {
        responseId,
        itemId,
        contentIndex,
        generatedMs: 0,
        sentMs: 0,
        stretches: [],
        interruptedAtMs: undefined,
      };
      this.#forgetHeard();
      this.#entries.push(entry);
      this.#byItem.set(itemId, entry);
    }
    entry.generatedMs += ms;
  }

  /**
   * One frame went to the line. Returns when it begins to play on the phone side, by the clock: while the line is away,
   * when it would if the line came back now.
   * @param ms the item's audio in it; the rest of `frameMs` is padding, which plays but does not count
   */
  sent(itemId: string, ms: number, frameMs: number): number {
    this.#catchUp();
    const entry = this.#byItem.get(itemId);
    // The resampler's tail is a little longer than what came in.
    const lengthMs = entry ? Math.min(ms, entry.generatedMs - entry.sentMs) : 0;
    if (entry) entry.sentMs += lengthMs;
    const frame = { entry, isWords: entry !== undefined, lengthMs, frameMs };
    const absence = this.#presence?.absence;
    if (absence === undefined) return this.#play(frame, this.#clock.now());
    const startMs = Math.max(this.#clock.now(), this.#queueEndMs) + this.#kept.ms;
    const dropped = this.#kept.push(frame, absence);
    // The line drops it too. The model's memory can't have a hole: what is lost counts as heard.
    if (dropped) addStretch(dropped, -Infinity);
    return startMs;
  }

  /** Milliseconds until the ear has heard all that was sent, if the line is there from now on; 0 when it has. */
  unheardMs(): number {
    this.#catchUp();
    return this.#untilHeardMs(this.#queueEndMs, this.#kept.ms);
  }

  /** The same for the agent's words alone, without sounds of our own behind them. */
  unheardWordsMs(): number {
    this.#catchUp();
    return this.#untilHeardMs(this.#wordsEndMs, this.#kept.wordsMs);
  }

  /** When the phone side will have played all that it was sent, by the clock; in the past when it has. */
  get endMs(): number {
    this.#catchUp();
    return this.#queueEndMs;
  }

  /** How one item stands; undefined when it has no audio here. */
  item(itemId: string): ItemPlayback | undefined {
    this.#catchUp();
    const entry = this.#byItem.get(itemId);
    return entry && this.#view(entry);
  }

  /** All items still known, oldest first. */
  items(): ItemPlayback[] {
    this.#catchUp();
    return this.#entries.map((entry) => this.#view(entry));
  }

  /**
   * The phone side drops its queue, now. Returns the items of which something stays unheard, in order; what is
   * told of them afterwards by late events changes nothing.
   */
  interrupt(): Cut[] {
    this.#catchUp();
    const cuts: Cut[] = [];
    for (const entry of this.#entries) {
      if (entry.interruptedAtMs !== undefined) continue;
      const heardMs = this.#heardMs(entry);
      if (entry.generatedMs - heardMs < 1) continue;
      entry.interruptedAtMs = heardMs;
      const { responseId, itemId, contentIndex, generatedMs } = entry;
      cuts.push({ responseId, itemId, contentIndex, heardMs: Math.floor(heardMs), generatedMs });
    }
    this.#queueEndMs = this.#wordsEndMs = -Infinity;
    this.#kept = new KeptFrames();
    return cuts;
  }

  /** What was kept plays from when the line came back. */
  #catchUp(): void {
    const presence = this.#presence;
    if (!presence || this.#kept.ms === 0) return;
    this.#kept.take(
      (absence) => presence.returnedAtMs(absence),
      (frame, fromMs) => this.#play(frame, fromMs),
    );
  }

  /** A frame takes its place in the phone side's queue. Returns when it begins to play. */
  #play(frame: KeptFrame<Entry>, nowMs: number): number {
    const startMs = Math.max(nowMs, this.#queueEndMs);
    this.#queueEndMs = startMs + frame.frameMs;
    if (frame.isWords) this.#wordsEndMs = this.#queueEndMs;
    addStretch(frame, startMs);
    return startMs;
  }

  #untilHeardMs(endMs: number, keptMs: number): number {
    const nowMs = this.#clock.now();
    const untilMs = keptMs === 0 ? endMs : Math.max(nowMs, this.#queueEndMs) + keptMs;
    return Math.max(0, untilMs + this.#latencyMs - nowMs);
  }

  #heardMs(entry: Entry): number {
    if (entry.interruptedAtMs !== undefined) return entry.interruptedAtMs;
    const earMs = this.#clock.now() - this.#latencyMs;
    let heardMs = 0;
    for (const { startMs, lengthMs } of entry.stretches) {
      heardMs += Math.min(Math.max(0, earMs - startMs), lengthMs);
    }
    return heardMs;
  }

  #view(entry: Entry): ItemPlayback {
    const { responseId, itemId, contentIndex, generatedMs, sentMs, interruptedAtMs } = entry;
    return {
      responseId,
      itemId,
      contentIndex,
      generatedMs,
      sentMs,
      heardMs: this.#heardMs(entry),
      interruptedAtMs,
    };
  }

  /** Bounds the ledger: an hour's call has thousands of items. */
  #forgetHeard(): void {
    while (this.#entries.length >= HEARD_ITEMS_KEPT) {
      const [oldest] = this.#entries;
      const over = oldest!.interruptedAtMs !== undefined ||
        oldest!.generatedMs - this.#heardMs(oldest!) < 1;
      if (!over) return;
      this.#entries.shift();
      this.#byItem.delete(oldest!.itemId);
    }
  }
}

function addStretch({ entry, lengthMs }: KeptFrame<Entry>, startMs: number): void {
  const last = entry?.stretches.at(-1);
  const follows = last &&
    (last.startMs === startMs || Math.abs(last.startMs + last.lengthMs - startMs) < 0.01);
  if (follows) last.lengthMs += lengthMs;
  else entry?.stretches.push({ startMs, lengthMs });
}
