import type { RealtimeClientEvent, RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { ResolvedInstructions } from "../persona/instructions.ts";
import type { LoadedPersona } from "../persona/load.ts";
import type { Endpoint, Tap } from "../realtime/connection.ts";
import type { ServerEvent } from "../realtime/events.ts";
import type { Tool } from "../tools/tool.ts";
import type { Conversation } from "./conversation.ts";
import type { CallEvent } from "./events.ts";

/** What a conversation is built upon: a session that is about to be configured. */
export interface SessionGround {
  /** As the persona wants it to be. */
  readonly session: RealtimeSessionCreateRequest;
  readonly instructions: ResolvedInstructions;
  readonly send: (event: RealtimeClientEvent) => void;
  /** Caller audio that the session has been sent so far, ms. */
  readonly sentMs: () => number;
}

/** Who has a session after its call. */
export interface Heir {
  onModel(event: ServerEvent): void;
  /** It is gone, other than by `close`. */
  onLost(message: string): void;
}

export interface ModelSessionOptions {
  readonly persona: LoadedPersona;
  readonly config: Config;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly log: Log;
  readonly instructions: Promise<ResolvedInstructions>;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly tap?: Tap;
  readonly converse: (ground: SessionGround) => Conversation;
  readonly tell: (event: CallEvent) => void;
  /** Something came from the model, whatever it is. */
  readonly onEvent: () => void;
  /** The dial waits, as all calls find the model away. */
  readonly onAway: () => void;
  /** The session is as we want it. Once. */
  readonly onReady: (conversation: Conversation) => void;
  /** It can't go on, or could not begin; `recoverable` when another may. Once, and last. */
  readonly onFailed: (message: string, recoverable: boolean) => void;
}
