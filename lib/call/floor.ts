import type {
  RealtimeAudioInputTurnDetection,
  RealtimeClientEvent,
} from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { InterruptionGuard } from "./guard.ts";
import type { Responses } from "./responses.ts";
import type { Turns } from "./turns.ts";

export interface FloorOptions {
  readonly clock: Clock;
  readonly turns: Turns;
  readonly responses: Responses;
  /** As the persona wants it; null when turns are not detected at all. */
  readonly detection: RealtimeAudioInputTurnDetection | null;
  /** Judges what interrupts; undefined leaves that to the API. */
  readonly guard: InterruptionGuard | undefined;
  readonly send: (event: RealtimeClientEvent) => void;
  /** Told when the caller speaks in earnest, as far as can be told. */
  readonly onCaller: () => void;
  /** Told when speech was judged to be noise, echo or a mere "mhm". */
  readonly onIgnored: (itemId: string) => void;
}

/** After the caller's turn the API's own answer comes first, if it gives one. */
const OWN_ANSWER_MS = 150;
/** For the API to tell of speech in audio that it was given all at once. */
const CATCH_UP_MS = 400;
/** Speech that never ends is noise: what we have to say does not wait for it any longer. */
const SPEECH_LIMIT_MS = 20_000;
/** With VAD the API answers a turn at once; one that stays unanswered for so long was lost in a race. */
const ANSWER_LIMIT_MS = 1500;

/**
 * Who has the floor, as the API's voice activity tells it: whether the caller's speech interrupts, and that each of the
 * caller's turns is answered once. While a greeting is protected, or with a guard, the API only reports speech, and the
 * decisions are ours.
 */
export class Floor {
  readonly #options: FloorOptions;
  #protected = false;
  #closed = false;
  #callerSpeaking = false;
  /** A turn of the caller waits for its answer. */
  #owed = false;
  #ignoredItem: string | undefined;
  #stopWaiting = () => {};
  #stopHolding = () => {};

  constructor(options: FloorOptions) {
    this.#options = options;
  }

  get callerSpeaking(): boolean {
    return this.#callerSpeaking;
  }

  /** Whether a turn of the caller waits for its answer. */
  get owesAnswer(): boolean {
    return this.#owed;
  }

  /** Whether the agent can't be interrupted just now. */
  get isProtected(): boolean {
    return this.#protected;
  }

  /** Nothing interrupts until `open`. */
  protect(): void {
    this.#protected = true;
  }

  /** What the API is to do about turns as long as the floor is as it is now. */
  get detection(): RealtimeAudioInputTurnDetection | null {
    const { detection, guard } = this.#options;
    if (detection === null) return detection;
    if (this.#protected || guard) return { ...detection, create_response: false, interrupt_response: false };
    return this.#closed ? { ...detection, create_response: false } : detection;
  }

  /** The protected words were heard: the persona's own turn-taking begins, and what was said meanwhile is answered. */
  open(): void {
    if (!this.#protected) return;
    this.#protected = false;
    if (!this.#options.guard) this.#configure();
    if (this.#owed && !this.#callerSpeaking) this.#answer();
  }

  /** The call is about to end: what the caller says from now on is not answered. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owed = false;
    this.#stopWaiting();
    this.#configure();
  }

  /** The API is given what the caller said before: whether they speak is known in a moment. */
  listenFirst(): void {
    this.#options.responses.hold();
    this.#releaseAfter(this.#options.clock, CATCH_UP_MS);
  }

  /** `input_audio_buffer.speech_started`. */
  speechStarted(): void {
    this.#callerSpeaking = true;
    const { clock, detection, guard, responses, turns, onCaller } = this.#options;
    responses.hold();
    this.#releaseAfter(clock, SPEECH_LIMIT_MS);
    const held = guard !== undefined && !this.#protected && guard.speechStarted() === "held";
    if (held) return;
    onCaller();
    if (!this.#protected && !guard && detection?.interrupt_response !== false) turns.interrupt();
  }

  /** The caller takes the floor by other means than the API's own interruption: the answer is cancelled as well. */
  interrupt(): void {
    const { responses, send, turns } = this.#options;
    const active = responses.active;
    turns.interrupt();
    if (active !== undefined) send({ type: "response.cancel", response_id: active });
  }

  /** `input_audio_buffer.speech_stopped`. */
  speechStopped(itemId: string): void {
    this.#callerSpeaking = false;
    this.#releaseAfter(this.#options.clock, OWN_ANSWER_MS);
    const verdict = this.#options.guard?.speechStopped();
    if (verdict === "ignored" && !this.#protected) this.#ignoredItem = itemId;
  }

  /** `input_audio_buffer.committed`: the caller's turn is over and is an item of the conversation. */
  committed(itemId: string): void {
    const { clock, detection, guard, send, onCaller, onIgnored } = this.#options;
    if (itemId === this.#ignoredItem) {
      this.#ignoredItem = undefined;
      send({ type: "conversation.item.delete", item_id: itemId });
      return onIgnored(itemId);
    }
    onCaller();
    if (this.#closed || !detection || detection.create_response === false) return;
    this.#owed = true;
    if (this.#protected) return;
    if (guard) return this.#answer();
    this.#stopWaiting();
    this.#stopWaiting = clock.after(ANSWER_LIMIT_MS, () => {
      if (this.#owed && !this.#callerSpeaking) this.#answer();
    });
  }

  /** `response.created`: whoever asked for it, it answers what was said until now. */
  answered(): void {
    this.#owed = false;
    this.#stopWaiting();
  }

  /** The call is over. */
  clear(): void {
    this.#stopWaiting();
    this.#stopHolding();
  }

  #configure(): void {
    const { detection } = this;
    if (detection === null) return;
    this.#options.send({
      type: "session.update",
      session: { type: "realtime", audio: { input: { turn_detection: detection } } },
    });
  }

  #releaseAfter(clock: Clock, delayMs: number): void {
    this.#stopHolding();
    this.#stopHolding = clock.after(delayMs, () => this.#options.responses.release());
  }

  #answer(): void {
    this.#owed = false;
    const { responses } = this.#options;
    responses.request({ purpose: "caller", unlessAnswered: true });
    if (!this.#callerSpeaking) responses.release();
  }
}
