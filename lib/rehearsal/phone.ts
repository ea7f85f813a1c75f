import { Mouth } from "../caller/mouth.ts";
import { FRAME_MS, Playout } from "../caller/playout.ts";
import type { Step } from "../caller/script.ts";
import type { Clock } from "../clock.ts";
import type { Line } from "../line/line.ts";

/** What a phone is connected to. */
export interface PhoneCall {
  callerAudio(samples: Int16Array): void;
  callerDigit(digit: string): void;
}

export interface PhoneOptions {
  readonly clock: Clock;
  /** The agent's audio has been dropped: so much of it will not be heard. */
  readonly onInterruption: (droppedMs: number) => void;
  readonly onError: (message: string) => void;
}

interface Waiting {
  readonly condition: () => boolean;
  readonly untilMs: number;
  readonly resolve: (held: boolean) => void;
}

/** The caller's telephone: a line to the call, an ear, a mouth, and 20 ms after 20 ms. */
export class Phone {
  readonly playout: Playout;
  /** What the call sees of it. */
  readonly line: Line;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #mouth = new Mouth();
  readonly #spoken: Int16Array[] = [];
  #call: PhoneCall | undefined;
  #ticks = 0;
  #stopTick = () => {};
  #done: (() => void) | undefined;
  #waiting: Waiting | undefined;
  #isOpen = true;

  constructor({ clock, onInterruption, onError }: PhoneOptions) {
    this.#clock = clock;
    this.#startMs = clock.now();
    const playout = this.playout = new Playout(clock);
    this.line = {
      audio: (frame) => playout.receive(frame),
      interruption: () => onInterruption(playout.interrupt() * FRAME_MS),
      transcript() {},
      error: onError,
      close: () => this.#close(),
    };
  }

  /** Whether the line is there. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Begins to carry sound: from now on the call hears the caller, who is silent. */
  connect(call: PhoneCall): void {
    this.#call = call;
    this.#tick();
  }

  /** Does one thing; resolves when it is done, its last sound sent, or when the line has gone. */
  perform(step: Step): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    this.#mouth.begin(step, this.#clock.now());
    return new Promise((resolve) => this.#done = resolve);
  }

  /** Resolves to true as soon as it is so, looked at every 20 ms; to false after `limitMs`, or when the line has gone. */
  until(condition: () => boolean, limitMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    if (!this.#isOpen) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiting = { condition, untilMs: this.#clock.now() + limitMs, resolve };
    });
  }

  /** What the caller has said so far, from the beginning on, silence included; 8 kHz. */
  spoken(): Int16Array {
    const length = this.#spoken.reduce((sum, frame) => sum + frame.length, 0);
    const all = new Int16Array(length);
    let at = 0;
    for (const frame of this.#spoken) {
      all.set(frame, at);
      at += frame.length;
    }
    return all;
  }

  #tick(): void {
    // Each frame has its place in absolute time: what a late timer missed is made up for at once.
    for (; this.#isOpen && this.#startMs + this.#ticks * FRAME_MS <= this.#clock.now(); this.#ticks++) {
      this.#sendFrame();
    }
    this.#look();
    if (!this.#isOpen) return;
    const delayMs = this.#startMs + this.#ticks * FRAME_MS - this.#clock.now();
    this.#stopTick = this.#clock.after(delayMs, () => this.#tick());
  }

  #sendFrame(): void {
    const { frame, digit, done } = this.#mouth.next(this.#clock.now());
    this.#spoken.push(frame);
    // A copy: the call silences the tones of keys in place.
    this.#call?.callerAudio(frame.slice());
    if (digit !== undefined) this.#call?.callerDigit(digit);
    if (!done) return;
    this.playout.newTurn();
    this.#finish();
  }

  #finish(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }

  #look(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    const holds = waiting.condition();
    if (!holds && this.#isOpen && this.#clock.now() < waiting.untilMs) return;
    this.#waiting = undefined;
    waiting.resolve(holds);
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stopTick();
    this.#finish();
    this.#look();
  }
}
