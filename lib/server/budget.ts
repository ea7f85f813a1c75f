import type { CallEvent } from "../call/events.ts";
import { costUsd } from "../config/prices.ts";
import type { Log } from "../log.ts";

export interface BudgetOptions {
  /** Undefined: any amount. */
  readonly usdPerDay: number | undefined;
  /** Time of day. */
  readonly now: () => Date;
  readonly log: Log;
}

/**
 * What this process's calls may cost in a day of UTC. It is kept in memory: a restart begins anew, and each process has its
 * own. Live calls go on when it is spent.
 */
export class Budget {
  readonly #options: BudgetOptions;
  #day = "";
  #usd = 0;
  #told = false;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /** Takes note of what a call tells. */
  note(event: CallEvent): void {
    if (event.type !== "response") return;
    this.#turnPage();
    this.#usd += costUsd(event.model, event.usage) ?? 0;
    const { usdPerDay, log } = this.#options;
    if (this.refusal === undefined || this.#told) return;
    this.#told = true;
    log.warn("Budget of the day is spent, new calls are refused", { day: this.#day, usdPerDay });
  }

  /** Why no further call may begin. */
  get refusal(): string | undefined {
    const { usdPerDay } = this.#options;
    if (usdPerDay === undefined) return undefined;
    this.#turnPage();
    return this.#usd < usdPerDay ? undefined : `BUDGET_USD_PER_DAY is reached: ${usdPerDay}`;
  }

  /** For /healthz; undefined without a budget. */
  get view(): { readonly day: string; readonly usdPerDay: number; readonly usd: number } | undefined {
    const { usdPerDay } = this.#options;
    if (usdPerDay === undefined) return undefined;
    this.#turnPage();
    return { day: this.#day, usdPerDay, usd: Math.round(this.#usd * 1e4) / 1e4 };
  }

  #turnPage(): void {
    const day = this.#options.now().toISOString().slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    this.#usd = 0;
    this.#told = false;
  }
}
