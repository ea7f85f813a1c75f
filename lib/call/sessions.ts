import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { ResolvedInstructions } from "../persona/instructions.ts";
import type { LoadedPersona } from "../persona/load.ts";
import type { ApiError } from "../realtime/events.ts";
import type { LastSession } from "./aftermath.ts";
import { CALL_OVER } from "./call-over.ts";
import type { CallGround } from "./call.ts";
import type { Conversation } from "./conversation.ts";
import type { CallEvent, EndReason } from "./events.ts";
import { encoderOf, groundOf, instructionsOf } from "./ground.ts";
import { createHandoff } from "./handoff.ts";
import { type History, textItem } from "./history.ts";
import { ModelSession } from "./model-session.ts";
import type { ModelSessionOptions } from "./model-session-options.ts";
import { HANDED_OVER, TAKEN_UP } from "./notes.ts";
import { Recovery } from "./recovery.ts";
import { Rotation } from "./rotation.ts";
import type { Uplink } from "./uplink.ts";

export interface SessionsOptions {
  readonly call: CallGround;
  readonly log: Log;
  readonly startedMs: number;
  readonly history: History;
  readonly uplink: Uplink;
  readonly tell: (event: CallEvent) => void;
  /** Agent audio leaves. */
  readonly onAudio: () => void;
  /** Whether the caller has heard a word of the agent. */
  readonly hasSpoken: () => boolean;
  /** There is no session, and another is dialled; then that there is one. */
  readonly onAway: (away: boolean) => void;
  /** No session is to be had. */
  readonly onFatal: (message: string) => void;
  readonly end: (reason: EndReason) => void;
}

const LEAVING_LOOK_MS = 200;

/** The model's sessions of one call, one after the other: dialled, replaced before they grow old, recovered when lost. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #recovery: Recovery;
  readonly #rotation: Rotation;
  readonly #handOff: (name: string) => Promise<string | undefined>;
  readonly #abort = new AbortController();
  #persona: LoadedPersona;
  /** Where instructions come from besides the persona: nowhere, once the call was handed over. */
  #sources: Config["instructions"];
  #session: ModelSession | undefined;
  /** One that is about to take over. */
  #next: { readonly session: ModelSession; readonly abandon: () => void } | undefined;
  /** What the next session is told behind the conversation so far. */
  #note = TAKEN_UP;
  #conversation: Conversation | undefined;
  #over = false;
  #givenUp = false;
  #stopLooking = () => {};

  constructor(options: SessionsOptions) {
    const { call: { persona, config, clock }, log } = options;
    this.#options = options;
    this.#persona = persona;
    this.#sources = config.instructions;
    this.#recovery = new Recovery({
      clock,
      limitMs: config.recoveryMs,
      dial: () => this.dial(),
      giveUp: (reason) => this.#giveUp(reason),
    });
    this.#rotation = new Rotation({
      clock,
      log,
      ageMs: config.rotateMs,
      isQuiet: () => this.#conversation?.isQuiet === true,
      prepare: () => this.#prepare(this.#persona, false),
    });
    this.#handOff = createHandoff({
      ...options,
      persona: () => this.#persona,
      conversation: () => this.#conversation,
      isAway: () => this.isAway,
      isOver: () => this.#over,
      here: (to) => this.#continueHere(to),
      anew: async (to) => (await this.#prepare(to, true))(),
      adopt: (to) => this.#adopt(to),
    });
  }

  /** Who has the call now. */
  get persona(): LoadedPersona {
    return this.#persona;
  }

  /** That of the session in use, or of the one that was lost. */
  get conversation(): Conversation | undefined {
    return this.#conversation;
  }

  /** Whether there is no session just now. */
  get isAway(): boolean {
    return this.#conversation === undefined || this.#recovery.lostMs !== undefined || this.#givenUp;
  }

  /** Dials for the persona that has the call: to begin it, or to go on with it. */
  dial(): void {
    if (this.#over || this.#givenUp) return;
    const session = this.#session = this.#dial(this.#persona, this.#sources, (conversation) => {
      const { log, startedMs, tell, call: { clock }, hasSpoken } = this.#options;
      const gapMs = this.#recovery.lostMs;
      this.#recovery.done();
      if (gapMs === undefined) {
        const sinceStartMs = Math.round(clock.now() - startedMs);
        log.info("Session configured", { sinceStartMs });
        tell({ type: "configured", sinceStartMs });
      } else {
        log.info("Model's session recovered", { gapMs: Math.round(gapMs) });
        tell({ type: "model_back", gapMs });
      }
      // An answer follows by itself where the caller was speaking, and where a tool still runs.
      const owed = this.#conversation?.owesWords === true;
      // Who has not heard a word yet is greeted.
      const greeted = hasSpoken();
      this.#use(session, conversation, greeted ? this.#note : undefined);
      this.#note = TAKEN_UP;
      if (greeted) conversation.resume(owed);
      else conversation.begin(owed);
      this.#options.onAway(false);
    });
  }

  /** No session is wanted any more, for this reason. */
  abandon(message: string): void {
    this.#giveUp(message);
  }

  /** No other session. Returns the one in use for what is still to be asked of it, to be closed then. */
  end(): LastSession | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    const session = this.isAway ? undefined : this.#session;
    this.#abort.abort(CALL_OVER);
    this.#recovery.stop();
    this.#rotation.stop();
    this.#stopLooking();
    this.#next?.abandon();
    if (!session) this.#session?.close();
    const looseEnds = this.#conversation?.breakOff();
    this.#conversation?.end();
    return session && looseEnds && { session, looseEnds, persona: this.#persona };
  }

  /** Caller audio flows into this session from now on, and what it says is heard. */
  #use(session: ModelSession, conversation: Conversation, note: string | undefined): void {
    const earlier = this.#conversation;
    if (earlier) conversation.follow(earlier);
    this.#conversation = conversation;
    this.#session = session;
    // Before the caller's words that were kept: they come last.
    session.tell(this.#options.history.items(note, encoderOf(this.#options.call)));
    const heldMs = this.#options.uplink.open(session.append);
    if (earlier && heldMs > 0) conversation.catchUp();
    this.#rotation.arm();
  }

  /** The session is gone. Where another may be had, the line stays open and the caller's words are kept for it. */
  #onLost(message: string, recoverable: boolean): void {
    if (this.#over) return;
    const { uplink, log, tell, onAway } = this.#options;
    uplink.hold();
    this.#next?.abandon();
    if (!recoverable) return this.#giveUp(message);
    const first = this.#recovery.lostMs === undefined;
    log.warn("Model's session lost, another is dialled", { reason: message });
    if (first) {
      tell({ type: "model_lost", reason: message });
      onAway(true);
    }
    this.#recovery.again(message);
  }

  #giveUp(message: string): void {
    if (this.#over || this.#givenUp) return;
    this.#givenUp = true;
    this.#recovery.stop();
    this.#rotation.stop();
    this.#next?.abandon();
    this.#options.uplink.hold();
    this.#session?.close();
    this.#whenNotLeaving(() => this.#options.onFatal(message));
  }

  /** A call that ends anyway, once its last words have been heard, needs no model for that. */
  #whenNotLeaving(fn: () => void): void {
    if (this.#over) return;
    if (!this.#conversation?.isLeaving) return fn();
    const { clock } = this.#options.call;
    this.#stopLooking = clock.after(LEAVING_LOOK_MS, () => this.#whenNotLeaving(fn));
  }

  /** Opens a session for a persona beside the one in use. */
  #dial(
    persona: LoadedPersona,
    sources: Config["instructions"],
    onReady: (conversation: Conversation) => void,
    onFailed: ModelSessionOptions["onFailed"] = (message, recoverable) => this.#onLost(message, recoverable),
  ): ModelSession {
    return new ModelSession({
      ...this.#options.call,
      ...this.#ground(persona),
      tell: this.#options.tell,
      log: this.#options.log.with({ persona: persona.name }),
      instructions: this.#instructionsOf(persona, sources),
      onReady,
      onFailed,
      onEvent: () => this.#options.uplink.noticed(),
      // A caller who has not been answered yet is told at once; others wait for the model a while.
      onAway: () => {
        if (!this.#conversation) this.#giveUp("The model is away");
      },
    });
  }

  #ground(persona: LoadedPersona): ReturnType<typeof groundOf> {
    const { call, log, startedMs, tell, onAudio, end, history, uplink } = this.#options;
    return groundOf(call, persona, {
      log: log.with({ persona: persona.name }),
      startedMs,
      tell,
      onAudio,
      onFatal: (error: ApiError) => this.#giveUp(`The model refused to answer: ${error.code}`),
      handoff: this.#handOff,
      end,
      onSpeech: () => uplink.speech(),
      onSpoken: (itemId) => history.spoke(itemId, uplink.settle()),
    });
  }

  #instructionsOf(persona: LoadedPersona, sources: Config["instructions"]): Promise<ResolvedInstructions> {
    const log = this.#options.log.with({ persona: persona.name });
    return instructionsOf(this.#options.call, persona, sources, { log, signal: this.#abort.signal });
  }

  /** Another persona has the call. */
  #adopt(persona: LoadedPersona): void {
    this.#persona = persona;
    this.#sources = {};
    if (!this.isAway || this.#givenUp) return;
    // A session is being dialled for the one before.
    this.#note = HANDED_OVER;
    this.#session?.close();
    this.#recovery.again("Handed over");
  }

  async #continueHere(to: LoadedPersona): Promise<void> {
    const [session, earlier] = [this.#session, this.#conversation];
    if (!session) throw new Error("There is no session");
    // The environment's text is the first persona's: who takes over has its own.
    const conversation = await session.become(this.#ground(to), await this.#instructionsOf(to, {}));
    this.#conversation = conversation;
    if (earlier) conversation.follow(earlier, true);
    // In a task of its own: the old one still answers the call of the tool that led here.
    this.#options.call.clock.after(0, () => {
      if (this.#over) return;
      earlier?.end();
      session.tell([textItem("system", HANDED_OVER)]);
      conversation.resume(true);
    });
  }

  /** Dials a session that is to follow the one in use; resolves to what takes it into use, told what was said so far. */
  #prepare(persona: LoadedPersona, isHandoff: boolean): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const session = this.#dial(persona, isHandoff ? {} : this.#sources, (conversation) =>
      resolve(() => {
        // Lost while it waited for a pause: the old one goes on.
        if (this.#over || this.#next !== next) return;
        this.#next = undefined;
        const earlier = this.#session;
        this.#use(session, conversation, isHandoff ? HANDED_OVER : TAKEN_UP);
        earlier?.close();
        conversation.resume(isHandoff);
        if (!isHandoff) this.#options.tell({ type: "rotated" });
      }), (message, recoverable) => {
      if (this.#session === session) return this.#onLost(message, recoverable);
      if (this.#next === next) this.#next = undefined;
      reject(new Error(message));
    });
    const next = this.#next = {
      session,
      abandon: () => {
        this.#next = undefined;
        session.close();
        reject(new Error("The session in use was lost"));
      },
    };
    return promise;
  }
}
