import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";

/**
 * Tries whether `model` can be had. Tells once, within a limit of its own and never before it has returned: nothing, or
 * a code for why not. The function it returns ends it; nothing is told then.
 */
export type Probe = (model: string, tell: (fault?: string) => void) => () => void;

/** A model that can't be had at present. */
export interface AwayModel {
  readonly model: string;
  /** How long it has been so, ms. */
  readonly forMs: number;
  /** What the last failure was: a code, never a text of the other side's. */
  readonly reason: string;
}

export interface HealthOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly probe: Probe;
  /** 0 up to 1: many processes that lost the same model must not ask after it as one. */
  readonly random: () => number;
  /** So many failed dials with no success between them mean that the model is away. */
  readonly failuresInARow: number;
  readonly onAway: () => void;
  readonly onBack: () => void;
}

const FIRST_PROBE_MS = 1_000;
const PROBE_MAX_MS = 30_000;

/** Whether one model can be had, by what became of the dials; while it can't, one probe at a time asks after it. */
export class ModelHealth {
  readonly #model: string;
  readonly #options: HealthOptions;
  #successes = 0;
  #failures = 0;
  #reason = "";
  #awaySinceMs: number | undefined;
  /** Since a dial succeeded: the wait for the next grows with it. */
  #probes = 0;
  #stopProbing = () => {};

  constructor(model: string, options: HealthOptions) {
    this.#model = model;
    this.#options = options;
  }

  get isAway(): boolean {
    return this.#awaySinceMs !== undefined;
  }

  /** Undefined while the model can be had. */
  get away(): AwayModel | undefined {
    if (this.#awaySinceMs === undefined) return undefined;
    const forMs = Math.round(this.#options.clock.now() - this.#awaySinceMs);
    return { model: this.#model, forMs, reason: this.#reason };
  }

  /** To be noted when a dial begins: it dates the dial's failure, should it fail. */
  get successes(): number {
    return this.#successes;
  }

  /** A dial was answered: also one that began before the model was thought away. */
  succeeded(): void {
    this.#probes = 0;
    this.#back();
  }

  /**
   * A dial failed. One that began before the last success tells nothing new: what it ran into may be over, as where
   * the handshakes of an outage run into their limits one by one after its end.
   * @param begun `successes` when it began
   */
  failed(begun: number, reason: string): void {
    if (begun !== this.#successes) return;
    this.#failures++;
    this.#reason = reason;
    if (this.isAway || this.#failures < this.#options.failuresInARow) return;
    this.#awaySinceMs = this.#options.clock.now();
    const fields = { model: this.#model, failures: this.#failures, reason };
    this.#options.log.warn("Model is away, new calls are told so", fields);
    this.#probeLater();
    this.#options.onAway();
  }

  /** Ends the probe, or the wait for it. */
  stop(): void {
    this.#stopProbing();
  }

  #probeLater(): void {
    const { clock, probe, random } = this.#options;
    const delayMs = Math.min(FIRST_PROBE_MS * 2 ** this.#probes++, PROBE_MAX_MS) * (1 - random() / 4);
    this.#stopProbing = clock.after(delayMs, () => {
      this.#stopProbing = probe(this.#model, (fault) => {
        // The back-off stays until a call's own dial succeeds: a model that takes probes alone is asked ever more seldom.
        if (fault === undefined) return this.#back();
        this.failed(this.#successes, fault);
        this.#probeLater();
      });
    });
  }

  #back(): void {
    const { away } = this;
    const failures = this.#failures;
    this.#successes++;
    this.#failures = 0;
    if (!away) return;
    this.#awaySinceMs = undefined;
    this.#stopProbing();
    this.#options.log.info("Model is back", { model: this.#model, failures, forMs: away.forMs });
    this.#options.onBack();
  }
}
