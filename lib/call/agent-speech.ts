import type { Clock } from "../clock.ts";
import type { CallEvent } from "./events.ts";
import type { Playback } from "./playback.ts";

export interface AgentSpeechOptions {
  readonly clock: Clock;
  readonly playback: Pick<Playback, "unheardWordsMs">;
  /** Between the line and the ear. */
  readonly latencyMs: number;
  readonly tell: (event: CallEvent) => void;
}

const FRAME_MS = 20;
/** Shorter than this, silence is a pause within what is said. */
const PAUSE_MS = 300;

/** Tells when the ear begins to hear the agent, and when it has heard the last of it. */
export class AgentSpeech {
  readonly #options: AgentSpeechOptions;
  #speaking = false;
  /** When the ear will have heard all of it, by the clock. */
  #endMs = -Infinity;
  #stopWaiting = () => {};

  constructor(options: AgentSpeechOptions) {
    this.#options = options;
  }

  /** A frame of the agent's words went to the line; `playsAtMs` by the clock, the ledger's model. */
  frame(playsAtMs: number): void {
    const { clock, latencyMs, tell } = this.#options;
    this.#endMs = playsAtMs + latencyMs + FRAME_MS;
    if (this.#speaking) return;
    this.#speaking = true;
    tell({ type: "agent_speaking", inMs: Math.round(Math.max(0, playsAtMs + latencyMs - clock.now())) });
    this.#look();
  }

  /** The phone side dropped its queue. */
  cut(): void {
    this.#silent(Math.min(this.#endMs, this.#options.clock.now()));
  }

  /** Nothing more comes; what the phone side still plays is heard to its end. */
  stop(): void {
    const nowMs = this.#options.clock.now();
    const unheardMs = this.#options.playback.unheardWordsMs();
    this.#silent(unheardMs > 0 ? nowMs + unheardMs : Math.min(this.#endMs, nowMs));
  }

  #look(): void {
    const { clock, playback } = this.#options;
    const nowMs = clock.now();
    const unheardMs = playback.unheardWordsMs();
    // Where the line was away, what it was given is heard later than was thought.
    if (unheardMs > 0) this.#endMs = nowMs + unheardMs;
    const waitMs = this.#endMs + PAUSE_MS - nowMs;
    if (waitMs <= 0) return this.#silent(this.#endMs);
    this.#stopWaiting = clock.after(waitMs, () => this.#look());
  }

  #silent(sinceMs: number): void {
    this.#stopWaiting();
    if (!this.#speaking) return;
    this.#speaking = false;
    const { clock, tell } = this.#options;
    tell({ type: "agent_silent", agoMs: Math.round(clock.now() - sinceMs) });
  }
}
