/** Orders that the caller was asked about; older ones are asked about again. */
const KEPT = 8;

/**
 * Tools that the caller has to agree to: the first call of the model is sent back with the request to read it out, the
 * same call runs when the caller has spoken since.
 */
export class Confirmations {
  readonly #asked = new Map<string, number>();
  #turns = 0;

  /** The caller has had a turn. */
  callerSpoke(): void {
    this.#turns++;
  }

  /** Undefined when it may run now; else what to tell the model. */
  check(name: string, args: unknown): string | undefined {
    const key = `${name} ${canonical(args)}`;
    const askedAt = this.#asked.get(key);
    if (askedAt !== undefined && this.#turns > askedAt) {
      this.#asked.delete(key);
      return undefined;
    }
    this.#asked.set(key, this.#turns);
    if (this.#asked.size > KEPT) {
      const [oldest] = this.#asked.keys();
      this.#asked.delete(oldest!);
    }
    return "Not done yet: the caller has to agree first. Read these details back, ask whether they are right, and " +
      "call this tool again with the same arguments only when the caller says yes.";
  }
}

/** JSON with its keys in order, so that the same order is the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1))
        : inner,
  ) ?? "";
}
