import { decimate, DECIMATION, DelaySearch, SEARCH_HISTORY } from "./echo-delay.ts";
import { EchoPath, PATH_LEAD, PATH_TAPS } from "./echo-path.ts";
import { isAboveNoise } from "./noise.ts";
import { PlayedAudio, positionOf } from "./played.ts";

/** How a frame of caller audio splits; mean squares, full scale being 1. Valid until the next. */
export interface EchoReading {
  power: number;
  /** Of the frame after our echo is taken out. */
  residualPower: number;
  /** Of the echo that was expected. */
  echoPower: number;
  /** There is speech that is not our echo. */
  ownSpeech: boolean;
}

/** An echo that was found. */
export interface FoundEcho {
  /** From an agent sample's playing time by our model to its coming back, ms. */
  readonly delayMs: number;
  /** How much weaker it comes back, dB. */
  readonly lossDb: number;
}

const FRAME = 160;
/** Times come in milliseconds with fractions: steps off by so many samples are none. */
const ROUNDING = 8;
/** Caller audio kept, so that a path begins with what led to its delay; this frame included. */
const PAST_FRAMES = 16;
const PAST = PAST_FRAMES * FRAME;
/** Agent audio at hand: the longest delay, the caller's past, the path. */
const HISTORY = SEARCH_HISTORY * DECIMATION + PAST + 2 * PATH_TAPS;
/** The residual is a voice only if it is above what an imperfect path leaves of the echo: -8 dB. */
const LEFT_OF_ECHO = 10 ** (-8 / 10);
/** Smoothing over about 8 loud frames of what the path explains. */
const SMOOTHING = 0.88;
/** The path is trusted when it leaves less than half ... */
const FOUND_LEFT = 0.5;
/** ... and kept, whatever the search says, until it leaves nearly all. */
const GIVEN_UP_LEFT = 0.8;
/** Loud frames after which a path is as good as it gets. */
const YOUNG_FRAMES = 15;
/** A frame that the path explains so well needs no search. */
const EXPLAINED = 0.3;
/** The line has no echo worth finding after so many frames in which only the agent was loud. */
const QUIET_FRAMES = 40;
/** Agent audio loud enough to come back above the noise, -40 dBFS. */
const AGENT_LOUD_POWER = 1e-4;

/** Tells the caller's speech from our own, coming back: at 8 kHz, frame by frame of 20 ms. */
export class EchoDetector {
  readonly #played = new PlayedAudio();
  readonly #search = new DelaySearch();
  readonly #path = new EchoPath();
  readonly #agent = new Float32Array(HISTORY);
  readonly #agentLow = new Float32Array(SEARCH_HISTORY);
  readonly #caller = new Float32Array(PAST);
  readonly #callerFrame = this.#caller.subarray(PAST - FRAME);
  readonly #callerLow = new Float32Array(FRAME / DECIMATION);
  readonly #reading: EchoReading = { power: 0, residualPower: 0, echoPower: 0, ownSpeech: false };
  #nowMs = 0;
  /** Where the history ends; it is filled anew when the next frame is not the one after. */
  #end = -1;
  /** Frames of caller audio without a gap, this one included. */
  #pastFrames = 0;
  /** Samples from playing to coming back. */
  #delay: number | undefined;
  /** Recent powers, for what the path explains, and for the loss. */
  #sumAgent = 0;
  #sumEcho = 0;
  #sumPower = 0;
  #sumResidual = 0;
  #loudFrames = 0;
  #quietFrames = 0;
  #found = false;

  /** `unknown` until an echo was found, or the line stayed quiet while the agent spoke. */
  get state(): "unknown" | "none" | "found" {
    if (this.#found && this.#loudFrames >= YOUNG_FRAMES) return "found";
    return this.#quietFrames >= QUIET_FRAMES ? "none" : "unknown";
  }

  /** The echo, once its path explains what comes back. */
  get found(): FoundEcho | undefined {
    if (!this.#found || this.#delay === undefined) return undefined;
    const gain = this.#sumEcho / Math.max(this.#sumAgent, 1e-12);
    return { delayMs: this.#delay / 8, lossDb: -10 * Math.log10(gain + 1e-9) };
  }

  /** Agent audio of 160 samples that plays at `playsAtMs`, which may be far ahead. */
  played(frame: Int16Array, playsAtMs: number): void {
    this.#played.write(frame, playsAtMs, Math.min(this.#nowMs || playsAtMs, playsAtMs));
  }

  /** What was to play after `nowMs` will not. */
  stopped(nowMs: number): void {
    this.#played.truncate(positionOf(nowMs));
  }

  /**
   * One frame of caller audio, 160 samples, every frame of the call in order.
   * @param power its mean square without direct current
   * @param endMs when its last sample came, on the clock of `playsAtMs`
   * @param noisePower of the line's own noise
   */
  analyse(frame: Int16Array, power: number, endMs: number, noisePower: number): EchoReading {
    const reading = this.#reading;
    this.#nowMs = endMs;
    reading.power = reading.residualPower = power;
    reading.echoPower = 0;
    const end = positionOf(endMs);
    const loud = isAboveNoise(power, noisePower);
    if (this.#played.has(end - HISTORY, end)) this.#compare(frame, end, loud, noisePower);
    reading.ownSpeech = isAboveNoise(reading.residualPower, noisePower) &&
      reading.residualPower > LEFT_OF_ECHO * reading.echoPower;
    return reading;
  }

  #compare(frame: Int16Array, end: number, loud: boolean, noisePower: number): void {
    this.#follow(end);
    this.#take(frame);
    if (!loud) return this.#countQuiet();
    const reading = this.#reading;
    if (this.#delay !== undefined) {
      const at = this.#agentAt(this.#delay);
      this.#path.predict(this.#callerFrame, this.#agent, at);
      reading.residualPower = Math.min(reading.power, this.#path.residualPower);
      reading.echoPower = this.#path.echoPower;
      this.#judge(reading, at);
      this.#path.learn(this.#callerFrame, this.#agent, at, noisePower);
      if (this.#found && reading.residualPower < EXPLAINED * reading.power) return;
    }
    decimate(this.#caller, PAST - FRAME, FRAME / DECIMATION, this.#callerLow, 0);
    const delay = this.#search.push(this.#callerLow, this.#agentLow);
    if (delay !== undefined && !this.#holds(delay)) this.#begin(delay, noisePower);
  }

  /** Another delay: its path learns from what is at hand first. */
  #begin(delay: number, noisePower: number): void {
    this.#delay = delay;
    this.#found = false;
    this.#loudFrames = this.#quietFrames = 0;
    this.#sumAgent = this.#sumEcho = 0;
    this.#sumPower = this.#sumResidual = 0;
    const path = this.#path;
    path.reset();
    for (let ago = this.#pastFrames - 1; ago >= 0; ago--) {
      const caller = this.#caller.subarray(PAST - (ago + 1) * FRAME, PAST - ago * FRAME);
      if (!isAboveNoise(meanSquare(caller), noisePower)) continue;
      const at = this.#agentAt(delay) - ago * FRAME;
      path.predict(caller, this.#agent, at);
      path.learn(caller, this.#agent, at, noisePower);
    }
  }

  /** Where in the history the sound plays that this frame's first sample brings back. */
  #agentAt(delay: number): number {
    return HISTORY - FRAME - Math.max(0, delay - PATH_LEAD);
  }

  /** Whether the path stays: it reaches this delay, and learns it by itself, or it still explains a good part. */
  #holds(delay: number): boolean {
    if (this.#delay === undefined) return false;
    return Math.abs(delay - this.#delay) < PATH_LEAD ||
      (this.state === "found" && this.#sumResidual < GIVEN_UP_LEFT * this.#sumPower);
  }

  #judge({ power, residualPower, echoPower }: EchoReading, at: number): void {
    let agentPower = 0;
    for (let i = at; i < at + FRAME; i++) agentPower += this.#agent[i]! ** 2;
    this.#sumAgent = SMOOTHING * this.#sumAgent + agentPower / FRAME;
    this.#sumEcho = SMOOTHING * this.#sumEcho + echoPower;
    this.#sumPower = SMOOTHING * this.#sumPower + power;
    this.#sumResidual = SMOOTHING * this.#sumResidual + residualPower;
    if (++this.#loudFrames >= 4 && this.#sumResidual < FOUND_LEFT * this.#sumPower) this.#found = true;
  }

  #countQuiet(): void {
    let power = 0;
    // Of the last 300 ms: an echo has been under way by then as a rule.
    for (let at = HISTORY - 2400; at < HISTORY; at++) power += this.#agent[at]! ** 2;
    if (power / 2400 > AGENT_LOUD_POWER) this.#quietFrames++;
  }

  #take(frame: Int16Array): void {
    const caller = this.#caller;
    let mean = 0;
    for (let i = 0; i < FRAME; i++) mean += frame[i]!;
    mean /= FRAME;
    caller.copyWithin(0, FRAME);
    for (let i = 0; i < FRAME; i++) caller[PAST - FRAME + i] = (frame[i]! - mean) / 32768;
  }

  /** Brings the history of agent audio to `end`, at both rates. */
  #follow(end: number): void {
    const agent = this.#agent, low = this.#agentLow;
    const follows = Math.abs(end - this.#end - FRAME) <= ROUNDING;
    this.#end = follows ? this.#end + FRAME : end;
    if (follows) {
      this.#pastFrames = Math.min(PAST_FRAMES, this.#pastFrames + 1);
      agent.copyWithin(0, FRAME);
      this.#played.read(this.#end - FRAME, FRAME, agent, HISTORY - FRAME);
      low.copyWithin(0, FRAME / DECIMATION);
      decimate(agent, HISTORY - FRAME, FRAME / DECIMATION, low, SEARCH_HISTORY - FRAME / DECIMATION);
      return;
    }
    this.#pastFrames = 1;
    this.#played.read(end - HISTORY, HISTORY, agent, 0);
    decimate(agent, HISTORY - SEARCH_HISTORY * DECIMATION, SEARCH_HISTORY, low, 0);
  }
}

function meanSquare(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! ** 2;
  return sum / samples.length;
}
