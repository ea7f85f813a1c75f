/** A call that some worker has. */
export interface KnownCall {
  readonly uuid: string;
  readonly persona: string;
  readonly place: number;
}

/** Calls beyond that are not known here: core can't come back for one by way of another worker. */
const CALLS_MAX = 100_000;

/** Which worker has which call. */
export class Directory {
  readonly #calls = new Map<string, KnownCall>();

  get size(): number {
    return this.#calls.size;
  }

  began(call: KnownCall): void {
    if (this.#calls.size < CALLS_MAX || this.#calls.has(call.uuid)) this.#calls.set(call.uuid, call);
  }

  /** Harmless when another worker has a call of that uuid now. */
  over(uuid: string, place: number): void {
    if (this.#calls.get(uuid)?.place === place) this.#calls.delete(uuid);
  }

  find(uuid: string): KnownCall | undefined {
    return this.#calls.get(uuid);
  }

  /** Those of a worker that is gone; they are forgotten. */
  takeAll(place: number): readonly KnownCall[] {
    const calls = [...this.#calls.values()].filter((call) => call.place === place);
    for (const { uuid } of calls) this.#calls.delete(uuid);
    return calls;
  }
}
