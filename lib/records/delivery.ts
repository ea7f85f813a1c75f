import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { type Outcome, post } from "./post.ts";
import { quietly } from "./quietly.ts";
import { createSigner } from "./sign.ts";

export interface DeliveryOptions {
  readonly url: string;
  /** Without one nothing is signed. */
  readonly secret: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Time of day. */
  readonly now: () => Date;
  readonly fetch?: typeof fetch;
  /** Told of each record that is taken, and of each that is given up. */
  readonly tally?: Tally;
  /** 0 up to 1: many instances that lost the same collector must not come back as one. */
  readonly random?: () => number;
}

/** Why a record was given up; `ended`: the service did before it was taken. */
export type Loss = "refused" | "too_old" | "too_many" | "ended" | "broken";

/** Counts what becomes of records. */
export interface Tally {
  taken(): void;
  lost(reason: Loss): void;
}

interface Parcel {
  readonly body: string;
  readonly sinceMs: number;
  tries: number;
}

/** What waits for a collector that takes none: about 1000 calls; beyond that the oldest are dropped. */
const WAITING_MAX = 1_000;
const WAITING_MAX_CHARS = 32 * 1024 * 1024;
/** After a day nobody misses it. */
const AGE_MAX_MS = 24 * 3_600_000;
const IN_FLIGHT_MAX = 8;
const FIRST_DELAY_MS = 1_000;
const DELAY_MAX_MS = 60_000;
const ANSWER_LIMIT_MS = 10_000;
/** Tries of one that is not tried again: the process ends. */
const ENOUGH = Infinity;

/**
 * POSTs records to a collector, each until it is taken. While the collector is away one at a time is tried, ever later;
 * what it refuses for good is not sent again. It may get one twice, when its answer was lost.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #sign: ReturnType<typeof createSigner> | undefined;
  readonly #waiting: Parcel[] = [];
  readonly #inFlight = new Map<Parcel, AbortController>();
  readonly #tellFailed: ReturnType<typeof quietly>;
  readonly #tellDropped: ReturnType<typeof quietly>;
  #characters = 0;
  #lost = 0;
  /** In a row. */
  #failures = 0;
  #paused = false;
  #stopPause = () => {};
  /** Told when nothing is left to be tried, at the end. */
  #closing: (() => void) | undefined;
  #closed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { clock, log, secret } = options;
    this.#sign = secret === undefined ? undefined : createSigner(secret);
    this.#tellFailed = quietly(clock, (why) => log.warn("Record was not taken, it is sent again", why));
    this.#tellDropped = quietly(clock, (why) => log.error("Record dropped", why));
  }

  /** Records that have not been taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @param body JSON */
  add(body: string): void {
    this.#waiting.push({ body, sinceMs: this.#options.clock.now(), tries: 0 });
    this.#characters += body.length;
    this.#makeRoom();
    this.#next();
  }

  /** Sends once more what waits, without a pause. Resolves when all of it was tried, or at the limit. */
  async close(limitMs: number): Promise<void> {
    const { clock, log } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closing = resolve;
    this.#stopPause();
    this.#paused = false;
    this.#failures = 0;
    const stop = clock.after(limitMs, resolve);
    this.#next();
    await promise;
    stop();
    this.#closed = true;
    for (const abort of this.#inFlight.values()) abort.abort();
    for (let left = this.#waiting.length; left > 0; left--) this.#options.tally?.lost("ended");
    const lost = this.#waiting.length + this.#lost;
    if (lost > 0) log.error("Records are lost, as they were not taken", { records: lost });
  }

  #next(): void {
    const most = this.#failures > 0 && !this.#closing ? 1 : IN_FLIGHT_MAX;
    while (!this.#paused && this.#inFlight.size < most) {
      const parcel = this.#choose();
      if (!parcel) break;
      const abort = new AbortController();
      this.#inFlight.set(parcel, abort);
      void this.#send(parcel, abort);
    }
    if (this.#closing && this.#inFlight.size === 0) this.#closing();
  }

  /** The one that was tried least; of these, the oldest: one that is never taken does not hold the others up. */
  #choose(): Parcel | undefined {
    let chosen: Parcel | undefined;
    for (const parcel of this.#waiting) {
      if (this.#inFlight.has(parcel) || parcel.tries === ENOUGH) continue;
      if (!chosen || parcel.tries < chosen.tries) chosen = parcel;
    }
    return chosen;
  }

  /** Never rejects. */
  async #send(parcel: Parcel, abort: AbortController): Promise<void> {
    const { url, clock, now, fetch } = this.#options;
    const { body } = parcel;
    parcel.tries = this.#closing ? ENOUGH : parcel.tries + 1;
    const outcome = await post(url, {
      body,
      sign: async () => await this.#sign?.(body, now()) ?? {},
      clock,
      limitMs: ANSWER_LIMIT_MS,
      abort,
      ...(fetch ? { fetch } : {}),
    });
    this.#inFlight.delete(parcel);
    if (this.#closed) return;
    if (outcome.kind === "failed") this.#failed(parcel, outcome);
    else {
      this.#failures = 0;
      this.#remove(parcel);
      if (outcome.kind === "refused") this.#drop("refused", outcome.status);
      else this.#options.tally?.taken();
    }
    this.#next();
  }

  #failed(parcel: Parcel, { why, retryAfterMs }: Outcome & { kind: "failed" }): void {
    const { clock, random = Math.random } = this.#options;
    this.#failures++;
    this.#tellFailed({ reason: why, waiting: this.#waiting.length });
    if (clock.now() - parcel.sinceMs > AGE_MAX_MS) {
      this.#remove(parcel);
      this.#drop("too_old");
    }
    if (this.#closing) return;
    const backOffMs = Math.min(FIRST_DELAY_MS * 2 ** (this.#failures - 1), DELAY_MAX_MS) *
      (0.5 + random() / 2);
    this.#paused = true;
    this.#stopPause();
    this.#stopPause = clock.after(Math.max(backOffMs, Math.min(retryAfterMs, DELAY_MAX_MS)), () => {
      this.#paused = false;
      this.#next();
    });
  }

  #makeRoom(): void {
    while (this.#waiting.length > WAITING_MAX || this.#characters > WAITING_MAX_CHARS) {
      const oldest = this.#waiting.find((parcel) => !this.#inFlight.has(parcel));
      if (!oldest) return;
      this.#remove(oldest);
      this.#drop("too_many");
    }
  }

  #remove(parcel: Parcel): void {
    const at = this.#waiting.indexOf(parcel);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#characters -= parcel.body.length;
  }

  #drop(reason: Loss, status?: number): void {
    this.#lost++;
    this.#options.tally?.lost(reason);
    this.#tellDropped({ reason, status, lost: this.#lost });
  }
}
