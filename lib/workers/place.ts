import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { LossCause } from "../metrics.ts";
import type { Board } from "./board.ts";
import { type FromWorker, readMessage, type ToWorker } from "./messages.ts";
import type { Thread } from "./thread.ts";

export interface PlaceOptions {
  /** Number of the place, from 0. */
  readonly place: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly board: Board;
  readonly start: (name: string) => Thread;
  /** The message that begins its work. */
  readonly order: () => Extract<ToWorker, { type: "start" }>;
  readonly onMessage: (message: FromWorker) => void;
  /** A worker is lost, once for each. One that crashed still has a word with its callers. */
  readonly onLost: (cause: LossCause) => void;
  /** Its thread is gone, and so is all that it had. */
  readonly onGone: () => void;
  /** It was to be ended and goes on: what comes to its share of the port is never answered. */
  readonly onStuck: () => void;
}

/** From the start of the thread to its being ready to answer calls. */
const START_LIMIT_MS = 30_000;
const FIRST_DELAY_MS = 250;
const DELAY_MAX_MS = 30_000;
/** One that has answered calls for so long starts again at once. */
const STEADY_MS = 30_000;
/** Looks without a sign of life after which it is given up, one a second: its callers have heard nothing all this while. */
export const SILENT_LOOKS = 10;
/** To end by itself, with a word to its callers. */
const DYING_LIMIT_MS = 12_000;
/** For a thread to be gone, once that is asked for. */
const STUCK_MS = 5_000;

type State = "starting" | "ready" | "dying" | "ending" | "waiting" | "over";

/** One of several workers: started, watched, and replaced when it is lost. */
export class Place {
  readonly #options: PlaceOptions;
  readonly #log: Log;
  #state: State = "waiting";
  #thread: Thread | undefined;
  #starts = 0;
  #readyMs: number | undefined;
  #delayMs = FIRST_DELAY_MS;
  #beat = 0;
  #silentLooks = 0;
  #lossTold = false;
  #replace = true;
  #stopTimer = () => {};

  constructor(options: PlaceOptions) {
    this.#options = options;
    this.#log = options.log.with({ worker: options.place + 1 });
  }

  get state(): State {
    return this.#state;
  }

  /** Whether it answers calls. */
  get isReady(): boolean {
    return this.#state === "ready";
  }

  start(): void {
    const { place, clock, start, order } = this.#options;
    const thread = this.#thread = start(`parley-${place}-${++this.#starts}`);
    this.#state = "starting";
    this.#lossTold = false;
    this.#silentLooks = 0;
    thread.onMessage = (data) => {
      if (this.#thread === thread) this.#hear(data);
    };
    void thread.gone.then(() => {
      if (this.#thread === thread) this.#gone();
    });
    this.#stopTimer();
    this.#stopTimer = clock.after(START_LIMIT_MS, () => this.#give("not_started"));
    thread.post(order());
  }

  /** False where there is no worker that would hear it. */
  post(message: ToWorker, transfer?: Transferable[]): boolean {
    if (!this.#thread || this.#state === "ending" || this.#state === "over") return false;
    this.#thread.post(message, transfer);
    return true;
  }

  /** To be called once a second. Looks are counted and not seconds: when the machine slept, everyone did. */
  look(): void {
    if (this.#state !== "ready") return;
    const beat = this.#options.board.beatOf(this.#options.place);
    this.#silentLooks = beat === this.#beat ? this.#silentLooks + 1 : 0;
    this.#beat = beat;
    if (this.#silentLooks < SILENT_LOOKS) return;
    this.#log.error("A worker does not respond any more, it is ended");
    this.#give("hung");
  }

  /** It is not replaced any more. */
  retire(): void {
    this.#replace = false;
    if (this.#state !== "waiting") return;
    this.#stopTimer();
    this.#state = "over";
  }

  #hear(data: unknown): void {
    const { clock, onMessage } = this.#options;
    const message = readMessage(data);
    if (!message) return this.#log.warn("A worker's message makes no sense");
    if (message.type === "ready") {
      this.#state = "ready";
      this.#readyMs = clock.now();
      this.#stopTimer();
    } else if (message.type === "dying") {
      this.#log.error("A worker ends after an error that nobody handled", { error: message.error });
      this.#state = "dying";
      this.#lost("crashed");
      this.#stopTimer();
      this.#stopTimer = clock.after(DYING_LIMIT_MS, () => this.#end());
    }
    onMessage(message);
    if (message.type === "faults") this.#give("not_started");
  }

  /** It is of no use any more. */
  #give(cause: LossCause): void {
    this.#lost(cause);
    this.#end();
  }

  #end(): void {
    const { clock, board, place, onStuck } = this.#options;
    this.#state = "ending";
    board.clear(place);
    this.#stopTimer();
    this.#stopTimer = clock.after(STUCK_MS, onStuck);
    this.#thread?.terminate();
  }

  #lost(cause: LossCause): void {
    if (this.#lossTold) return;
    this.#lossTold = true;
    this.#options.onLost(cause);
  }

  #gone(): void {
    const { clock, board, place, onGone } = this.#options;
    this.#thread = undefined;
    this.#stopTimer();
    if (this.#replace) this.#lost(this.#state === "starting" ? "not_started" : "ended");
    board.clear(place);
    this.#state = this.#replace ? "waiting" : "over";
    onGone();
    if (!this.#replace) return;
    if (this.#readyMs !== undefined && clock.now() - this.#readyMs >= STEADY_MS) {
      this.#delayMs = FIRST_DELAY_MS;
    }
    this.#readyMs = undefined;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(2 * delayMs, DELAY_MAX_MS);
    this.#log.info("Another worker takes its place", { delayMs });
    this.#stopTimer = clock.after(delayMs, () => this.start());
  }
}
