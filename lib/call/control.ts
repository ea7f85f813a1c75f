import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Ami } from "../tools/ami.ts";
import type { ControlAction } from "../tools/tool.ts";
import { CALL_OVER } from "./call-over.ts";
import type { CallEvent, EndReason } from "./events.ts";
import type { Playback } from "./playback.ts";
import { whenHeard } from "./when-heard.ts";

export interface ControlOptions {
  readonly clock: Clock;
  readonly playback: Playback;
  readonly uuid: string;
  readonly ami: Ami;
  readonly log: Log;
  /** Whether something is still to be said. */
  readonly busy: () => boolean;
  readonly tell: (event: CallEvent) => void;
  /** The call is on its way out: nothing more is said. */
  readonly onLeaving: () => void;
  readonly handoff: (persona: string) => Promise<string | undefined>;
  readonly end: (reason: EndReason) => void;
}

/** Goodbyes that are never heard to their end do not keep the call. */
const GOODBYE_LIMIT_MS = 10_000;
/** Core closes the line when the phone is gone; if it does not, we do. */
const LINE_CLOSE_LIMIT_MS = 5_000;

const CANCELLED = "The caller spoke into the goodbye, so the call was not ended. Listen and answer.";

/** Hang-up, transfer and handoff: only when the agent's last words have been heard, and told to the model if they fail. */
export class CallControl {
  readonly #options: ControlOptions;
  readonly #abort = new AbortController();
  #cancelHangUp: (() => void) | undefined;
  #pending = 0;
  /** Of these, those that end the call. */
  #ending = 0;
  #stopWaiting = () => {};
  #stopClosing = () => {};

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /** Does it. Resolves to words for the model, or to undefined when nothing more is to be said. */
  async act(action: ControlAction): Promise<string | undefined> {
    const ending = action.type === "handoff" ? 0 : 1;
    this.#pending++;
    this.#ending += ending;
    try {
      if (action.type === "hangup") return await this.#hangUp();
      if (action.type === "transfer") return await this.#transfer(action);
      return await this.#options.handoff(action.persona);
    } finally {
      this.#pending--;
      this.#ending -= ending;
    }
  }

  /** Whether the call is about to be hung up or transferred. */
  get ending(): boolean {
    return this.#ending > 0;
  }

  /** Whether it waits for the last words, or for the phone's side. */
  get pending(): boolean {
    return this.#pending > 0;
  }

  /** The caller speaks: a pending hang-up is taken back, a transfer is not. */
  callerSpoke(): void {
    this.#cancelHangUp?.();
  }

  /** Ends the phone's side of the call, whatever avr-ami says, and then ours. */
  async leave(reason: EndReason): Promise<void> {
    const { ami, uuid, log, end } = this.#options;
    this.#leaving(reason);
    const answer = await ami.hangup(uuid, this.#abort.signal);
    if (!answer.ok) log.warn("The phone's side could not be hung up", { status: answer.status });
    end(reason);
  }

  /** The call is over. */
  stop(): void {
    this.#abort.abort(CALL_OVER);
    this.#stopWaiting();
    this.#stopClosing();
  }

  async #hangUp(): Promise<string | undefined> {
    const { ami, uuid } = this.#options;
    const heard = await this.#heard((cancel) => this.#cancelHangUp = cancel);
    this.#cancelHangUp = undefined;
    if (!heard) return CANCELLED;
    const answer = await ami.hangup(uuid, this.#abort.signal);
    if (!answer.ok) return answer.words;
    this.#leaving("agent_hung_up");
    return undefined;
  }

  async #transfer(
    { extension, context, priority }: Extract<ControlAction, { type: "transfer" }>,
  ): Promise<string | undefined> {
    const { ami, uuid } = this.#options;
    await this.#heard(() => {});
    const answer = await ami.transfer({ uuid, exten: extension, context, priority }, this.#abort.signal);
    if (!answer.ok) return answer.words;
    this.#leaving("transferred");
    return undefined;
  }

  /** Resolves to true when all words have been heard, to false when that was cancelled before. */
  #heard(onCancel: (cancel: () => void) => void): Promise<boolean> {
    const { clock, playback, busy } = this.#options;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#stopWaiting = whenHeard({ clock, playback, busy, limitMs: GOODBYE_LIMIT_MS }, () => resolve(true));
    onCancel(() => {
      this.#stopWaiting();
      resolve(false);
    });
    return promise;
  }

  #leaving(reason: EndReason): void {
    const { clock, tell, onLeaving, end } = this.#options;
    tell({ type: "hang_up", reason });
    onLeaving();
    this.#stopClosing = clock.after(LINE_CLOSE_LIMIT_MS, () => end(reason));
  }
}
