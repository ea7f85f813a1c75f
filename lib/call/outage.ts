import type { Clock } from "../clock.ts";
import type { Line } from "../line/line.ts";
import type { Log } from "../log.ts";
import type { LoadedPersona } from "../persona/load.ts";
import type { Ami } from "../tools/ami.ts";
import { CallControl } from "./control.ts";
import type { CallEvent, EndReason } from "./events.ts";
import { fallbackOf } from "./fallback.ts";
import { HoldSound } from "./hold-sound.ts";
import type { Phrases } from "./phrases.ts";
import { Playback } from "./playback.ts";
import { SoundPlayer } from "./sound-player.ts";
import { whenHeard, WORDS_LIMIT_MS } from "./when-heard.ts";

export interface OutageOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly line: Line;
  readonly latencyMs: number;
  readonly uuid: string;
  readonly ami: Ami;
  readonly phrases: Pick<Phrases, "get">;
  readonly tell: (event: CallEvent) => void;
  readonly end: (reason: EndReason) => void;
}

/** A gap as long as this is noticed. */
const BRIDGE_AFTER_MS = 1_500;

/** What the caller hears while the model is away, and what becomes of them when it stays away. */
export class Outage {
  readonly #options: OutageOptions;
  readonly #player: SoundPlayer;
  readonly #sound: HoldSound;
  readonly #control: CallControl;
  /** Of the sounds played here, behind those of the session that was lost. */
  #playback: Playback;
  #stopWaiting = () => {};
  #over = false;

  constructor(options: OutageOptions) {
    const { clock, line, latencyMs } = options;
    this.#options = options;
    this.#playback = new Playback(clock, latencyMs, line.presence);
    const queuedMs = () => Math.max(0, this.#playback.unheardMs() - latencyMs);
    const play = (frame: Int16Array) => {
      this.#playback.sent("", 0, frame.length / 8);
      line.audio(frame);
    };
    this.#player = new SoundPlayer({ clock, queuedMs, play });
    this.#sound = new HoldSound({ clock, busy: () => this.#player.playing, queuedMs, play, delayMs: 0 });
    this.#control = new CallControl({
      ...options,
      playback: this.#playback,
      busy: () => false,
      onLeaving: () => {},
      handoff: () => Promise.resolve(undefined),
    });
  }

  /** The model is away: after a moment the caller hears words that are kept, and then a soft sound. */
  begin(persona: LoadedPersona, earlier: Playback | undefined): void {
    if (earlier) this.#playback.follow(earlier);
    this.#stopWaiting();
    this.#stopWaiting = this.#options.clock.after(BRIDGE_AFTER_MS, () => {
      const words = this.#options.phrases.get(persona, "bridge");
      if (words) this.#player.start(words);
      this.#sound.waiting(true);
    });
  }

  /** The model is back. Words that have begun are heard to their end. Returns the ledger that the answer follows. */
  end(): Playback {
    this.#stopWaiting();
    this.#sound.waiting(false);
    this.#player.finish();
    return this.#playback;
  }

  /** The model stays away: an apology where one is kept, a human where the persona names one, else an error and the end. */
  async giveUp(persona: LoadedPersona, reason: string, earlier: Playback | undefined): Promise<void> {
    const { log, line, end, phrases } = this.#options;
    this.end();
    if (earlier && earlier.unheardMs() > this.#playback.unheardMs()) this.#playback.follow(earlier);
    log.error("Model can't be had, the call does not go on", { reason });
    const apology = phrases.get(persona, "apology");
    const transfer = fallbackOf(persona);
    if (apology) this.#player.start(apology);
    if (apology || transfer) await this.#heard();
    if (this.#over) return;
    if (transfer) {
      const refused = await this.#control.act(transfer);
      if (refused === undefined || this.#over) return;
      log.error("Call could not be transferred to the persona's fallback");
    }
    line.error(reason);
    end("model_failed");
  }

  /** The call is over. */
  stop(): void {
    this.#over = true;
    this.#stopWaiting();
    this.#sound.stop();
    this.#player.stop();
    this.#control.stop();
  }

  #heard(): Promise<void> {
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stopWaiting = whenHeard({
      clock,
      playback: this.#playback,
      busy: () => this.#player.playing,
      limitMs: WORDS_LIMIT_MS,
    }, resolve);
    return promise;
  }
}
