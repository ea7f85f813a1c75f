import { type LineEnd, messageFrame, openLine, type SoakLine } from "./line.ts";
import type { CallPlan } from "./plan.ts";
import type { CallResult, Outcome } from "./result.ts";
import type { Sounds } from "./sounds.ts";
import { type Deeds, type Step, timeline } from "./timeline.ts";

const FRAME_MS = 20;
/** From opening the line to its handshake, and from a close to the answer. */
const ANSWER_LIMIT_MS = 12_000;
/** Of a whole call: no planned one takes so long. */
const CALL_LIMIT_MS = 120_000;
/** Frames that are made up for after a pause of this process. */
const LATE_FRAMES = 10;
const ERROR_CHARS_MAX = 200;

const encoder = new TextEncoder();
const AUDIO = encoder.encode('{"type":"audio"');
const ERROR = encoder.encode('{"type":"error"');

/** One connection of the call. */
interface Leg {
  readonly line: SoakLine;
  /** When what is under way has to be over by. */
  dueMs: number;
  isOver: boolean;
}

/** One call, acted out as planned. Moves only when told the time. */
export class Caller {
  readonly #plan: CallPlan;
  readonly #port: number;
  readonly #sounds: Sounds;
  readonly #steps: Step[];
  readonly #legs: Leg[] = [];
  readonly #limitMs: number;
  #nowMs: number;
  #openMs: number | undefined;
  #initMs: number | undefined;
  #firstAudioMs: number | undefined;
  #framesSent = 0;
  #error: string | undefined;
  #asked = false;
  #gaveUp = false;
  #hungUp = false;
  #brokeLimit = false;
  #isDeaf = false;
  /** How the last connection ended, while an earlier one has not. */
  #end: LineEnd | undefined;
  #result: CallResult | undefined;

  constructor(plan: CallPlan, port: number, sounds: Sounds, nowMs: number) {
    this.#plan = plan;
    this.#port = port;
    this.#sounds = sounds;
    this.#nowMs = nowMs;
    this.#limitMs = nowMs + CALL_LIMIT_MS;
    this.#steps = timeline(plan, sounds, this.#deeds());
    this.#open();
  }

  /** Undefined while the call goes on. */
  get result(): CallResult | undefined {
    return this.#result;
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    if (this.#result) return;
    if (this.#openMs !== undefined) {
      const sinceMs = nowMs - this.#openMs;
      while (this.#steps[0] && this.#steps[0].atMs <= sinceMs) this.#steps.shift()!.act();
      if (this.#plan.behaviour !== "says_nothing") this.#sendFrames(sinceMs);
    }
    const late = this.#legs.findIndex(({ isOver, dueMs }) => !isOver && dueMs < nowMs);
    if (late >= 0) this.#stuck(late);
    else if (nowMs > this.#limitMs) this.#stuck(this.#legs.length - 1);
  }

  /** Core was told by avr-ami to hang up. */
  hangUp(): void {
    this.#hungUp = true;
    this.#close();
  }

  /** Breaks off. */
  stop(): void {
    for (const { line } of this.#legs) line.reset();
  }

  #deeds(): Deeds {
    return {
      send: (frames) => this.#line.send(frames),
      hangUp: () => this.hangUp(),
      askForEnd: () => {
        this.#asked = true;
        this.#line.send(messageFrame({ type: "dtmf_digit", digit: "9" }));
      },
      giveUp: () => {
        this.#gaveUp = true;
        this.#close();
      },
      vanish: (how) => {
        this.#line[how]();
        this.#finish("vanished", {});
      },
      deafen: () => {
        this.#isDeaf = true;
        this.#line.deafen();
      },
      resetFirst: () => {
        this.#line.reset();
        this.#legs[0]!.isOver = true;
      },
      openAgain: () => this.#open(),
      breakLimit: (frames) => {
        this.#brokeLimit = true;
        this.#line.send(frames);
        this.#legs.at(-1)!.dueMs = this.#nowMs + ANSWER_LIMIT_MS;
      },
    };
  }

  get #line(): SoakLine {
    return this.#legs.at(-1)!.line;
  }

  #open(): void {
    const { behaviour, persona, uuid } = this.#plan;
    const path = behaviour === "wrong_persona" ? "/nobody" : `/${persona}`;
    const line = openLine(this.#port, path, {
      opened: () => {
        leg.dueMs = Infinity;
        this.#openMs ??= this.#nowMs;
        if (behaviour === "says_nothing") return;
        this.#initMs ??= performance.now();
        line.send(messageFrame({ type: "init", uuid }));
        // The service has to leave the earlier connection.
        for (const earlier of this.#legs) {
          if (earlier !== leg) earlier.dueMs = this.#nowMs + ANSWER_LIMIT_MS;
        }
      },
      message: (startsWith, text) => {
        if (startsWith(AUDIO)) this.#firstAudioMs ??= performance.now() - this.#initMs!;
        else if (startsWith(ERROR)) this.#error = text().slice(0, ERROR_CHARS_MAX);
      },
      ended: (end) => {
        leg.isOver = true;
        if (leg === this.#legs.at(-1)) this.#end = end;
        const isOver = this.#legs.every((each) => each.isOver);
        if (this.#end && isOver) this.#finish(this.#outcome(this.#end), this.#end);
      },
    });
    const leg: Leg = { line, dueMs: this.#nowMs + ANSWER_LIMIT_MS, isOver: false };
    this.#legs.push(leg);
  }

  #sendFrames(sinceMs: number): void {
    const { atMs, forMs } = this.#plan.speech;
    const { silence, speech } = this.#sounds;
    const due = Math.floor(sinceMs / FRAME_MS);
    this.#framesSent = Math.max(this.#framesSent, due - LATE_FRAMES);
    for (; this.#framesSent < due; this.#framesSent++) {
      const spokenMs = this.#framesSent * FRAME_MS - atMs;
      const isSpeech = spokenMs >= 0 && spokenMs < forMs;
      this.#line.send(isSpeech ? speech[Math.floor(spokenMs / FRAME_MS) % speech.length]! : silence);
    }
  }

  #close(): void {
    for (const leg of this.#legs) {
      // An earlier one that the service has to leave by itself is waited for.
      if (leg.isOver || (leg !== this.#legs.at(-1) && leg.dueMs < Infinity)) continue;
      leg.dueMs = this.#nowMs + ANSWER_LIMIT_MS;
      leg.line.close();
    }
  }

  #outcome({ status, isReset }: LineEnd): Outcome {
    if (status !== undefined) return "refused";
    if (this.#openMs === undefined && !this.#hungUp) return "not_opened";
    // What the service said may be lost with a reset, as we were still sending.
    if (this.#brokeLimit) return "limited";
    // Where the machine is busy, the wait for init runs out.
    if (this.#plan.behaviour === "says_nothing" && this.#error !== undefined) return "limited";
    // Whatever was said, nobody read it.
    if (this.#isDeaf) return "vanished";
    if (this.#error !== undefined) return "told_error";
    if (this.#gaveUp) return "gave_up";
    if (this.#asked) return "agent_ended";
    if (this.#hungUp) return "hung_up";
    return isReset ? "reset" : "cut";
  }

  #stuck(index: number): void {
    const { line } = this.#legs[index]!;
    const which = index < this.#legs.length - 1 ? "earlier line" : "line";
    const code = line.closeCode === undefined ? "no close frame came" : `close frame ${line.closeCode} came`;
    this.#error = `${which} ${line.isOpen ? "open" : "not open"}, ${code}`;
    this.#finish("stuck", {});
  }

  #finish(outcome: Outcome, end: LineEnd): void {
    if (this.#result) return;
    this.#result = {
      plan: this.#plan,
      outcome,
      end,
      error: this.#error,
      firstAudioMs: this.#firstAudioMs,
      lastedMs: this.#nowMs - (this.#openMs ?? this.#nowMs),
    };
    this.stop();
  }
}
