import type { RealtimeClientEvent, SessionUpdateEvent } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { inBetaWords } from "./beta.ts";
import { Completion } from "./completion.ts";
import type { ApiError, ServerEvent } from "./events.ts";
import { namedField } from "./refused-fields.ts";
import { Settling } from "./settling.ts";

/** A server that knows none of these speaks as before general availability. */
const WORDS_OF_TODAY: readonly string[] = ["session.type", "session.audio", "session.output_modalities"];

export interface AllowancesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly transmit: (text: string) => void;
  readonly tell: (event: ServerEvent) => void;
}

/**
 * Stands between a call and a server that is compatible with the API in its own way: what the call says is put into words
 * that the server takes, and what the server says is made whole. What OpenAI is told and tells stays as it is, but for
 * fields of a session that it refuses.
 */
export class Allowances {
  readonly #options: AllowancesOptions;
  readonly #settling: Settling;
  readonly #completion: Completion;
  #isBeta = false;
  /** Updates in words that the server has turned out not to know, whose answers nobody is to hear. */
  #superseded = 0;

  constructor(options: AllowancesOptions) {
    this.#options = options;
    this.#settling = new Settling({ ...options, resend: (event) => this.#transmit(event) });
    this.#completion = new Completion({ ...options, send: (event) => this.#transmit(event) });
  }

  send(event: RealtimeClientEvent): void {
    if (!this.#completion.sent(event)) return;
    this.#transmit(event.type === "session.update" ? this.#settling.sent(event) : event);
  }

  received(event: ServerEvent): void {
    if (event.type !== "error") this.#settling.heard();
    switch (event.type) {
      case "session.created":
        if (event.session.isBeta) this.#speakBeta();
        break;
      case "session.updated":
        if (event.session.isBeta) this.#speakBeta();
        if (this.#isSuperseded() || !this.#settling.updated(event.session)) return;
        break;
      case "error":
        if (isOfBeta(event.error)) this.#speakBeta();
        if (this.#superseded > 0 && this.#refusesSession(event.error)) {
          this.#superseded--;
          return;
        }
        if (this.#settling.refused(event.error)) return;
    }
    this.#completion.received(event);
  }

  stop(): void {
    this.#settling.stop();
    this.#completion.stop();
  }

  #transmit(event: RealtimeClientEvent): void {
    this.#options.transmit(JSON.stringify(this.#isBeta ? inBetaWords(event) : event));
  }

  /** What was said before the server was known is said again in its words. */
  #speakBeta(): void {
    if (this.#isBeta) return;
    this.#isBeta = true;
    this.#options.log.info("The model's server speaks as before general availability, and is spoken to so");
    const open: readonly SessionUpdateEvent[] = this.#settling.open;
    this.#superseded = open.length;
    for (const event of open) this.#transmit(event);
  }

  #isSuperseded(): boolean {
    if (this.#superseded === 0) return false;
    this.#superseded--;
    return true;
  }

  #refusesSession(error: ApiError): boolean {
    const isOurs = this.#settling.open.some(({ event_id }) =>
      event_id !== undefined && event_id === error.eventId
    );
    return isOurs || namedField(error)?.startsWith("session.") === true;
  }
}

function isOfBeta(error: ApiError): boolean {
  return error.code === "unknown_parameter" && WORDS_OF_TODAY.includes(namedField(error) ?? "");
}
