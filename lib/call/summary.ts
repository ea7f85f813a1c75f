import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { PersonaDefinition } from "../persona/define.ts";
import { summarizeOf } from "../persona/long-calls.ts";
import type { ApiError, FinishedResponse, ServerEvent, Usage } from "../realtime/events.ts";
import { type ItemLog, type LoggedItem, oldItems } from "./item-log.ts";
import { keyOf, type SummarizedEvent, summaryItem, summaryRequest } from "./summary-text.ts";

export interface SummaryOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The session's, from its beginning. */
  readonly items: Pick<ItemLog, "items">;
  readonly send: (event: RealtimeClientEvent) => void;
  readonly tell: (event: SummarizedEvent) => void;
  /** Whether nobody speaks and nothing is under way. */
  readonly isQuiet: () => boolean;
  /** Tokens that the model has read for an answer from which on the older turns are summed up. */
  readonly afterTokens: number;
  /** Newest turns that stay word for word. */
  readonly keepTurns: number;
}

/** From the request to the text. */
const TEXT_LIMIT_MS = 20_000;
/** The API answers a new item at once. */
const INSERTED_LIMIT_MS = 5_000;
/** How often to look for a pause, and how long: what is done at one is safe at any time, only less discreet. */
const LOOK_MS = 200;
const QUIET_LIMIT_MS = 30_000;
/** After a request that brought no summary, about two minutes of talk. */
const AGAIN_TOKENS = 2_000;
/** Fewer old items are not worth a summary. */
const ITEMS_MIN = 4;
const TEXT_MAX_CHARS = 16_000;
/** Longer item ids than the server's own may be refused. */
const ITEM_ID_MAX_CHARS = 32;

/** The summaries of a persona's conversation; undefined where it wants none. */
export function createSummary(
  persona: Pick<PersonaDefinition, "summarize">,
  options: Omit<SummaryOptions, "afterTokens" | "keepTurns">,
): Summary | undefined {
  const wanted = summarizeOf(persona);
  return wanted && new Summary({ ...options, ...wanted });
}

type Request = { readonly key: string; readonly old: readonly LoggedItem[]; readonly sinceMs: number };

/**
 * Keeps a long conversation short: when the model reads more than a threshold for each answer, it is asked beside the
 * conversation to sum the older turns up in writing; the summary goes in their place. Whatever fails, nothing is deleted.
 */
export class Summary {
  readonly #options: SummaryOptions;
  #lastTokens = 0;
  #nextTokens: number;
  /** Wanted, asked for or being put in. */
  #underWay = false;
  #asked: Request | undefined;
  #inserting:
    | (Request & { readonly itemId: string; readonly text: string; readonly usage: Usage })
    | undefined;
  #stopWaiting = () => {};
  #over = false;

  constructor(options: SummaryOptions) {
    this.#options = options;
    this.#nextTokens = options.afterTokens;
  }

  /** Any event of the session; needs `response.done` of both kinds and `conversation.item.added`. */
  onModel(event: ServerEvent): void {
    if (this.#over) return;
    if (event.type === "conversation.item.added") {
      if (event.item.id === this.#inserting?.itemId) this.#inserted();
    } else if (event.type === "response.done") {
      if (event.response.inConversation) this.#used(event.response.usage);
      else this.#answered(event.response);
    }
  }

  /** Takes an error that answers one of our requests; returns false for any other. */
  refused(error: ApiError): boolean {
    const key = this.#asked?.key ?? this.#inserting?.key;
    if (key === undefined || error.eventId !== key) return false;
    this.#fail(error.code);
    return true;
  }

  /** The session is gone, or the call is over. */
  stop(): void {
    this.#over = true;
    this.#stopWaiting();
  }

  #used({ inputTokens }: Usage): void {
    // A response that failed tells nothing.
    if (inputTokens === 0) return;
    // Something has been left out: what we waited to grow begins anew.
    if (inputTokens < this.#lastTokens) this.#again(inputTokens);
    this.#lastTokens = inputTokens;
    if (this.#underWay || inputTokens < this.#nextTokens) return;
    this.#underWay = true;
    this.#whenQuiet(() => this.#ask());
  }

  #again(inputTokens: number): void {
    const { afterTokens } = this.#options;
    this.#nextTokens = Math.min(this.#nextTokens, Math.max(afterTokens, inputTokens + AGAIN_TOKENS));
  }

  #ask(): void {
    const { clock, items, keepTurns, send } = this.#options;
    this.#nextTokens = this.#lastTokens + AGAIN_TOKENS;
    const old = oldItems(items.items, keepTurns);
    if (old.length < ITEMS_MIN) {
      this.#underWay = false;
      return;
    }
    const sinceMs = clock.now();
    this.#asked = { key: `summary_${Math.round(sinceMs)}`, old, sinceMs };
    this.#after(TEXT_LIMIT_MS, () => this.#fail(`No answer within ${TEXT_LIMIT_MS} ms`));
    send(summaryRequest(this.#asked.key, old.map(({ id }) => id)));
  }

  #answered({ id, status, reason, error, metadata, text, usage }: FinishedResponse): void {
    const asked = this.#asked;
    if (!asked || keyOf(metadata) !== asked.key) return;
    if (status !== "completed") return this.#fail(error?.code || reason || status);
    const summary = text.trim();
    if (summary === "" || summary.length > TEXT_MAX_CHARS) {
      return this.#fail(`The summary has ${summary.length} characters`);
    }
    this.#asked = undefined;
    this.#whenQuiet(() => {
      const itemId = `sum_${id}`.slice(0, ITEM_ID_MAX_CHARS);
      this.#inserting = { ...asked, itemId, text: summary, usage };
      this.#after(INSERTED_LIMIT_MS, () => this.#fail(`Not put in within ${INSERTED_LIMIT_MS} ms`));
      this.#options.send({
        type: "conversation.item.create",
        event_id: asked.key,
        previous_item_id: "root",
        item: { ...summaryItem(summary), id: itemId },
      });
    });
  }

  /** Only now that the summary is there the rest may go. */
  #inserted(): void {
    const { clock, items, log, send, tell } = this.#options;
    const { old, text, sinceMs, usage } = this.#inserting!;
    this.#done();
    const there = new Set(items.items.map(({ id }) => id));
    const gone = old.filter(({ id }) => there.has(id));
    for (const { id } of gone) send({ type: "conversation.item.delete", item_id: id });
    log.info("Older turns summed up", {
      items: gone.length,
      beforeTokens: this.#lastTokens,
      tookMs: Math.round(clock.now() - sinceMs),
      inputTokens: usage.inputTokens,
      cachedTokens: usage.cachedTokens,
      outputTokens: usage.outputTokens,
    });
    const callIds = old.flatMap((item) => item.kind === "function_call" ? [item.callId] : []);
    tell({ type: "summarized", text, itemIds: old.map(({ id }) => id), callIds });
  }

  #fail(reason: string): void {
    this.#done();
    this.#options.log.warn("Older turns could not be summed up yet", { reason });
  }

  #done(): void {
    this.#stopWaiting();
    this.#asked = this.#inserting = undefined;
    this.#underWay = false;
  }

  #whenQuiet(act: () => void, untilMs = this.#options.clock.now() + QUIET_LIMIT_MS): void {
    const { clock, isQuiet } = this.#options;
    if (isQuiet() || clock.now() >= untilMs) {
      this.#stopWaiting();
      return act();
    }
    this.#after(LOOK_MS, () => this.#whenQuiet(act, untilMs));
  }

  #after(delayMs: number, fn: () => void): void {
    this.#stopWaiting();
    this.#stopWaiting = this.#options.clock.after(delayMs, fn);
  }
}
