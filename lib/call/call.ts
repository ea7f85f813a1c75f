import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Line } from "../line/line.ts";
import type { Log } from "../log.ts";
import type { LoadedPersona } from "../persona/load.ts";
import type { Endpoint, Tap } from "../realtime/connection.ts";
import { modelFor } from "../realtime/session.ts";
import type { Ami } from "../tools/ami.ts";
import type { Tool } from "../tools/tool.ts";
import { Aftermath, type LastSession } from "./aftermath.ts";
import { CallCost } from "./cost.ts";
import type { CallEvent, EndReason } from "./events.ts";
import { History } from "./history.ts";
import { SHUTTING_DOWN } from "./notes.ts";
import { Outage } from "./outage.ts";
import type { Phrases } from "./phrases.ts";
import { Sessions } from "./sessions.ts";
import { type Typed, TypedWords } from "./typed.ts";
import { Uplink } from "./uplink.ts";

/** What a call needs from its surroundings. */
export interface CallOptions {
  readonly uuid: string;
  readonly line: Line;
  readonly persona: LoadedPersona;
  /** Of the personas: they may be loaded anew while the service runs. */
  readonly generation?: number;
  /** All personas: the call may be handed to another. */
  readonly personas: ReadonlyMap<string, LoadedPersona>;
  readonly toolsFor: (persona: LoadedPersona) => ReadonlyMap<string, Tool>;
  readonly ami: Ami;
  /** What the line's URL told of the call, as the persona's schema has it. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly config: Config;
  readonly endpoint: Endpoint;
  /** What callers hear when the model is away. */
  readonly phrases: Pick<Phrases, "get" | "prepare">;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of what happens, as it happens. */
  readonly watch?: (event: CallEvent) => void;
  /** Sees what goes over the model's socket. */
  readonly tap?: Tap;
  /**
   * What is asked of the model when the call is over: what the answer that was cut off and the last words cost, or also
   * what the caller is still saying and what the persona's `summary` wants to know. @default nothing
   */
  readonly afterwards?: "cost" | "all";
}

/** What a call's sessions get with it. */
export interface CallGround extends CallOptions {
  /** What it has cost so far. */
  readonly cost: CallCost;
}

/** The life of one call: a line, a persona, and the model's sessions. Ends once, leaving nothing behind. */
export class Call {
  readonly uuid: string;
  readonly #options: CallOptions;
  readonly #log: Log;
  readonly #startedMs: number;
  readonly #uplink: Uplink;
  readonly #history = new History();
  readonly #cost = new CallCost();
  readonly #sessions: Sessions;
  readonly #outage: Outage;
  readonly #typed = new TypedWords();
  #spoken = false;
  #leaving = false;
  /** What the line is told of why the service can't go on with it. */
  #abandoned: string | undefined;
  #over = false;
  #aftermath: Aftermath | undefined;

  /** Dials the model and resolves the instructions at once, side by side. */
  constructor(options: CallOptions) {
    const { uuid, persona, config, clock, line, phrases } = options;
    this.uuid = uuid;
    this.#options = options;
    this.#log = options.log.with({ uuid, persona: persona.name });
    this.#startedMs = clock.now();
    this.#uplink = new Uplink(clock, config.audioFormat);
    const { generation } = options;
    this.#tell({ type: "started", uuid, persona: persona.name, ...(generation ? { generation } : {}) });
    this.#log.info("Call started", { generation });
    const common = {
      log: this.#log,
      tell: (event: CallEvent) => this.#tell(event),
      end: (reason: EndReason) => this.end(reason),
    };
    this.#outage = new Outage({ ...options, ...common, line, phrases, latencyMs: config.lineLatencyMs });
    this.#sessions = new Sessions({
      ...common,
      call: { ...options, cost: this.#cost },
      startedMs: this.#startedMs,
      history: this.#history,
      uplink: this.#uplink,
      onAudio: () => this.#onAudio(),
      hasSpoken: () => this.#spoken,
      onAway: (away) => this.#onAway(away),
      onFatal: (message) => this.#fail(message),
    });
    this.#sessions.dial();
  }

  /** Name of the persona that has the call now. */
  get persona(): string {
    return this.#sessions.persona.name;
  }

  /** Caller audio, 8 kHz. */
  callerAudio(samples: Int16Array): void {
    if (this.#over) return;
    this.#sessions.conversation?.hear(samples);
    this.#uplink.push(samples);
  }

  /** A key of the caller's telephone. */
  callerDigit(digit: string): void {
    if (this.#over) return;
    this.#tell({ type: "digit", digit });
    this.#type({ digit });
  }

  /** What the caller writes in place of saying it; answered as if it had been said. */
  callerText(text: string): void {
    if (this.#over) return;
    this.#type({ text });
  }

  /** There is a line again after a while without one; it was sent these frames first. */
  lineBack(frames: readonly Int16Array[]): void {
    if (!this.#over) this.#sessions.conversation?.lineBack(frames);
  }

  /** The service ends: the agent says goodbye if it can. `end` may follow at any time. */
  leave(): void {
    if (this.#over || this.#leaving) return;
    this.#leaving = true;
    const { conversation, isAway } = this.#sessions;
    if (isAway || !conversation) return this.end("shutdown");
    if (!conversation.isLeaving) conversation.goodbye(SHUTTING_DOWN, "shutdown");
  }

  /**
   * The service can't go on with it: the caller hears an apology where one is kept and is transferred where the persona
   * says so; then the line is told. `end` may follow at any time, and the line is told as well.
   */
  abandon(message: string): void {
    if (this.#over || this.#abandoned !== undefined) return;
    this.#leaving = true;
    this.#abandoned = message;
    this.#sessions.abandon(message);
  }

  /** Ends the call: the line, every timer, and the model's session, as soon as that has told what is wanted of it. */
  end(why: EndReason): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#abandoned !== undefined && why === "shutdown") this.#options.line.error(this.#abandoned);
    const ours = why === "shutdown" || why === "model_failed";
    const reason = this.#abandoned !== undefined && ours ? "internal_error" : why;
    this.#outage.stop();
    const { persona } = this.#sessions;
    const last = this.#sessions.end();
    const aftermath = this.#aftermath = last && this.#aftermathOf(last);
    this.#uplink.stop();
    const lostMs = this.#uplink.droppedMs;
    const unsentMs = this.#options.line.droppedMs ?? 0;
    if (lostMs > 0) this.#tell({ type: "audio_fault", kind: "caller_dropped", ms: lostMs });
    if (unsentMs > 0) this.#tell({ type: "audio_fault", kind: "agent_dropped", ms: unsentMs });
    this.#log.info("Call ended", { reason, ...(lostMs > 0 ? { callerAudioLostMs: lostMs } : {}) });
    if (!last && persona.summary && this.#options.afterwards === "all") {
      this.#tell({ type: "concluded", error: "The model's session was gone" });
    }
    this.#tell({ type: "ended", reason, ...(aftermath ? { more: true } : {}) });
    // Behind the last event: who watches on the line itself learns why it ends.
    this.#options.line.close();
    aftermath?.start();
  }

  /** The call has ended, and nobody can wait for what the model still has to tell. */
  cut(): void {
    this.#aftermath?.cut();
  }

  #aftermathOf(last: LastSession): Aftermath | undefined {
    const { afterwards, config, clock } = this.#options;
    const aftermath = new Aftermath({
      ...last,
      clock,
      log: this.#log,
      content: afterwards === "all",
      cost: this.#cost,
      model: modelFor(last.persona, config),
      tell: (event) => this.#tell(event),
    });
    if (afterwards !== undefined && aftermath.isNeeded) return aftermath;
    last.session.close();
    return undefined;
  }

  #onAway(away: boolean): void {
    const { conversation, persona } = this.#sessions;
    if (away) {
      if (this.#leaving) return this.end("shutdown");
      return this.#outage.begin(persona, conversation?.playback);
    }
    if (!conversation) return;
    conversation.playback.follow(this.#outage.end());
    this.#typed.deliver(conversation);
  }

  /** No model: only now the line is told, after what the caller can still be given. */
  #fail(message: string): void {
    if (this.#over) return;
    const { conversation, persona } = this.#sessions;
    void this.#outage.giveUp(persona, message, conversation?.playback);
  }

  #type(typed: Typed): void {
    const { conversation, isAway } = this.#sessions;
    this.#typed.type(typed, isAway ? undefined : conversation);
  }

  #onAudio(): void {
    if (this.#spoken) return;
    this.#spoken = true;
    const sinceStartMs = Math.round(this.#options.clock.now() - this.#startedMs);
    this.#log.info("First audio", { sinceStartMs });
    this.#tell({ type: "first_audio", sinceStartMs });
  }

  #tell(event: CallEvent): void {
    if (event.type === "configured" || event.type === "handoff") {
      this.#options.phrases.prepare(this.#sessions.persona);
    }
    this.#history.note(event);
    this.#cost.note(event);
    this.#options.watch?.(event);
  }
}
