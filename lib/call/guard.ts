import { EchoDetector } from "../audio/echo.ts";
import { Framer } from "../audio/frames.ts";
import { NoiseFloor, powerOf } from "../audio/noise.ts";
import type { Clock } from "../clock.ts";
import type { Interrupt } from "../persona/define.ts";
import { CaptureTime } from "./capture-time.ts";

/** How an interruption is told from noise, `interrupt` of a persona. */
export interface GuardSettings {
  /** Speech shorter than this does not interrupt; counted in audible frames that are not echo. */
  readonly minSpeechMs: number;
  /** From the start of an answer for so long, speech does not interrupt. */
  readonly ignoreFirstMs: number;
  /** Whether caller audio is compared with what the agent says. */
  readonly echo: boolean;
}

export interface GuardOptions extends GuardSettings {
  readonly clock: Clock;
  /** Whether the caller still hears, or will hear, agent audio: the ledger knows. */
  readonly agentAudible: () => boolean;
  /** The caller means to interrupt. Once per stretch of agent audio; may be called from callerAudio or speechStarted. */
  readonly onInterrupt: () => void;
}

/**
 * What became of the caller's speech: `interrupted` and `passed` are turns to be answered, `ignored` is noise,
 * a short "mhm" or the agent's own echo.
 */
export type Verdict = "passed" | "interrupted" | "ignored";

export const DEFAULT_GUARD: GuardSettings = { minSpeechMs: 240, ignoreFirstMs: 0, echo: true };

/** A persona's `interrupt` with the defaults filled in. */
export function settingsOf({ minSpeechMs, ignoreFirstMs, echoGuard }: Interrupt): GuardSettings {
  return {
    minSpeechMs: minSpeechMs ?? DEFAULT_GUARD.minSpeechMs,
    ignoreFirstMs: ignoreFirstMs ?? DEFAULT_GUARD.ignoreFirstMs,
    echo: echoGuard ?? DEFAULT_GUARD.echo,
  };
}

const FRAME_MS = 20;
/** Silence inside a word, or between words, that does not make speech begin anew. */
const PAUSE_MS = 200;
/** The closure of a "t" or "k", which counts as the word's. */
const BRIDGED_MS = 60;
/** Agent audio after a pause of this length is another answer. */
const ANSWER_PAUSE_MS = 1000;
/** While it is not known whether this line echoes at all, speech has to last so long. */
const UNKNOWN_LINE_MS = 700;
/** Speech that reaches beyond the answer's end, or to so shortly before it, is an answer to it ... */
const OVERLAP_MS = 500;
/** ... if there is so much of it: less is a click. */
const TURN_MS = 100;
/** Audio that was held, and is sent all at once, is heard by the API in less. */
const CATCH_UP_MS = 500;
/** The echo's own length beyond its delay, and the detector's error. */
const ECHO_TAIL_MS = 100;

/**
 * Holds back the API's `speech_started` while the agent speaks, until local evidence says that the caller means it.
 * Needs a session with `interrupt_response` and `create_response` off: what is ignored here must not be answered.
 */
export class InterruptionGuard {
  readonly #options: GuardOptions;
  readonly #echo: EchoDetector | undefined;
  readonly #noise = new NoiseFloor();
  readonly #captured: CaptureTime;
  readonly #framer = new Framer();
  #answerStartMs = -Infinity;
  #agentEndMs = -Infinity;
  /** Caller audio so far, and where in it the agent was last audible. */
  #heardMs = 0;
  #agentHeardAtMs = -Infinity;
  /** The latest run of the caller's own speech, pauses within it not counted. */
  #runMs = 0;
  #runEndMs = -Infinity;
  /** The API's speech under way. */
  #speech: { readonly held: boolean; interrupted: boolean } | undefined;
  /** Until then, by the clock, speech is what was said before and is heard late: nothing of ours was heard beside it. */
  #trustedUntilMs = -Infinity;
  /** This stretch of agent audio has been interrupted. */
  #fired = false;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#captured = new CaptureTime(options.clock);
    this.#echo = options.echo ? new EchoDetector() : undefined;
  }

  /** The echo as found so far: for the log. Undefined when there is none, or none is looked for. */
  get echo(): { readonly delayMs: number; readonly lossDb: number } | undefined {
    return this.#echo?.found;
  }

  /** Agent audio of 160 samples went to the line; `playsAtMs` by the clock, the ledger's model. */
  agentFrame(frame: Int16Array, playsAtMs: number): void {
    if (playsAtMs - this.#agentEndMs > ANSWER_PAUSE_MS) this.#answerStartMs = playsAtMs;
    this.#agentEndMs = playsAtMs + FRAME_MS;
    this.#echo?.played(frame, playsAtMs);
  }

  /** The phone side dropped its queue: what was to play after now will not. */
  agentSilent(): void {
    const nowMs = this.#options.clock.now();
    this.#agentEndMs = Math.min(this.#agentEndMs, nowMs);
    this.#echo?.stopped(nowMs);
  }

  /** Caller audio as it arrives, 8 kHz, any length. */
  callerAudio(samples: Int16Array): void {
    this.#captured.arrived(samples.length / 8);
    this.#framer.push(samples, this.#hear);
  }

  /** What the API hears for a while was said when there was no session: there is no evidence of it here. */
  trust(): void {
    this.#trustedUntilMs = this.#options.clock.now() + CATCH_UP_MS;
  }

  /** `input_audio_buffer.speech_started`. `held`: the agent speaks, wait for onInterrupt; `passed`: as ever. */
  speechStarted(): "passed" | "held" {
    const { agentAudible, clock } = this.#options;
    const held = clock.now() >= this.#trustedUntilMs && (agentAudible() || this.#echoMayFollow());
    this.#speech = { held, interrupted: false };
    this.#decide();
    return held ? "held" : "passed";
  }

  /** `input_audio_buffer.speech_stopped`: what becomes of the item that it commits. */
  speechStopped(): Verdict {
    const speech = this.#speech;
    this.#speech = undefined;
    if (!speech || !speech.held) return speech?.interrupted ? "interrupted" : "passed";
    if (speech.interrupted) return "interrupted";
    const reachesEnd = !this.#options.agentAudible() && this.#runMs >= TURN_MS &&
      this.#runEndMs > this.#agentHeardAtMs - OVERLAP_MS;
    return reachesEnd ? "passed" : "ignored";
  }

  readonly #hear = (frame: Int16Array): void => {
    this.#heardMs += FRAME_MS;
    const power = powerOf(frame);
    const noisePower = this.#noise.push(power);
    const echo = this.#echo;
    const before = echo?.state;
    const reading = echo?.analyse(
      frame,
      power,
      this.#captured.endMs(this.#framer.pendingSamples / 8),
      noisePower,
    );
    // What was counted before the echo was found may have been the echo.
    if (before !== "found" && echo?.state === "found") this.#runMs = 0;
    if (this.#options.agentAudible()) this.#agentHeardAtMs = this.#heardMs;
    else this.#fired = false;
    if (reading ? reading.ownSpeech : this.#noise.isAbove(power)) this.#count();
    this.#decide();
  };

  #count(): void {
    const sinceMs = this.#heardMs - this.#runEndMs;
    if (sinceMs > PAUSE_MS + FRAME_MS) this.#runMs = 0;
    this.#runMs += sinceMs <= BRIDGED_MS + FRAME_MS ? sinceMs : FRAME_MS;
    this.#runEndMs = this.#heardMs;
  }

  #decide(): void {
    const { clock, minSpeechMs, ignoreFirstMs, agentAudible, onInterrupt } = this.#options;
    const speech = this.#speech;
    if (!speech || this.#fired || !agentAudible()) return;
    // Who spoke before the agent began has the floor from the start.
    if (speech.held && clock.now() < this.#answerStartMs + ignoreFirstMs) return;
    if (this.#heardMs - this.#runEndMs > PAUSE_MS) return;
    const neededMs = this.#echo?.state === "unknown" ? Math.max(minSpeechMs, UNKNOWN_LINE_MS) : minSpeechMs;
    if (this.#runMs < neededMs) return;
    this.#fired = speech.interrupted = true;
    onInterrupt();
  }

  /** The agent has ended, its echo may not have. */
  #echoMayFollow(): boolean {
    const found = this.#echo?.found;
    return found !== undefined && this.#heardMs - this.#agentHeardAtMs < found.delayMs + ECHO_TAIL_MS;
  }
}
