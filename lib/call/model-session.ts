import type {
  ConversationItem,
  RealtimeClientEvent,
  RealtimeSessionCreateRequest,
} from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ResolvedInstructions } from "../persona/instructions.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { type Connection, dialModel, type Endpoint, type ModelEnd } from "../realtime/connection.ts";
import type { ApiError, ServerEvent } from "../realtime/events.ts";
import { errorKind } from "../realtime/failures.ts";
import { modelFor, sessionUpdate } from "../realtime/session.ts";
import type { Tool } from "../tools/tool.ts";
import type { Conversation } from "./conversation.ts";

/** What a conversation is built upon: a session that is about to be configured. */
export interface SessionGround {
  /** As the persona wants it to be. */
  readonly session: RealtimeSessionCreateRequest;
  readonly instructions: ResolvedInstructions;
  readonly send: (event: RealtimeClientEvent) => void;
}

export interface ModelSessionOptions {
  readonly persona: LoadedPersona;
  readonly config: Config;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly log: Log;
  readonly instructions: Promise<ResolvedInstructions>;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly converse: (ground: SessionGround) => Conversation;
  /** The session is as we want it. Once. */
  readonly onReady: (conversation: Conversation) => void;
  /** It can't go on, or could not begin; `recoverable` when another may. Once, and last. */
  readonly onFailed: (message: string, recoverable: boolean) => void;
}

/** The event id of our `session.update`: an error that names it means that the session is not configured. */
const SESSION_UPDATE_ID = "session_update";
const BECOME_ID = "session_become";
const BECOME_LIMIT_MS = 5_000;
const BECOME_LIMIT_TOLD = `No answer within ${BECOME_LIMIT_MS} ms`;
/** From dialling to a configured session. */
const CONFIGURED_LIMIT_MS = 15_000;

/** One session of the model, from the dial to its end: dialled while the instructions are resolved, then configured. */
export class ModelSession {
  readonly #options: ModelSessionOptions;
  readonly #connection: Connection;
  #instructions: ResolvedInstructions | undefined;
  #opened = false;
  #conversation: Conversation | undefined;
  #configured = false;
  #over = false;
  /** Told when the session has become another persona's, or why not. */
  #becoming: ((fault?: string) => void) | undefined;
  readonly #stopWaiting: () => void;

  constructor(options: ModelSessionOptions) {
    this.#options = options;
    const { persona, config, endpoint, clock, log } = options;
    this.#connection = dialModel(endpoint, modelFor(persona, config), {
      clock,
      log,
      events: {
        opened: () => {
          this.#opened = true;
          this.#configure();
        },
        event: (event) => this.#onEvent(event),
        ended: (end) => this.#onEnded(end),
      },
    });
    this.#stopWaiting = clock.after(CONFIGURED_LIMIT_MS, () => {
      this.#fail("The model's session was not ready in time", true);
    });
    options.instructions.then((instructions) => {
      this.#instructions = instructions;
      this.#configure();
    }).catch((error) => this.#fail(`Could not configure the session: ${messageOf(error)}`, false));
  }

  /** Appends caller audio in the session's input format. */
  readonly append = (bytes: Uint8Array): void => this.#connection.append(bytes);

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
    const conversation = converse({ session, instructions, send: this.#connection.send });
    const { promise, resolve, reject } = Promise.withResolvers<Conversation>();
    const stopWaiting = clock.after(BECOME_LIMIT_MS, () => this.#becoming?.(BECOME_LIMIT_TOLD));
    this.#becoming = (fault) => {
      this.#becoming = undefined;
      stopWaiting();
      if (fault !== undefined) {
        conversation.end();
        return reject(new Error(fault));
      }
      this.#conversation = conversation;
      resolve(conversation);
    };
    const { instructions: text, tools: offered, audio } = conversation.openingSession;
    this.#connection.send({
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
    for (const item of items) this.#connection.send({ type: "conversation.item.create", item });
  }

  /** Ends it, also while it is being dialled; nothing is told any more. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopWaiting();
    this.#becoming?.("The session has ended");
    this.#conversation?.end();
    this.#connection.close();
  }

  #configure(): void {
    if (this.#over || !this.#opened || !this.#instructions) return;
    const { persona, config, tools, converse } = this.#options;
    const instructions = this.#instructions;
    const { event } = sessionUpdate(persona, config, instructions, tools.values());
    const ground = { session: event.session, instructions, send: this.#connection.send };
    const conversation = this.#conversation = converse(ground);
    this.#connection.send({
      type: "session.update",
      event_id: SESSION_UPDATE_ID,
      session: conversation.openingSession,
    });
  }

  #onEvent(event: ServerEvent): void {
    if (this.#over) return;
    if (event.type === "error") return this.#onError(event.error);
    const conversation = this.#conversation;
    if (!conversation) return;
    if (event.type !== "session.updated") return conversation.onModel(event);
    // Later updates are answers to what we asked for in passing.
    if (this.#configured) return this.#becoming?.();
    this.#configured = true;
    this.#stopWaiting();
    this.#options.onReady(conversation);
  }

  #onError(error: ApiError): void {
    const { log } = this.#options;
    const kind = errorKind(error);
    const fields = { kind, code: error.code, type: error.type, param: error.param };
    if (error.eventId === SESSION_UPDATE_ID && !this.#configured) {
      const param = error.param === undefined ? "" : ` (${error.param})`;
      return this.#fail(`The model refused the session's configuration: ${error.code}${param}`, false);
    }
    if (error.eventId === BECOME_ID) return this.#becoming?.(`The model refused it: ${error.code}`);
    if (this.#conversation?.refused(error)) return log.debug("Response refused for now", fields);
    // The close that follows a fatal error tells it to the line.
    if (kind === "benign") log.debug("Error of the model's side", fields);
    else log.warn("Error of the model's side", fields);
  }

  #onEnded({ code, reason, error, recoverable }: ModelEnd): void {
    const why = error?.code || reason || "dropped";
    this.#fail(`The model's session ended: ${why} (close code ${code})`, recoverable);
  }

  #fail(message: string, recoverable: boolean): void {
    if (this.#over) return;
    this.close();
    this.#options.onFailed(message, recoverable);
  }
}
