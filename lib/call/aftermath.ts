import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import { priceOf } from "../config/prices.ts";
import type { Log } from "../log.ts";
import type { LoadedPersona } from "../persona/load.ts";
import type { FinishedResponse, ServerEvent } from "../realtime/events.ts";
import { conclusionIn, keyOf, recordRequest } from "./aftermath-request.ts";
import type { CallCost } from "./cost.ts";
import { SUMMARY_TOKENS } from "./cost-limit.ts";
import type { CallEvent } from "./events.ts";
import { responseEvent } from "./model-events.ts";
import type { ModelSession } from "./model-session.ts";
import type { Cut } from "./playback.ts";
import { correctionOf } from "./turns.ts";

/** What a conversation leaves undone when its call ends in the middle. */
export interface LooseEnds {
  /** What the agent said and nobody heard. */
  readonly cuts: readonly Cut[];
  /** That is still being generated. */
  readonly responseId: string | undefined;
  readonly callerSpeaking: boolean;
  /** Whether what the caller said last has not been written down yet. */
  readonly wordsDue: boolean;
}

/** The session that a call ends in. */
export interface LastSession {
  readonly session: Pick<ModelSession, "leaveTo" | "close">;
  readonly persona: LoadedPersona;
  readonly looseEnds: LooseEnds;
}

export interface AftermathOptions extends LastSession {
  readonly clock: Clock;
  readonly log: Log;
  /** The caller's last words and the persona's `summary` are wanted; without it only what is still to be billed. */
  readonly content: boolean;
  readonly cost: CallCost;
  readonly model: string;
  readonly tell: (event: CallEvent) => void;
}

/** From the end of the call. */
const LIMIT_MS = 8_000;
/** A response that is cancelled is over in a moment. */
const CANCEL_LIMIT_MS = 1_500;
/** Transcripts come within a second. */
const WORDS_LIMIT_MS = 1_500;
/** Before the limit; there is no time for a second try after. */
const SECOND_TRY_MS = 3_000;
const MISFIT = "The answer does not fit the schema";

/**
 * What is still to be had of the model when the line is closed: what the response that was cut off cost, and the record of
 * the call that the persona wants. The call counts as over; its session ends here, in 8 s at the latest.
 */
export class Aftermath {
  readonly #options: AftermathOptions;
  readonly #schema: LoadedPersona["summary"];
  readonly #sinceMs: number;
  #send: (event: RealtimeClientEvent) => void = () => {};
  /** The response that is being cancelled. */
  #cancelled: string | undefined;
  #asked: { readonly key: string; readonly tries: number } | undefined;
  #wordsDue: boolean;
  /** What was asked for is there, or will not come. */
  #over = false;
  #finished = false;
  #stopWaiting = () => {};
  #stopLimit = () => {};

  constructor(options: AftermathOptions) {
    this.#options = options;
    const { content, persona, looseEnds } = options;
    this.#schema = content ? persona.summary : undefined;
    // What they are still saying need not be written down, and paid for, where nobody wants it.
    this.#wordsDue = looseEnds.wordsDue && (content || !looseEnds.callerSpeaking);
    this.#sinceMs = options.clock.now();
  }

  /** Whether there is anything to be had. */
  get isNeeded(): boolean {
    return this.#schema !== undefined || this.#wordsDue ||
      this.#options.looseEnds.responseId !== undefined;
  }

  start(): void {
    const { clock, content, session, looseEnds: { cuts, responseId, callerSpeaking } } = this.#options;
    const send = session.leaveTo({
      onModel: (event) => this.#onModel(event),
      onLost: () => this.#fail("The model's session was lost"),
    });
    if (!send) return this.#fail("There was no session of the model's");
    this.#send = send;
    this.#stopLimit = clock.after(LIMIT_MS, () => this.#fail(`No answer within ${LIMIT_MS} ms`));
    // The caller's last words, which no silence has ended; and then nothing more is listened for, or answered.
    if (content && callerSpeaking) send({ type: "input_audio_buffer.commit" });
    send({
      type: "session.update",
      session: { type: "realtime", audio: { input: { turn_detection: null } } },
    });
    for (const cut of cuts) send(correctionOf(cut));
    if (responseId === undefined) return this.#ask();
    this.#cancelled = responseId;
    send({ type: "response.cancel", response_id: responseId });
    this.#stopWaiting = clock.after(CANCEL_LIMIT_MS, () => this.#ask());
  }

  /** There is no time for it. */
  cut(): void {
    this.#fail("The service stopped");
  }

  #onModel(event: ServerEvent): void {
    switch (event.type) {
      case "response.created":
        // Asked for before the end.
        return this.#send({ type: "response.cancel", response_id: event.responseId });
      case "response.done":
        return this.#responseDone(event.response);
      case "conversation.item.input_audio_transcription.completed":
        return this.#onWords(event.itemId, event.transcript.trim());
      case "conversation.item.input_audio_transcription.failed":
        return this.#onWords(event.itemId, "");
      case "error":
        if (this.#asked && event.error.eventId === this.#asked.key) this.#fail(event.error.code);
    }
  }

  #onWords(itemId: string, text: string): void {
    if (text !== "") this.#options.tell({ type: "transcript", role: "user", itemId, text });
    this.#wordsDue = false;
    if (this.#over) this.#finish();
  }

  #responseDone(response: FinishedResponse): void {
    const { tell, model } = this.#options;
    tell(responseEvent(response, model));
    if (response.id === this.#cancelled) return this.#ask();
    if (this.#asked && keyOf(response.metadata) === this.#asked.key) void this.#answered(response);
  }

  /** @param fault of the answer to the first try */
  #ask(fault?: string): void {
    this.#stopWaiting();
    this.#cancelled = undefined;
    if (this.#over) return;
    if (!this.#schema) return this.#done();
    if (!this.#canPay(fault === undefined)) return this.#fail("It would cost more than limits.usd");
    const tries = (this.#asked?.tries ?? 0) + 1;
    const key = `aftermath_${tries}`;
    this.#asked = { key, tries };
    for (const event of recordRequest(key, this.#schema, fault)) this.#send(event);
  }

  #canPay(isCached: boolean): boolean {
    const { cost, model, persona: { limits } } = this.#options;
    const price = priceOf(model);
    if (limits?.usd === undefined || !price) return true;
    const readUsd = isCached ? cost.reading.usd : cost.reading.uncachedUsd;
    return cost.usd + readUsd + SUMMARY_TOKENS * price.textOut / 1e6 <= limits.usd;
  }

  async #answered(response: FinishedResponse): Promise<void> {
    const { status, error, reason } = response;
    if (status !== "completed") return this.#fail(error?.code || reason || status);
    const conclusion = await conclusionIn(response, this.#schema!);
    if (this.#over) return;
    const { clock, log, tell } = this.#options;
    const tookMs = Math.round(clock.now() - this.#sinceMs);
    const { tries } = this.#asked!;
    if ("fault" in conclusion) {
      if (tries > 1 || tookMs > LIMIT_MS - SECOND_TRY_MS) return this.#fail(MISFIT, conclusion.fault);
      return this.#ask(conclusion.fault);
    }
    log.info("Call summed up", { tries, tookMs });
    tell({ type: "concluded", ...conclusion });
    this.#done();
  }

  /** All has been answered; words of the caller's may be a moment late. */
  #done(): void {
    this.#over = true;
    if (!this.#wordsDue) return this.#finish();
    this.#stopWaiting = this.#options.clock.after(WORDS_LIMIT_MS, () => this.#finish());
  }

  /** @param error for the record, where it may name what the log may not */
  #fail(reason: string, error = reason): void {
    const { log, tell } = this.#options;
    if (this.#schema && !this.#over) {
      log.warn("Call could not be summed up", { reason });
      tell({ type: "concluded", error });
    }
    this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#over = this.#finished = true;
    this.#stopWaiting();
    this.#stopLimit();
    this.#options.session.close();
    this.#options.tell({ type: "settled" });
  }
}
