import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Line } from "../line/line.ts";
import type { Log } from "../log.ts";
import type { LoadedPersona } from "../persona/load.ts";
import type { TemplateContext } from "../persona/template.ts";
import type { ApiError } from "../realtime/events.ts";
import type { Ami } from "../tools/ami.ts";
import type { Tool } from "../tools/tool.ts";
import type { CallCost } from "./cost.ts";
import type { CallEvent, EndReason } from "./events.ts";
import type { SessionGround } from "./model-session-options.ts";

/** What a conversation needs of its call and of the model's session. */
export interface ConversationOptions extends SessionGround {
  readonly uuid: string;
  readonly line: Line;
  readonly persona: LoadedPersona;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly ami: Ami;
  /** What the sentences of the persona are filled in from. */
  readonly facts: TemplateContext;
  /** What the call has cost so far. */
  readonly cost: CallCost;
  /** When the call began, by the clock. */
  readonly startedMs: number;
  readonly tell: (event: CallEvent) => void;
  /** Agent audio leaves. */
  readonly onAudio: () => void;
  readonly onFatal: (error: ApiError) => void;
  /** Hands the call over; resolves to words for the model. */
  readonly handoff: (persona: string) => Promise<string | undefined>;
  readonly end: (reason: EndReason) => void;
  /** Name of the model that the session is with. */
  readonly model: string;
  /** The caller has begun to speak, as the model hears it. */
  readonly onSpeech: () => void;
  /** What the caller said has become an item of the model's. */
  readonly onSpoken: (itemId: string) => void;
}
