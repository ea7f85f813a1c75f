import type { CallEvent } from "../call/events.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { priceOf, transcriptionPriceOf } from "../config/prices.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { modelFor, transcriberFor } from "../realtime/session.ts";
import type { LineFacts } from "../records/record.ts";
import { createRecords, type Records, type RecordsOptions } from "../records/records.ts";
import { Budget } from "./budget.ts";
import type { Purse } from "./purse.ts";
import { createSpokenLog } from "./spoken-log.ts";

export interface BooksOptions extends Pick<RecordsOptions, "fetch" | "random" | "tally"> {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly personas: Iterable<LoadedPersona>;
  /** Whether metrics count what calls cost. @default {false} */
  readonly counted?: boolean;
  /** Where the day's dollars are counted. @default one of its own */
  readonly purse?: Purse | undefined;
  /** @default the machine's time of day */
  readonly now?: () => Date;
}

/** A call as the books know it. */
export interface BookedCall {
  readonly uuid: string;
  readonly persona: string;
  readonly line: LineFacts;
  /** Of OpenTelemetry, where the call is traced. */
  readonly traceId?: string | undefined;
  /** Ends what follows its end. */
  readonly cut: () => void;
}

/** What is kept of calls: their records, what a day costs, and what the log may tell of what was said. */
export interface Books {
  readonly budget: Budget;
  /** Records that wait, by where they are to go. */
  readonly waiting: Records["waiting"];
  /** What is to be asked of the model when a call is over. */
  readonly afterwards: { readonly afterwards?: "cost" | "all" };
  /** A call begins: returns what takes its events. It never throws. */
  open(call: BookedCall): (event: CallEvent) => void;
  /** Resolves when nothing more is told of any call; those that are not through by the limit are cut short. */
  settle(limitMs: number): Promise<void>;
  /** Resolves when all records were tried once more, or at the limit. */
  close(limitMs: number): Promise<void>;
}

/** Opens the books of a process. */
export function createBooks(options: BooksOptions): Books {
  const { config, clock, log, personas, now = () => new Date() } = options;
  const { purse } = options;
  const budget = new Budget({ usdPerDay: config.limits.usdPerDay, now, log, ...(purse ? { purse } : {}) });
  const records = createRecords({ ...options, records: config.records, now });
  /** Calls that have ended and of which something is still told. */
  const lingering = new Set<BookedCall>();
  let onSettled = () => {};
  warnOfUnknownPrices(personas, config, log);

  return {
    budget,
    get waiting() {
      return records?.waiting ?? [];
    },
    afterwards: afterwardsOf(config, options.counted),
    open(call) {
      const { uuid, persona } = call;
      const record = records?.begin(uuid, call.line, call.traceId);
      const spoken = config.logTranscripts ? createSpokenLog(log.with({ uuid, persona })) : undefined;
      return (event) => {
        try {
          budget.note(event);
          spoken?.(event);
          record?.(event);
        } catch (error) {
          log.error("Could not keep the books of a call", { uuid, persona, error: messageOf(error) });
        }
        if (event.type === "ended" && event.more) lingering.add(call);
        else if (event.type === "settled") lingering.delete(call);
        if (lingering.size === 0) onSettled();
      };
    },
    async settle(limitMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      onSettled = resolve;
      const stop = clock.after(limitMs, () => {
        for (const call of [...lingering]) call.cut();
        resolve();
      });
      if (lingering.size === 0) resolve();
      await promise;
      stop();
    },
    close: (limitMs) => records?.close(limitMs) ?? Promise.resolve(),
  };
}

/** What was asked for after the end has to be paid: only for whoever keeps it. To be told what it has cost is free. */
function afterwardsOf({ records, limits }: Config, counted = false): Books["afterwards"] {
  const isKept = records.file !== undefined || records.url !== undefined;
  if (isKept && records.content === "full") return { afterwards: "all" };
  return isKept || counted || limits.usdPerDay !== undefined ? { afterwards: "cost" } : {};
}

/** What such calls cost is not known, so that no budget holds them. */
function warnOfUnknownPrices(personas: Iterable<LoadedPersona>, config: Config, log: Log): void {
  if (config.limits.usdPerDay === undefined) return;
  for (const persona of personas) {
    const [model, transcriber] = [modelFor(persona, config), transcriberFor(persona, config)];
    if (!priceOf(model)) {
      log.warn("Calls of a persona do not count for BUDGET_USD_PER_DAY, as the model's price is not known", {
        persona: persona.name,
        model,
      });
    }
    if (transcriber === undefined || transcriptionPriceOf(transcriber)) continue;
    log.warn("Transcription does not count for BUDGET_USD_PER_DAY, as its model's price is not known", {
      persona: persona.name,
      model: transcriber,
    });
  }
}
