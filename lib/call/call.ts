import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import type { Line } from "../line/line.ts";
import type { Log } from "../log.ts";
import { type ResolvedInstructions, resolveInstructions } from "../persona/instructions.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { templateContext } from "../persona/template.ts";
import { type Connection, dialModel, type Endpoint, type ModelEnd } from "../realtime/connection.ts";
import type { ApiError, ServerEvent } from "../realtime/events.ts";
import { errorKind } from "../realtime/failures.ts";
import { modelFor, sessionUpdate } from "../realtime/session.ts";
import { Conversation } from "./conversation.ts";
import type { CallEvent, EndReason } from "./events.ts";
import { Uplink } from "./uplink.ts";

/** What a call needs from its surroundings. */
export interface CallOptions {
  readonly uuid: string;
  readonly line: Line;
  readonly persona: LoadedPersona;
  /** What the line's URL told of the call, as the persona's schema has it. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly config: Config;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of what happens, as it happens. */
  readonly watch?: (event: CallEvent) => void;
}

/** The event id of our `session.update`: an error that names it means that the session is not configured. */
const SESSION_UPDATE_ID = "session_update";
/** From dialling to a configured session. */
const CONFIGURED_LIMIT_MS = 15_000;

/** The life of one call: it dials and prepares, hands over to the conversation, and ends once, leaving nothing behind. */
export class Call {
  readonly uuid: string;
  readonly persona: string;
  readonly #options: CallOptions;
  readonly #log: Log;
  readonly #startedMs: number;
  readonly #connection: Connection;
  readonly #uplink: Uplink;
  readonly #abort = new AbortController();
  #instructions: ResolvedInstructions | undefined;
  #opened = false;
  #conversation: Conversation | undefined;
  #configured = false;
  #over = false;
  #stopWaiting: () => void;

  /** Dials the model and resolves the instructions at once, side by side. */
  constructor(options: CallOptions) {
    const { uuid, variables, persona, config, endpoint, clock } = options;
    this.uuid = uuid;
    this.persona = persona.name;
    this.#options = options;
    this.#log = options.log.with({ uuid, persona: persona.name });
    this.#startedMs = clock.now();
    this.#uplink = new Uplink(clock, config.audioFormat);
    this.#connection = dialModel(endpoint, modelFor(persona, config), {
      clock,
      log: this.#log,
      events: {
        opened: () => {
          this.#opened = true;
          this.#configureWhenReady();
        },
        event: (event) => this.#onModel(event),
        ended: (end) => this.#onModelEnded(end),
      },
    });
    this.#stopWaiting = clock.after(
      CONFIGURED_LIMIT_MS,
      () => this.#fail("The model's session was not ready in time"),
    );
    this.#tell({ type: "started", uuid, persona: persona.name });
    this.#log.info("Call started");
    resolveInstructions(persona, config, {
      uuid,
      variables,
      log: this.#log,
      clock,
      signal: this.#abort.signal,
    }).then((instructions) => {
      this.#instructions = instructions;
      this.#configureWhenReady();
    }).catch((error) => this.#fail(`Could not start the call: ${messageOf(error)}`, "internal_error"));
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
    this.#stopWaiting();
    this.#abort.abort();
    this.#conversation?.end();
    this.#uplink.stop();
    this.#connection.close();
    this.#options.line.close();
    const lostMs = this.#uplink.droppedMs;
    this.#log.info("Call ended", { reason, ...(lostMs > 0 ? { callerAudioLostMs: lostMs } : {}) });
    this.#tell({ type: "ended", reason });
  }

  /** Only what is fatal reaches the line as an error. */
  #fail(message: string, reason: EndReason = "model_failed"): void {
    if (this.#over) return;
    this.#log.error(message);
    this.#conversation?.end();
    this.#options.line.error(message);
    this.end(reason);
  }

  #configureWhenReady(): void {
    if (this.#over || !this.#opened || !this.#instructions) return;
    const { uuid, variables, persona, config } = this.#options;
    const { event } = sessionUpdate(persona, config, this.#instructions);
    const conversation = new Conversation({
      ...this.#options,
      log: this.#log,
      session: event.session,
      instructions: this.#instructions,
      facts: templateContext(persona, {
        uuid,
        variables,
        log: this.#log,
        language: config.overrides.language,
      }),
      send: this.#connection.send,
      tell: (event) => this.#tell(event),
      onAudio: () => {
        const sinceStartMs = this.#sinceStartMs();
        this.#log.info("First audio", { sinceStartMs });
        this.#tell({ type: "first_audio", sinceStartMs });
      },
      onFatal: (error) => this.#fail(`The model refused to answer: ${error.code}`),
      end: (reason) => this.end(reason),
    });
    this.#conversation = conversation;
    this.#connection.send({
      type: "session.update",
      event_id: SESSION_UPDATE_ID,
      session: conversation.openingSession,
    });
  }

  /** The session is as we want it: held caller audio flows, the agent speaks first. Later updates change nothing. */
  #onConfigured(conversation: Conversation): void {
    if (this.#configured) return;
    this.#configured = true;
    this.#stopWaiting();
    this.#uplink.open(this.#connection.append);
    this.#tell({
      type: "configured",
      instructionsSource: this.#instructions!.source,
      sinceStartMs: this.#sinceStartMs(),
    });
    conversation.begin();
  }

  #onModel(event: ServerEvent): void {
    const conversation = this.#conversation;
    if (event.type === "error") return this.#onError(event.error);
    if (!conversation) return;
    if (event.type === "session.updated") return this.#onConfigured(conversation);
    conversation.onModel(event);
  }

  #onError(error: ApiError): void {
    const kind = errorKind(error);
    const fields = { kind, code: error.code, type: error.type, param: error.param };
    if (error.eventId === SESSION_UPDATE_ID && !this.#configured) {
      const param = error.param === undefined ? "" : ` (${error.param})`;
      return this.#fail(`The model refused the session's configuration: ${error.code}${param}`);
    }
    if (this.#conversation?.refused(error)) return this.#log.debug("Response refused for now", fields);
    // The close that follows a fatal error tells it to the line.
    if (kind === "benign") this.#log.debug("Error of the model's side", fields);
    else this.#log.warn("Error of the model's side", fields);
  }

  #onModelEnded({ code, reason, error }: ModelEnd): void {
    const why = error?.code || reason || "dropped";
    this.#fail(`The model's session ended: ${why} (close code ${code})`);
  }

  #sinceStartMs(): number {
    return Math.round(this.#options.clock.now() - this.#startedMs);
  }

  #tell(event: CallEvent): void {
    this.#options.watch?.(event);
  }
}
