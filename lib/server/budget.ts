import type { CallEvent } from "../call/events.ts";
import { costUsd, transcriptionUsd } from "../config/prices.ts";
import type { Log } from "../log.ts";
import { createPurse, type Purse } from "./purse.ts";

export interface BudgetOptions {
  /** Undefined: any amount. */
  readonly usdPerDay: number | undefined;
  /** Time of day. */
  readonly now: () => Date;
  readonly log: Log;
  /** @default one of its own */
  readonly purse?: Purse;
}

const DAY_MS = 86_400_000;

/**
 * What this process's calls, and what is prepared for them, may cost in a day of UTC. It is kept in memory: a restart
 * begins anew, and each process has its own. Live calls go on when it is spent.
 */
export class Budget {
  readonly #options: BudgetOptions;
  readonly #purse: Purse;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.#purse = options.purse ?? createPurse();
  }

  /** Takes note of what a call tells. */
  note(event: CallEvent): void {
    if (event.type === "response") this.spend(costUsd(event.model, event.usage));
    else if (event.type === "transcription") this.spend(transcriptionUsd(event.model, event.usage));
  }

  /** Takes note of dollars spent; undefined: nobody knows how many. */
  spend(usd: number | undefined): void {
    const { usdPerDay, log } = this.#options;
    if (usd === undefined || usd === 0) return;
    const sum = this.#purse.add(this.#day, usd);
    // Whose dollars they are that fill it up tells of it, once.
    if (usdPerDay === undefined || sum < usdPerDay || sum - usd >= usdPerDay) return;
    log.warn("Budget of the day is spent, new calls are refused", { day: dateOf(this.#day), usdPerDay });
  }

  /** Why no further call may begin. */
  get refusal(): string | undefined {
    const { usdPerDay } = this.#options;
    if (usdPerDay === undefined) return undefined;
    return this.#purse.spent(this.#day) < usdPerDay
      ? undefined
      : `BUDGET_USD_PER_DAY is reached: ${usdPerDay}`;
  }

  /** For /healthz; undefined without a budget. */
  get view(): { readonly day: string; readonly usdPerDay: number; readonly usd: number } | undefined {
    const { usdPerDay } = this.#options;
    if (usdPerDay === undefined) return undefined;
    const day = this.#day;
    return { day: dateOf(day), usdPerDay, usd: Math.round(this.#purse.spent(day) * 1e4) / 1e4 };
  }

  get #day(): number {
    return Math.floor(this.#options.now().getTime() / DAY_MS);
  }
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
