import type { Call } from "../call/call.ts";
import type { EndReason } from "../call/events.ts";
import type { Registered } from "../call/registry.ts";
import type { Clock } from "../clock.ts";
import type { Line, LineEnd } from "../line/line.ts";
import { LineSwitch } from "../line/switch.ts";
import type { Log } from "../log.ts";

export interface LiveCallOptions {
  readonly uuid: string;
  /** Of the socket that began it. */
  readonly line: Line;
  /** Named by that socket's URL. */
  readonly persona: string;
  /** How long it goes on without a line, ms; 0: not at all. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Begins the call on the line that it will see, whatever sockets come and go. */
  readonly begin: (line: LineSwitch) => ConnectedCall;
}

/** What it needs of its call. */
export type ConnectedCall = Pick<
  Call,
  "callerAudio" | "callerDigit" | "lineBack" | "leave" | "abandon" | "end"
>;

/** A line brings 50 frames a second; one that brought some and then none for so long may be dead without our knowing. */
const QUIET_MS = 500;

/** A live call and the line it is on. A socket that comes for it takes the place of the one before, dead or alive. */
export class LiveCall implements Registered {
  readonly uuid: string;
  readonly #options: LiveCallOptions;
  readonly #log: Log;
  readonly #line: LineSwitch;
  readonly #call: ConnectedCall;
  /** When caller audio came last on the present line; undefined before the first. */
  #heardAtMs: number | undefined;
  #lost: { readonly atMs: number; readonly stop: () => void } | undefined;

  constructor(options: LiveCallOptions) {
    this.uuid = options.uuid;
    this.#options = options;
    this.#log = options.log.with({ uuid: options.uuid });
    this.#line = new LineSwitch(options.clock, options.line);
    this.#call = options.begin(this.#line);
  }

  get lacksLine(): boolean {
    if (this.#lost) return true;
    return this.#heardAtMs !== undefined && this.#options.clock.now() - this.#heardAtMs >= QUIET_MS;
  }

  callerAudio(samples: Int16Array): void {
    this.#heardAtMs = this.#options.clock.now();
    this.#call.callerAudio(samples);
  }

  callerDigit(digit: string): void {
    this.#call.callerDigit(digit);
  }

  /**
   * Another socket has come for it: that one has the call from now on, the one before is closed.
   * @param persona named by the socket's URL
   */
  takeOver(line: Line, persona: string): void {
    if (persona !== this.#options.persona) {
      this.#log.warn("Socket's URL names another persona, the call's stays", { asked: persona });
    }
    const gapMs = this.#lost && Math.round(this.#options.clock.now() - this.#lost.atMs);
    this.#lost?.stop();
    this.#lost = undefined;
    this.#heardAtMs = undefined;
    this.#log.info("Same call on a new socket, it goes on there", gapMs === undefined ? {} : { gapMs });
    const frames = this.#line.attach(line);
    if (gapMs !== undefined) this.#call.lineBack(frames);
  }

  /** A line of it is gone: at its hang-up the call ends, when it vanished another may come for a while. */
  lineClosed(line: Line, end: LineEnd): void {
    if (!this.#line.isOn(line)) return;
    if (end !== "vanished") return this.end(end === "closed" ? "hung_up" : "line_limit");
    const { clock, graceMs } = this.#options;
    this.#log.warn("Line was lost without a hang-up", { graceMs });
    if (graceMs === 0) return this.end("line_lost");
    this.#line.detach();
    this.#lost = { atMs: clock.now(), stop: clock.after(graceMs, () => this.end("line_lost")) };
  }

  /** The service ends: a goodbye where somebody can hear it. */
  leave(): void {
    if (this.#lost) this.end("shutdown");
    else this.#call.leave();
  }

  /** The service can't go on with it. */
  abandon(message: string): void {
    if (this.#lost) this.end("internal_error");
    else this.#call.abandon(message);
  }

  end(reason: EndReason): void {
    this.#call.end(reason);
  }

  /** The call has ended: nothing of it waits any more. */
  over(): void {
    this.#lost?.stop();
    const { droppedFrames } = this.#line;
    if (droppedFrames > 0) {
      this.#log.warn("Agent audio was dropped, as the line was away for too long", { frames: droppedFrames });
    }
  }
}
