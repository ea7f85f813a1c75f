import type { Log } from "../log.ts";
import type { Call } from "./call.ts";
import type { EndReason } from "./events.ts";

/** The live calls of this process, by uuid. */
export class Registry {
  readonly #calls = new Map<string, Call>();
  readonly #log: Log;
  #answered = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Calls that are live now. */
  get size(): number {
    return this.#calls.size;
  }

  /** Calls answered since the start. */
  get answered(): number {
    return this.#answered;
  }

  /** Takes a call in. A live one of the same uuid is ended: core came back for it on a new socket. */
  add(call: Call): void {
    const earlier = this.#calls.get(call.uuid);
    this.#calls.set(call.uuid, call);
    this.#answered++;
    if (!earlier) return;
    this.#log.warn("Same call on a new socket, the old one ends", { uuid: call.uuid });
    earlier.end("replaced");
  }

  /** Lets a call go that has ended; harmless when another has taken its uuid. */
  remove(call: Call): void {
    if (this.#calls.get(call.uuid) === call) this.#calls.delete(call.uuid);
  }

  /** Ends every live call. */
  endAll(reason: EndReason): void {
    for (const call of [...this.#calls.values()]) call.end(reason);
  }
}
