import type { Clock } from "../clock.ts";

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
 * the line's latency later. Holds for every item: heard <= sent <= generated.
 */
export class Playback {
  readonly #clock: Clock;
  readonly #latencyMs: number;
  /** In the order in which their first audio came. */
  readonly #entries: Entry[] = [];
  readonly #byItem = new Map<string, Entry>();
  /** When the phone side's queue runs, or ran, empty. */
  #queueEndMs = -Infinity;
  /** When the last of the agent's words in it ends; other sounds may follow. */
  #wordsEndMs = -Infinity;

  /** @param latencyMs what sits between us and the ear: network, jitter buffer, phone. */
  constructor(clock: Clock, latencyMs: number) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  /** Takes over from the ledger of a session that is gone: the phone side still plays what that one sent. */
  follow(earlier: Playback): void {
    this.#queueEndMs = earlier.#queueEndMs;
    this.#wordsEndMs = earlier.#wordsEndMs;
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
   * One frame went to the line. Returns when it begins to play on the phone side, by the clock.
   * @param ms the item's audio in it; the rest of `frameMs` is padding, which plays but does not count
   */
  sent(itemId: string, ms: number, frameMs: number): number {
    const startMs = Math.max(this.#clock.now(), this.#queueEndMs);
    this.#queueEndMs = startMs + frameMs;
    const entry = this.#byItem.get(itemId);
    if (!entry) return startMs;
    // The resampler's tail is a little longer than what came in.
    const lengthMs = Math.min(ms, entry.generatedMs - entry.sentMs);
    entry.sentMs += lengthMs;
    this.#wordsEndMs = this.#queueEndMs;
    const last = entry.stretches.at(-1);
    if (last && Math.abs(last.startMs + last.lengthMs - startMs) < 0.01) last.lengthMs += lengthMs;
    else entry.stretches.push({ startMs, lengthMs });
    return startMs;
  }

  /** Milliseconds until the ear has heard all that was sent; 0 when it has. */
  unheardMs(): number {
    return Math.max(0, this.#queueEndMs + this.#latencyMs - this.#clock.now());
  }

  /** The same for the agent's words alone, without sounds of our own behind them. */
  unheardWordsMs(): number {
    return Math.max(0, this.#wordsEndMs + this.#latencyMs - this.#clock.now());
  }

  /** How one item stands; undefined when it has no audio here. */
  item(itemId: string): ItemPlayback | undefined {
    const entry = this.#byItem.get(itemId);
    return entry && this.#view(entry);
  }

  /** All items still known, oldest first. */
  items(): ItemPlayback[] {
    return this.#entries.map((entry) => this.#view(entry));
  }

  /**
   * The phone side drops its queue, now. Returns the items of which something stays unheard, in order; what is
   * told of them afterwards by late events changes nothing.
   */
  interrupt(): Cut[] {
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
    return cuts;
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
