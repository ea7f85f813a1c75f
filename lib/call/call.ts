import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import type { Line } from "../line/line.ts";
import type { Log } from "../log.ts";
import type { ResolvedInstructions } from "../persona/instructions.ts";
import type { LoadedPersona } from "../persona/load.ts";
import type { Endpoint } from "../realtime/connection.ts";
import type { Ami } from "../tools/ami.ts";
import type { Tool } from "../tools/tool.ts";
import type { Conversation } from "./conversation.ts";
import type { CallEvent, EndReason } from "./events.ts";
import { groundOf, instructionsOf } from "./ground.ts";
import { History, textItem } from "./history.ts";
import { ModelSession, type ModelSessionOptions } from "./model-session.ts";
import { HANDED_OVER, TAKEN_UP } from "./notes.ts";
import { Recovery } from "./recovery.ts";
import { Rotation } from "./rotation.ts";
import { Uplink } from "./uplink.ts";

/** What a call needs from its surroundings. */
export interface CallOptions {
  readonly uuid: string;
  readonly line: Line;
  readonly persona: LoadedPersona;
  /** All personas: the call may be handed to another. */
  readonly personas: ReadonlyMap<string, LoadedPersona>;
  readonly toolsFor: (persona: LoadedPersona) => ReadonlyMap<string, Tool>;
  readonly ami: Ami;
  /** What the line's URL told of the call, as the persona's schema has it. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly config: Config;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of what happens, as it happens. */
  readonly watch?: (event: CallEvent) => void;
}

/** The life of one call: a line, a persona, and the model's session of the moment. Ends once, leaving nothing behind. */
export class Call {
  readonly uuid: string;
  readonly #options: CallOptions;
  readonly #log: Log;
  readonly #startedMs: number;
  readonly #uplink: Uplink;
  readonly #history = new History();
  readonly #abort = new AbortController();
  #persona: LoadedPersona;
  #session: ModelSession;
  /** Of the persona that is about to take over. */
  #next: ModelSession | undefined;
  #conversation: Conversation | undefined;
  /** Where instructions come from besides the persona: nowhere, once the call was handed over. */
  #sources: Config["instructions"];
  readonly #recovery: Recovery;
  readonly #rotation: Rotation;
  #spoken = false;
  #over = false;

  /** Dials the model and resolves the instructions at once, side by side. */
  constructor(options: CallOptions) {
    const { uuid, persona, config, clock } = options;
    this.uuid = uuid;
    this.#options = options;
    this.#persona = persona;
    this.#log = options.log.with({ uuid, persona: persona.name });
    this.#startedMs = clock.now();
    this.#uplink = new Uplink(clock, config.audioFormat);
    this.#tell({ type: "started", uuid, persona: persona.name });
    this.#log.info("Call started");
    this.#recovery = new Recovery(clock, config.recoveryMs);
    this.#rotation = new Rotation({
      clock,
      log: this.#log,
      ageMs: config.rotateMs,
      isQuiet: () => this.#conversation?.isQuiet === true,
      prepare: () => this.#prepare(this.#persona, false),
    });
    this.#sources = config.instructions;
    this.#session = this.#dialNow();
  }

  /** Name of the persona that has the call now. */
  get persona(): string {
    return this.#persona.name;
  }

  /** Caller audio, 8 kHz. */
  callerAudio(samples: Int16Array): void {
    if (this.#over) return;
    this.#conversation?.hear(samples);
    this.#uplink.push(samples);
  }

  /** A key of the caller's telephone. */
  callerDigit(digit: string): void {
    if (this.#over) return;
    this.#tell({ type: "digit", digit });
    this.#conversation?.digit(digit);
  }

  /** Ends the call: the model's session, the line, every timer. */
  end(reason: EndReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#abort.abort();
    this.#recovery.stop();
    this.#rotation.stop();
    this.#next?.close();
    this.#session.close();
    this.#uplink.stop();
    this.#options.line.close();
    const lostMs = this.#uplink.droppedMs;
    this.#log.info("Call ended", { reason, ...(lostMs > 0 ? { callerAudioLostMs: lostMs } : {}) });
    this.#tell({ type: "ended", reason });
  }

  /** Only what is fatal reaches the line as an error. */
  #fail(message: string): void {
    if (this.#over) return;
    this.#log.error(message);
    this.#options.line.error(message);
    this.end("model_failed");
  }

  /** Dials for the persona that has the call: to begin it, or to go on with it. */
  #dialNow(): ModelSession {
    const session = this.#dial(this.#persona, this.#sources, (conversation) => {
      const gapMs = this.#recovery.lostMs;
      this.#recovery.done();
      if (gapMs === undefined) {
        this.#log.info("Session configured", { sinceStartMs: this.#sinceStartMs() });
        this.#tell({ type: "configured", sinceStartMs: this.#sinceStartMs() });
      } else {
        this.#log.info("Model's session recovered", { gapMs: Math.round(gapMs) });
        this.#tell({ type: "model_back", gapMs });
      }
      const owed = this.#conversation?.owesAnswer ?? true;
      this.#use(session, conversation);
      // Who has not heard a word yet is greeted.
      if (!this.#spoken) return conversation.begin();
      session.tell(this.#history.items(TAKEN_UP));
      conversation.resume(owed);
    });
    return session;
  }

  /** Caller audio flows into this session from now on, and what it says is heard. */
  #use(session: ModelSession, conversation: Conversation): void {
    if (this.#conversation) conversation.follow(this.#conversation);
    this.#conversation = conversation;
    this.#session = session;
    this.#uplink.open(session.append);
    this.#rotation.arm();
  }

  /** The session is gone. Where another may be had, the line stays open and the caller's words are kept for it. */
  #onLost(message: string, recoverable: boolean): void {
    if (this.#over) return;
    this.#uplink.hold();
    const first = this.#recovery.lostMs === undefined;
    const dial = () => {
      this.#session = this.#dialNow();
    };
    if (!recoverable || !this.#recovery.again(dial)) return this.#fail(message);
    this.#log.warn("Model's session lost, another is dialled", { reason: message });
    if (first) this.#tell({ type: "model_lost", reason: message });
  }

  /** Opens a session for a persona beside the one in use. */
  #dial(
    persona: LoadedPersona,
    sources: Config["instructions"],
    onReady: (conversation: Conversation) => void,
    onFailed: ModelSessionOptions["onFailed"] = (message, recoverable) => this.#onLost(message, recoverable),
  ): ModelSession {
    return new ModelSession({
      ...this.#options,
      ...this.#ground(persona),
      log: this.#log.with({ persona: persona.name }),
      instructions: this.#instructionsOf(persona, sources),
      onReady,
      onFailed,
    });
  }

  #ground(persona: LoadedPersona): ReturnType<typeof groundOf> {
    return groundOf(this.#options, persona, {
      log: this.#log.with({ persona: persona.name }),
      startedMs: this.#startedMs,
      tell: (event) => this.#tell(event),
      onAudio: () => this.#onAudio(),
      onFatal: (error) => this.#fail(`The model refused to answer: ${error.code}`),
      handoff: (name) => this.#handOff(name),
      end: (reason) => this.end(reason),
    });
  }

  #instructionsOf(persona: LoadedPersona, sources: Config["instructions"]): Promise<ResolvedInstructions> {
    const log = this.#log.with({ persona: persona.name });
    return instructionsOf(this.#options, persona, sources, { log, signal: this.#abort.signal });
  }

  /**
   * Another persona takes the call over once the last words of the old one have been heard: in the same session, or
   * with a voice of its own in a new one that is told what was said so far. Resolves to words for the old one's model
   * if it fails, to undefined when it is no longer that model's turn.
   */
  async #handOff(name: string): Promise<string | undefined> {
    const from = this.#persona;
    const to = this.#options.personas.get(name);
    if (!to) return `There is no ${name} to hand the caller over to.`;
    await this.#conversation?.heard();
    if (this.#over) return undefined;
    const voice = from.handoffVoice ?? "keep";
    try {
      await (voice === "switch" ? this.#continueAnew(to) : this.#continueHere(to));
    } catch (error) {
      this.#log.warn("Call could not be handed over", { to: to.name, reason: messageOf(error) });
      return "The caller could not be handed over just now. Help them yourself.";
    }
    this.#persona = to;
    this.#sources = {};
    this.#log.info("Call handed over", { from: from.name, to: to.name, voice });
    this.#tell({ type: "handoff", from: from.name, to: to.name, voice });
    this.#options.line.transcript("agent", `[${from.name} hands over to ${to.name}]`);
    return undefined;
  }

  async #continueHere(to: LoadedPersona): Promise<void> {
    const [session, earlier] = [this.#session, this.#conversation];
    // The environment's text is the first persona's: who takes over has its own.
    const conversation = await session.become(this.#ground(to), await this.#instructionsOf(to, {}));
    this.#conversation = conversation;
    if (earlier) conversation.follow(earlier);
    // In a task of its own: the old one still answers the call of the tool that led here.
    this.#options.clock.after(0, () => {
      if (this.#over) return;
      earlier?.end();
      session.tell([textItem("system", HANDED_OVER)]);
      conversation.resume(true);
    });
  }

  async #continueAnew(to: LoadedPersona): Promise<void> {
    const takeIntoUse = await this.#prepare(to, true);
    takeIntoUse();
  }

  /** Dials a session that is to follow the one in use; resolves to what takes it into use, told what was said so far. */
  #prepare(persona: LoadedPersona, isHandoff: boolean): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const session = this.#dial(persona, isHandoff ? {} : this.#sources, (conversation) =>
      resolve(() => {
        // Lost while it waited for a pause: the old one goes on.
        if (this.#over || this.#next !== session) return;
        this.#next = undefined;
        const earlier = this.#session;
        this.#use(session, conversation);
        earlier.close();
        session.tell(this.#history.items(isHandoff ? HANDED_OVER : TAKEN_UP));
        conversation.resume(isHandoff);
      }), (message, recoverable) => {
      if (this.#session === session) return this.#onLost(message, recoverable);
      if (this.#next === session) this.#next = undefined;
      reject(new Error(message));
    });
    this.#next = session;
    return promise;
  }

  #onAudio(): void {
    if (this.#spoken) return;
    this.#spoken = true;
    const sinceStartMs = this.#sinceStartMs();
    this.#log.info("First audio", { sinceStartMs });
    this.#tell({ type: "first_audio", sinceStartMs });
  }

  #sinceStartMs(): number {
    return Math.round(this.#options.clock.now() - this.#startedMs);
  }

  #tell(event: CallEvent): void {
    this.#history.note(event);
    this.#options.watch?.(event);
  }
}
