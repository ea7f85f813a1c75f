import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { type AwayModel, ModelHealth, type Probe } from "./model-health.ts";

/** A dial that asks for its turn. What its functions throw goes to the log; a `go` that throws has lost its place. */
export interface Dial {
  /** It is this dial's turn; called once, at once where there is room, before `enter` returns. */
  go(): void;
  /** The turn does not come for now as the model is away. The dial keeps its place; may be told again. */
  away?(): void;
}

/** A dial's place among those that wait or are under way. Only the first call of either function counts. */
export interface DialTicket {
  /** Nobody wants it any more: counts as neither success nor failure. */
  cancel(): void;
  /** What became of it; as good as `cancel` while it waits. @param reason a code, for an operator */
  outcome(outcome: "opened" | "failed", reason?: string): void;
}

/** What a dial of the model passes. */
export interface DialGate {
  enter(model: string, dial: Dial): DialTicket;
}

export interface CircuitOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly probe: Probe;
  /** 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** Dials under way at once, all models together. @default {20} */
  readonly parallel?: number;
  /** Failed dials with no success between them after which a model is away. @default {5} */
  readonly failuresInARow?: number;
}

export interface CircuitState {
  /** Dials under way. */
  readonly dialling: number;
  /** Dials that wait for their turn. */
  readonly waiting: number;
  readonly away: readonly AwayModel[];
}

interface Entered {
  /** Place in the order of all. */
  readonly order: number;
  readonly dial: Dial;
  state: "waiting" | "dialling" | "over";
  /** `successes` of its model when it began. */
  begun: number;
}

interface Model {
  readonly health: ModelHealth;
  /** In order. As many as the calls have dials: one or two each. */
  readonly waiting: Set<Entered>;
}

/**
 * What stands between all calls of a process and the API: so many dials at once, the others in order behind them; and
 * for a model that failed several dials in a row, none at all until a probe of its own has found it back.
 *
 * The bound is common to all models, since the account's limits are. Failures are counted for each model by its name:
 * a persona with a misspelt model must not take the others' calls away, while a wrong key or an outage shows in every
 * model that is dialled, one after the other. A fatal error counts as one failure like any other and not as proof: the
 * API has answered so in passing, five calls that hear of it by themselves are no harm, and a quota that is filled up
 * again is found by the probe, without a restart.
 */
export class Circuit implements DialGate {
  readonly #options: Required<CircuitOptions>;
  readonly #models = new Map<string, Model>();
  #entered = 0;
  #dialling = 0;
  #admitting = false;
  #stopped = false;

  constructor(options: CircuitOptions) {
    this.#options = { random: Math.random, parallel: 20, failuresInARow: 5, ...options };
  }

  /** Asks for a turn to dial `model`; until the ticket is cancelled or told the outcome it holds its place. */
  enter(model: string, dial: Dial): DialTicket {
    const { health, waiting } = this.#model(model);
    const entered: Entered = { order: this.#entered++, dial, state: "waiting", begun: 0 };
    waiting.add(entered);
    if (health.isAway) this.#tellAway(entered);
    this.#admit();
    const leave = () => this.#leave(entered, waiting);
    return {
      cancel: () => {
        if (leave() === "dialling") this.#admit();
      },
      outcome: (outcome, reason = "unknown") => {
        if (leave() !== "dialling" || this.#stopped) return;
        if (outcome === "opened") health.succeeded();
        else health.failed(entered.begun, reason);
        this.#admit();
      },
    };
  }

  /** Whether `model` is away: a new call of it would wait in vain and is better told at once. */
  isOpen(model: string): boolean {
    return this.#models.get(model)?.health.isAway === true;
  }

  /** As it is now, for those who ask after the service's health. */
  get state(): CircuitState {
    const models = [...this.#models.values()];
    return {
      dialling: this.#dialling,
      waiting: models.reduce((sum, { waiting }) => sum + waiting.size, 0),
      away: models.flatMap(({ health }) => health.away ?? []),
    };
  }

  /** Ends probes and timers. Dials that wait, or ask later, get no turn. */
  stop(): void {
    this.#stopped = true;
    for (const { health } of this.#models.values()) health.stop();
  }

  #model(name: string): Model {
    const known = this.#models.get(name);
    if (known) return known;
    const waiting = new Set<Entered>();
    const health = new ModelHealth(name, {
      ...this.#options,
      onAway: () => {
        for (const entered of [...waiting]) this.#tellAway(entered);
      },
      onBack: () => this.#admit(),
    });
    const model = { health, waiting };
    this.#models.set(name, model);
    return model;
  }

  /** Gives turns while there is room. Not from within itself: a dial may fail, or enter, in its own `go`. */
  #admit(): void {
    if (this.#admitting) return;
    this.#admitting = true;
    while (!this.#stopped && this.#dialling < this.#options.parallel) {
      const next = this.#next();
      if (!next) break;
      next.model.waiting.delete(next.entered);
      next.entered.state = "dialling";
      next.entered.begun = next.model.health.successes;
      this.#dialling++;
      if (!this.#attempt(() => next.entered.dial.go())) this.#leave(next.entered, next.model.waiting);
    }
    this.#admitting = false;
  }

  /** Frees the place that it has, if it still has one. Returns what it was at. */
  #leave(entered: Entered, waiting: Set<Entered>): Entered["state"] {
    const was = entered.state;
    entered.state = "over";
    waiting.delete(entered);
    if (was === "dialling") this.#dialling--;
    return was;
  }

  /** The one that has waited longest, of the models that can be had. */
  #next(): { model: Model; entered: Entered } | undefined {
    let first: { model: Model; entered: Entered } | undefined;
    for (const model of this.#models.values()) {
      const [entered] = model.waiting;
      if (!entered || model.health.isAway) continue;
      if (!first || entered.order < first.entered.order) first = { model, entered };
    }
    return first;
  }

  #tellAway(entered: Entered): void {
    if (entered.state === "waiting") this.#attempt(() => entered.dial.away?.());
  }

  /** One call's fault must not reach the call whose end gave it the turn. Returns false if there was one. */
  #attempt(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      this.#options.log.error("Could not begin to dial the model", { error: messageOf(error) });
      return false;
    }
  }
}
