import type { RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { Persona } from "../persona/define.ts";
import type { CallCost } from "./cost.ts";
import { CostLimit, GOODBYE_TOKENS } from "./cost-limit.ts";
import type { EndReason } from "./events.ts";
import type { Floor } from "./floor.ts";
import { Idle } from "./idle.ts";
import { type KeyAction, Keypad } from "./keypad.ts";
import { sayNow, SPENT, SPENT_SOON } from "./notes.ts";
import type { Playback } from "./playback.ts";
import type { Responses } from "./responses.ts";
import { startTimeLimit } from "./time-limit.ts";
import { whenHeard } from "./when-heard.ts";

export interface MannersOptions {
  readonly clock: Clock;
  /** When the call began, by the clock: its sessions may change. */
  readonly startedMs: number;
  readonly persona: Pick<Persona, "idle" | "limits" | "dtmf" | "summary">;
  /** What the call has cost so far, and the model of this session. */
  readonly cost: CallCost;
  readonly model: string;
  readonly session: Pick<RealtimeSessionCreateRequest, "audio">;
  readonly playback: Playback;
  readonly responses: Responses;
  readonly floor: Floor;
  /** Has the agent say exactly these words. */
  readonly say: (purpose: string, words: string) => void;
  /** Has the agent act upon a direction of ours. */
  readonly direct: (purpose: string, direction: string) => void;
  /** Fills in the persona's words. */
  readonly render: (words: string) => string;
  /** No answer is longer than this from now on, in tokens. */
  readonly capAnswers: (tokens: number) => void;
  /** Adds a text to the conversation. */
  readonly note: (role: "user" | "system", text: string) => void;
  /** Whether the caller waits for something that is under way, a tool. */
  readonly waiting: () => boolean;
  readonly hasTools: boolean;
  /** Of the instructions and tools. */
  readonly promptCharacters: number;
  /** Hangs up and ends the call. */
  readonly leave: (reason: EndReason) => void;
  readonly end: (reason: EndReason) => void;
}

/** A goodbye that is not begun within this time does not keep the call. */
const GOODBYE_LIMIT_MS = 10_000;
/** From the call's time limit to its end, whatever is still being said. */
const OVERTIME_MS = 30_000;
const WARNING_SECONDS = 60;

/** The manners of a telephone call: what silence, keys and the clock lead to. */
export class Manners {
  readonly #options: MannersOptions;
  readonly #keypad: Keypad;
  readonly #idle: Idle | undefined;
  readonly #costLimit: CostLimit | undefined;
  #stopLimit = () => {};
  #stopOvertime = () => {};
  #lost = false;
  #unfinishedKeys = "";
  #leaving: { readonly reason: EndReason; readonly stop: () => void } | undefined;

  constructor(options: MannersOptions) {
    this.#options = options;
    const { clock, persona, say } = options;
    this.#keypad = new Keypad(clock, persona.dtmf, {
      onEntry: (keys) => this.#entered(keys),
      onAction: (action) => this.#act(action),
    });
    this.#idle = persona.idle && new Idle(clock, {
      afterMs: persona.idle.afterSeconds * 1000,
      say: persona.idle.say,
      goodbye: persona.idle.thenHangUp,
      busyMs: () => this.#busyMs(),
      onSay: (words) => say("idle", words),
      onGoodbye: (words) => {
        say("goodbye", words);
        this.leave("idle");
      },
    });
    const { limits, summary } = persona;
    this.#costLimit = limits?.usd === undefined ? undefined : new CostLimit({
      ...options,
      limitUsd: limits.usd,
      transcriber: options.session.audio?.input?.transcription?.model,
      summary: summary !== undefined,
      onCap: options.capAnswers,
      onWarning: () => options.note("system", SPENT_SOON),
      onEnd: () => this.#spent(),
    });
  }

  /** The conversation begins. */
  start(): void {
    const { clock, persona, startedMs } = this.#options;
    this.#idle?.start();
    this.#costLimit?.start();
    const minutes = persona.limits?.minutes;
    if (minutes === undefined) return;
    this.#stopLimit = startTimeLimit(clock, {
      limitMs: minutes * 60_000 - (clock.now() - startedMs),
      warnBeforeMs: this.#warningSeconds === 0 ? undefined : this.#warningSeconds * 1000,
      onWarning: () => this.#warn(),
      onEnd: () => this.#limitReached(),
    });
  }

  /** The caller speaks; a goodbye said into silence is taken back. */
  callerSpoke(): void {
    if (!this.#lost) this.#idle?.callerActive();
    if (this.#leaving?.reason !== "idle") return;
    this.#leaving.stop();
    this.#leaving = undefined;
    if (!this.#lost) this.#idle?.start();
  }

  /** A key of the telephone; it takes the floor as speech does. */
  digit(digit: string): void {
    const { floor } = this.#options;
    this.callerSpoke();
    if (!this.#keypad.takes(digit)) return;
    if (!floor.isProtected) floor.interrupt();
    this.#keypad.press(digit);
  }

  /** Ends the call once all that is still to be said has been heard. */
  leave(reason: EndReason): void {
    if (this.#leaving) return;
    const { clock, playback, responses } = this.#options;
    const busy = () => responses.busy;
    const leaving = { reason, stop: () => {} };
    this.#leaving = leaving;
    this.#idle?.stop();
    leaving.stop = whenHeard({ clock, playback, busy, limitMs: GOODBYE_LIMIT_MS }, () => {
      this.#options.leave(reason);
    });
  }

  /** The session is lost, the call goes on; one that was about to end still does. */
  lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#unfinishedKeys = this.#keypad.take();
    this.#idle?.stop();
    this.#costLimit?.stop();
    this.#stopLimit();
  }

  /** The call is over. */
  stop(): void {
    this.lose();
    this.#stopOvertime();
    this.#leaving?.stop();
  }

  /** The keys of an entry that the session's loss cut off. */
  get unfinishedKeys(): string {
    return this.#unfinishedKeys;
  }

  /** Whether the call ends once the last words have been heard. */
  get isLeaving(): boolean {
    return this.#leaving !== undefined;
  }

  /** Whether nobody speaks, types or waits, and the call is not about to end. */
  get isQuiet(): boolean {
    return this.#leaving === undefined && this.#busyMs() === 0;
  }

  #busyMs(): number {
    const { floor, playback, responses, waiting } = this.#options;
    if (floor.callerSpeaking || responses.busy || this.#keypad.pending || waiting()) return Infinity;
    return playback.unheardMs();
  }

  #entered(keys: string): void {
    const { note, responses } = this.#options;
    note("user", `The caller pressed ${[...keys].join(" ")} on the telephone's keypad.`);
    responses.request({ purpose: "keys" });
  }

  #act(action: KeyAction): void {
    const { direct, note, responses } = this.#options;
    if (action === "hangUp") return this.leave("key");
    if (action === "repeat") return direct("repeat", "Repeat your last answer to the caller.");
    note("system", action.tell);
    responses.request({ purpose: "keys" });
  }

  get #warningSeconds(): number {
    return this.#options.persona.limits?.warningSeconds ?? WARNING_SECONDS;
  }

  #warn(): void {
    const { persona, say, direct } = this.#options;
    const words = persona.limits?.warning;
    if (words !== undefined) return say("limit", words);
    const seconds = this.#warningSeconds;
    direct("limit", `Tell the caller in one short sentence that this call will end in ${seconds} seconds.`);
  }

  #limitReached(): void {
    const { clock, persona, say, direct, end } = this.#options;
    const words = persona.limits?.goodbye;
    if (words !== undefined) say("goodbye", words);
    else {direct(
        "goodbye",
        "The time for this call is over. Say goodbye to the caller in one short sentence.",
      );}
    this.leave("time_limit");
    this.#stopOvertime = clock.after(OVERTIME_MS, () => end("time_limit"));
  }

  /**
   * As told in the conversation: for instructions of its own the model would read all of it at its full price. Nothing
   * that the caller says now is answered: that could not be paid.
   */
  #spent(): void {
    if (this.#leaving) return;
    const { clock, persona: { limits }, floor, note, render, responses, end } = this.#options;
    floor.close();
    note("system", limits?.goodbye === undefined ? SPENT : sayNow(render(limits.goodbye)));
    responses.request({ purpose: "goodbye", params: { max_output_tokens: GOODBYE_TOKENS } });
    responses.close();
    this.leave("cost_limit");
    this.#stopOvertime = clock.after(OVERTIME_MS, () => end("cost_limit"));
  }
}
