import type { EndReason } from "./events.ts";

/** What the registry knows of a call. */
export interface Registered {
  readonly uuid: string;
  /** Whether its line is gone, or seems to be, so that another socket may come for it. */
  readonly lacksLine: boolean;
  /** Ends after a goodbye. */
  leave(): void;
  end(reason: EndReason): void;
}

/** The live calls of this process, by uuid. */
export class Registry<C extends Registered = Registered> {
  readonly #calls = new Map<string, C>();
  #answered = 0;

  /** Calls that are live now. */
  get size(): number {
    return this.#calls.size;
  }

  /** Calls answered since the start. */
  get answered(): number {
    return this.#answered;
  }

  /** Live calls for which another socket may come. */
  get lackLine(): number {
    let count = 0;
    for (const call of this.#calls.values()) if (call.lacksLine) count++;
    return count;
  }

  /** As they are now. */
  get all(): readonly C[] {
    return [...this.#calls.values()];
  }

  /** The live call of this uuid. */
  find(uuid: string): C | undefined {
    return this.#calls.get(uuid);
  }

  /** Takes a call in; there must be no live one of its uuid. */
  add(call: C): void {
    this.#calls.set(call.uuid, call);
    this.#answered++;
  }

  /** Lets a call go that has ended; harmless when another has its uuid now. */
  remove(call: C): void {
    if (this.#calls.get(call.uuid) === call) this.#calls.delete(call.uuid);
  }

  /** Every live call ends, after a goodbye. */
  leaveAll(): void {
    for (const call of [...this.#calls.values()]) call.leave();
  }

  /** Ends every live call. */
  endAll(reason: EndReason): void {
    for (const call of [...this.#calls.values()]) call.end(reason);
  }
}
