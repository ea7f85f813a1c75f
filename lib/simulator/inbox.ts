/** What a frozen session keeps for later; a real connection would long have made its sender wait. */
const KEPT_MAX = 20_000;

/** Where a session's messages come in: handled at once, or kept while the connection is frozen. */
export class Inbox {
  readonly #handle: (data: unknown) => void;
  #kept: unknown[] | undefined;

  constructor(handle: (data: unknown) => void) {
    this.#handle = handle;
  }

  received(data: unknown): void {
    if (!this.#kept) this.#handle(data);
    else if (this.#kept.length < KEPT_MAX) this.#kept.push(data);
  }

  /** Nothing gets in until `release`. */
  hold(): void {
    this.#kept ??= [];
  }

  /** Lets in what has waited, in order. */
  release(): void {
    const kept = this.#kept ?? [];
    this.#kept = undefined;
    for (const data of kept) this.#handle(data);
  }

  /** Forgets what waits: nobody will handle it any more. */
  clear(): void {
    this.#kept = undefined;
  }
}
