import type { Clock } from "../clock.ts";

/** One side's words. */
export interface Utterance {
  readonly role: "user" | "agent";
  readonly itemId: string;
  readonly text: string;
}

interface Place {
  readonly itemId: string;
  utterance: Utterance | undefined;
}

/** How long the answer's transcript waits for the words it answers. */
const WAIT_LIMIT_MS = 2000;

/**
 * Puts the transcripts of both sides into the order of the conversation. The caller's words are transcribed by a side
 * model and often come after the answer to them.
 */
export class TranscriptOrder {
  readonly #clock: Clock;
  readonly #tell: (utterance: Utterance) => void;
  readonly #places: Place[] = [];
  readonly #timers = new Map<Place, () => void>();

  constructor(clock: Clock, tell: (utterance: Utterance) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Whether words of the caller's are still to come. */
  get isWaiting(): boolean {
    return this.#places.some(({ utterance }) => utterance === undefined);
  }

  /** The caller said something that will be transcribed: what follows waits for it. */
  expect(itemId: string): void {
    const place: Place = { itemId, utterance: undefined };
    this.#places.push(place);
    this.#timers.set(place, this.#clock.after(WAIT_LIMIT_MS, () => this.forget(itemId)));
  }

  /** The caller's words of an item. */
  user(itemId: string, text: string): void {
    const utterance: Utterance = { role: "user", itemId, text };
    const place = this.#places.find((each) => each.itemId === itemId);
    if (!place) return this.#tell(utterance);
    place.utterance = utterance;
    this.#advance();
  }

  /** The agent's words of an item. */
  agent(itemId: string, text: string): void {
    this.#places.push({ itemId, utterance: { role: "agent", itemId, text } });
    this.#advance();
  }

  /** The caller's words of an item will not come: nothing waits for them any more. */
  forget(itemId: string): void {
    const index = this.#places.findIndex((each) => each.itemId === itemId && !each.utterance);
    if (index < 0) return;
    const [place] = this.#places.splice(index, 1);
    this.#stopWaiting(place!);
    this.#advance();
  }

  /** The call is over: tells what still waits. */
  end(): void {
    for (const place of this.#places.splice(0)) {
      this.#stopWaiting(place);
      if (place.utterance) this.#tell(place.utterance);
    }
  }

  #advance(): void {
    while (this.#places[0]?.utterance) {
      const place = this.#places.shift()!;
      this.#stopWaiting(place);
      this.#tell(place.utterance!);
    }
  }

  #stopWaiting(place: Place): void {
    this.#timers.get(place)?.();
    this.#timers.delete(place);
  }
}
