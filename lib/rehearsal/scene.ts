import type { Playout } from "../caller/playout.ts";
import type { CallerStep, Expectation, Sound, Step } from "../persona/rehearsal.ts";
import { judge, type Verdict, type View } from "./judge.ts";
import type { Phone } from "./phone.ts";
import type { CallRecord } from "./record.ts";
import type { SceneTime } from "./time.ts";
import type { SpokenWords } from "./voice.ts";
import { deedOf, ENDINGS, wordsOf } from "./words.ts";

/** One thing that was to be so, and whether it was. */
export interface Check extends Verdict {
  /** In words. */
  readonly what: string;
}

export interface SceneOptions {
  readonly time: SceneTime;
  readonly phone: Phone;
  readonly record: CallRecord;
  /** Whether a tool runs, or the telephone system is asked for something. */
  readonly toolsRun: () => boolean;
  /** Whether the persona speaks first. */
  readonly greets: boolean;
  /** How long `ended` waits. */
  readonly endLimitMs: number;
  readonly destination: View["destination"];
  /** What the caller says, as sound. */
  readonly sound: (what: string | Sound) => Promise<SpokenWords>;
  /** The caller begins to say it. */
  readonly onWords: (spoken: SpokenWords) => void;
  readonly hangUp: () => void;
}

/** Silence that says the agent has finished. */
const QUIET_MS = 700;
/** Longest wait for an answer, and for its end. */
const NO_ANSWER_MS = 10_000;
const NO_GREETING_MS = 5_000;
const ANSWER_LIMIT_MS = 120_000;
/** A caller who speaks first lets the line settle. */
const OPENING_MS = 1000;
/** How long what is expected may still happen when the agent has finished. */
const PATIENCE_MS = 3000;

/** Plays a scene: does what the caller does, and looks whether what is expected comes true. */
export class ScenePlayer {
  readonly checks: Check[] = [];
  readonly #options: SceneOptions;
  readonly #never: Expectation[] = [];
  #sinceMs: number;
  #turnEndMs: number | undefined;
  /** Agent audio heard when the caller last fell silent. */
  #heardBeforeMs = 0;
  #previous: Step | undefined;

  constructor(options: SceneOptions) {
    this.#options = options;
    this.#sinceMs = options.time.clock.now();
  }

  /** Plays it to its end, and hangs up. */
  async play(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if ("agent" in step) continue;
      if ("expect" in step) await this.#expect(step);
      else await this.#act(step);
      this.#previous = step;
    }
    await this.#agentFinished();
    for (const expectation of this.#never) this.#note(expectation);
    this.#options.hangUp();
  }

  get #playout(): Playout {
    return this.#options.phone.playout;
  }

  async #act(step: CallerStep): Promise<void> {
    const { phone, hangUp } = this.#options;
    if (!phone.isOpen) return this.#missed(step);
    const sound = "what" in step ? await this.#sound(step.what) : undefined;
    if (step.caller === "interrupts" && !await this.#isIntoAnswer(step)) return;
    const waited = this.#previous !== undefined && "caller" in this.#previous &&
      this.#previous.caller === "waits";
    if (step.caller !== "interrupts" && step.caller !== "waits" && !waited) await this.#agentFinished();
    if (!phone.isOpen) return this.#missed(step);
    this.#sinceMs = this.#now;
    this.#tell(step, sound);
    if (step.caller === "hangs up") return hangUp();
    if (step.caller === "waits") return void await phone.until(() => false, step.ms);
    if (sound) this.#options.onWords(sound);
    await phone.perform(
      sound ? { say: sound.samples } : { press: step.caller === "presses" ? step.keys : "" },
    );
    this.#turnEndMs = this.#now;
    // The rest of a frame that plays at this moment is no answer.
    this.#heardBeforeMs = Math.ceil(this.#playout.heardTotalMs / 20) * 20;
  }

  async #expect(expectation: Expectation): Promise<void> {
    if ("never" in expectation && expectation.never) return void this.#never.push(expectation);
    const { phone, record, endLimitMs } = this.#options;
    if (expectation.expect === "ended") {
      await phone.until(() => record.endedMs !== undefined, endLimitMs);
      return this.#note(expectation);
    }
    await this.#agentFinished();
    if (!this.#judge(expectation).ok) {
      await phone.until(() => this.#judge(expectation).ok, PATIENCE_MS);
      await this.#agentFinished();
    }
    this.#note(expectation);
  }

  #judge(expectation: Expectation): Verdict {
    const { record, destination } = this.#options;
    return judge(expectation, {
      record,
      destination,
      playout: this.#playout,
      sinceMs: this.#sinceMs,
      turnEndMs: this.#turnEndMs,
    });
  }

  #note(expectation: Expectation): void {
    this.checks.push({ what: wordsOf(expectation), ...this.#judge(expectation) });
  }

  /** A step of the caller's that there was no call for any more. */
  #missed(step: CallerStep): void {
    const what = `the caller ${deedOf(step)}`;
    const ended = ENDINGS[this.#options.record.ended ?? "fault"];
    this.checks.push({ what, ok: false, seen: `the call had been ended by ${ended}` });
  }

  async #isIntoAnswer(step: Extract<CallerStep, { caller: "interrupts" }>): Promise<boolean> {
    const { phone } = this.#options;
    const heardMs = () => this.#playout.heardTotalMs - this.#heardBeforeMs;
    await phone.until(() => heardMs() >= step.afterMs || this.#hasFinished(), ANSWER_LIMIT_MS);
    if (!phone.isOpen) this.#missed(step);
    else if (this.#hasFinished()) {
      const seen = `the answer was over after ${Math.round(heardMs())} ms`;
      this.checks.push({ what: `the caller ${deedOf(step)}`, ok: false, seen });
    } else return true;
    return false;
  }

  async #agentFinished(): Promise<void> {
    await this.#options.phone.until(() => this.#hasFinished(), ANSWER_LIMIT_MS);
  }

  #hasFinished(): boolean {
    const { phone, record, toolsRun } = this.#options;
    if (!phone.isOpen) return true;
    if (toolsRun()) return false;
    const { quietMs } = this.#playout;
    return (quietMs === undefined || quietMs >= QUIET_MS) && !this.#owes(record);
  }

  /** Whether the caller waits for words that have not begun. */
  #owes(record: CallRecord): boolean {
    const owedMs = Math.max(record.owedMs, this.#turnEndMs ?? 0);
    const waitedMs = this.#now - owedMs;
    const isOpening = this.#turnEndMs === undefined && owedMs === record.startMs;
    if (isOpening && !this.#options.greets) return waitedMs < OPENING_MS;
    const begun = record.agent.some(({ atMs }) => atMs >= owedMs);
    return !begun && waitedMs < (isOpening ? NO_GREETING_MS : NO_ANSWER_MS);
  }

  #sound(what: string | Sound): Promise<SpokenWords> {
    const { time, sound } = this.#options;
    return time.hold(sound(what));
  }

  #tell(step: CallerStep, sound: SpokenWords | undefined): void {
    const spoken = sound?.words !== undefined;
    this.#options.record.caller.push({ atMs: this.#now, text: sound?.words ?? deedOf(step), spoken });
  }

  get #now(): number {
    return this.#options.time.clock.now();
  }
}
