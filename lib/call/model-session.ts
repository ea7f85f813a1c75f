import type { ConversationItem, RealtimeClientEvent } from "openai/resources/realtime/realtime";
import { bytesPerMs } from "../audio/codec.ts";
import { messageOf } from "../errors.ts";
import type { ResolvedInstructions } from "../persona/instructions.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { type Connection, dialModel, type ModelEnd } from "../realtime/connection.ts";
import type { ApiError, ServerEvent } from "../realtime/events.ts";
import { dialFault } from "../realtime/dial-fault.ts";
import { endWords, errorKind } from "../realtime/failures.ts";
import { modelFor, sessionUpdate } from "../realtime/session.ts";
import type { Conversation } from "./conversation.ts";
import { DialWatch } from "./dial-watch.ts";
import { ItemLog } from "./item-log.ts";
import { Liveness } from "./liveness.ts";
import type { Heir, ModelSessionOptions, SessionGround } from "./model-session-options.ts";
import { createSummary, type Summary } from "./summary.ts";

/** The event id of our `session.update`: an error that names it means that the session is not configured. */
const SESSION_UPDATE_ID = "session_update";
const BECOME_ID = "session_become";
/** Of a `session.update` that changes nothing: only its answer counts. */
const LIVENESS_ID = "session_alive";
const BECOME_LIMIT_MS = 5_000;
const BECOME_LIMIT_TOLD = `No answer within ${BECOME_LIMIT_MS} ms`;
/** From dialling to a configured session. */
const CONFIGURED_LIMIT_MS = 15_000;

/** One session of the model, from the dial to its end: dialled while the instructions are resolved, then configured. */
export class ModelSession {
  readonly #options: ModelSessionOptions;
  readonly #connection: Connection;
  readonly #dial: DialWatch;
  #instructions: ResolvedInstructions | undefined;
  #opened = false;
  #conversation: Conversation | undefined;
  #configured = false;
  #over = false;
  /** Told when the session has become another persona's, or why not. */
  #becoming: ((fault?: string) => void) | undefined;
  #stopWaiting = () => {};
  /** Ids of the updates that `session.updated` has still to confirm, in order. */
  readonly #updates: string[] = [];
  #liveness: Liveness | undefined;
  #appendedBytes = 0;
  readonly #items = new ItemLog();
  #summary: Summary | undefined;
  #heir: Heir | undefined;

  constructor(options: ModelSessionOptions) {
    this.#options = options;
    const { persona, config, endpoint, clock, log, tell } = options;
    const model = modelFor(persona, config);
    this.#dial = new DialWatch({ clock, model, persona: persona.name, tell });
    this.#connection = dialModel(endpoint, model, {
      clock,
      log,
      ...(options.tap ? { tap: options.tap } : {}),
      events: {
        // Waiting for a turn to dial does not count.
        dialling: () => {
          this.#dial.turn();
          this.#stopWaiting = clock.after(CONFIGURED_LIMIT_MS, () => {
            this.#fail("The model's session was not ready in time", true, "not_ready");
          });
        },
        away: () => {
          if (!this.#over) options.onAway();
        },
        opened: () => {
          this.#opened = true;
          this.#dial.opened();
          this.#configure();
        },
        event: (event) => this.#onEvent(event),
        ended: (end) => this.#onEnded(end),
      },
    });
    options.instructions.then((instructions) => {
      this.#instructions = instructions;
      this.#configure();
    }).catch((error) => this.#fail(`Could not configure the session: ${messageOf(error)}`, false));
  }

  /** Appends caller audio in the session's input format. */
  readonly append = (bytes: Uint8Array): void => {
    this.#appendedBytes += bytes.length;
    this.#connection.append(bytes);
  };

  /**
   * Goes on as another persona, in the same session: its instructions, tools and turn-taking, the voice stays.
   * Resolves when the session is so; rejects when the model refuses it.
   */
  become(
    other: Pick<ModelSessionOptions, "persona" | "tools" | "converse">,
    instructions: ResolvedInstructions,
  ): Promise<Conversation> {
    const { persona, tools, converse } = other;
    const { config, clock } = this.#options;
    const { event: { session } } = sessionUpdate(persona, config, instructions, tools.values());
    const conversation = converse({ session, instructions, ...this.#means });
    const { promise, resolve, reject } = Promise.withResolvers<Conversation>();
    const stopWaiting = clock.after(BECOME_LIMIT_MS, () => this.#becoming?.(BECOME_LIMIT_TOLD));
    this.#becoming = (fault) => {
      this.#becoming = undefined;
      stopWaiting();
      if (fault !== undefined) {
        conversation.end();
        return reject(new Error(fault));
      }
      this.#use(persona, conversation);
      resolve(conversation);
    };
    const { instructions: text, tools: offered, audio } = conversation.openingSession;
    this.#send({
      type: "session.update",
      event_id: BECOME_ID,
      session: {
        type: "realtime",
        instructions: text ?? "",
        tools: offered ?? [],
        audio: { input: audio?.input ?? {} },
      },
    });
    return promise;
  }

  /** Adds items to the conversation. */
  tell(items: readonly ConversationItem[]): void {
    for (const item of items) this.#send({ type: "conversation.item.create", item });
  }

  /**
   * The call is over: the session is the heir's, who hears of it from now on and closes it. Returns what sends to it;
   * undefined where it can't be asked anything.
   */
  leaveTo(heir: Heir): ((event: RealtimeClientEvent) => void) | undefined {
    if (this.#over || !this.#configured) return undefined;
    this.#liveness?.stop();
    this.#summary?.stop();
    this.#becoming?.("The call is over");
    this.#heir = heir;
    return this.#send;
  }

  /** Ends it, also while it is being dialled; nothing is told any more. */
  close(): void {
    if (!this.#end()) return;
    this.#conversation?.end();
  }

  #configure(): void {
    if (this.#over || !this.#opened || !this.#instructions) return;
    const { persona, config, tools, converse } = this.#options;
    const instructions = this.#instructions;
    const { event } = sessionUpdate(persona, config, instructions, tools.values());
    const ground = { session: event.session, instructions, ...this.#means };
    const conversation = this.#use(persona, converse(ground));
    this.#send({
      type: "session.update",
      event_id: SESSION_UPDATE_ID,
      session: conversation.openingSession,
    });
  }

  #use(persona: LoadedPersona, conversation: Conversation): Conversation {
    const { clock, log, tell } = this.#options;
    this.#summary?.stop();
    this.#summary = createSummary(persona, {
      clock,
      log,
      tell,
      items: this.#items,
      send: this.#send,
      isQuiet: () => conversation.isQuiet,
    });
    return this.#conversation = conversation;
  }

  #onEvent(event: ServerEvent): void {
    if (this.#over) return;
    this.#tellTranscription(event);
    if (this.#heir) return this.#heir.onModel(event);
    this.#liveness?.note();
    this.#options.onEvent();
    this.#items.onModel(event);
    if (event.type === "error") return this.#onError(event.error);
    this.#summary?.onModel(event);
    const conversation = this.#conversation;
    if (!conversation) return;
    if (event.type !== "session.updated") return conversation.onModel(event);
    const confirmed = this.#updates.shift();
    if (confirmed === BECOME_ID) return this.#becoming?.();
    if (this.#configured) return;
    this.#configured = true;
    this.#stopWaiting();
    this.#dial.over("ready");
    this.#watch();
    this.#options.onReady(conversation);
  }

  /** Whoever has the words: what writing them down has cost is the call's, also when they are not wanted any more. */
  #tellTranscription(event: ServerEvent): void {
    const completed = event.type === "conversation.item.input_audio_transcription.completed";
    if (!completed && event.type !== "conversation.item.input_audio_transcription.failed") return;
    this.#options.tell({
      type: "transcription",
      itemId: event.itemId,
      outcome: completed ? "completed" : "failed",
      usage: completed ? event.usage : undefined,
      model: this.#conversation?.openingSession.audio?.input?.transcription?.model ?? "",
    });
  }

  #watch(): void {
    this.#liveness = new Liveness({
      clock: this.#options.clock,
      ask: () => this.#send({ type: "session.update", event_id: LIVENESS_ID, session: { type: "realtime" } }),
      onSilent: (silentMs) => {
        this.#fail(`The model's session fell silent for ${Math.round(silentMs / 1000)} s`, true);
      },
    });
  }

  get #means(): Pick<SessionGround, "send" | "sentMs"> {
    const perMs = bytesPerMs(this.#options.config.audioFormat);
    return { send: this.#send, sentMs: () => this.#appendedBytes / perMs };
  }

  readonly #send = (event: RealtimeClientEvent): void => {
    if (event.type === "session.update") this.#updates.push(event.event_id ?? "");
    this.#connection.send(event);
  };

  #onError(error: ApiError): void {
    const { log } = this.#options;
    const kind = errorKind(error);
    const fields = { kind, code: error.code, type: error.type, param: error.param };
    const refused = this.#updates.indexOf(error.eventId ?? "none");
    if (refused >= 0) this.#updates.splice(refused, 1);
    if (error.eventId === SESSION_UPDATE_ID && !this.#configured) {
      const param = error.param === undefined ? "" : ` (${error.param})`;
      const message = `The model refused the session's configuration: ${error.code}${param}`;
      return this.#fail(message, false, dialFault(0, "", error));
    }
    if (error.eventId === BECOME_ID) return this.#becoming?.(`The model refused it: ${error.code}`);
    if (this.#summary?.refused(error) || this.#conversation?.refused(error)) {
      return log.debug("Response refused for now", fields);
    }
    // The close that follows a fatal error tells it to the line.
    if (kind === "benign") log.debug("Error of the model's side", fields);
    else log.warn("Error of the model's side", fields);
  }

  #onEnded(end: ModelEnd): void {
    this.#fail(endWords(end), end.recoverable, dialFault(end.code, end.reason, end.error));
  }

  /** The call goes on without it: what the conversation has under way is not ended. */
  #fail(message: string, recoverable: boolean, code = "not_configured"): void {
    this.#dial.over("failed", code);
    if (!this.#end()) return;
    if (this.#heir) return this.#heir.onLost(message);
    this.#conversation?.lose();
    this.#options.onFailed(message, recoverable);
  }

  /** Returns false when it had ended before. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#stopWaiting();
    this.#dial.over("closed");
    this.#liveness?.stop();
    this.#summary?.stop();
    this.#becoming?.("The session has ended");
    this.#connection.close();
    return true;
  }
}
