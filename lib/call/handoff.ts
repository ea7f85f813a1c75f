import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { LoadedPersona } from "../persona/load.ts";
import type { CallOptions } from "./call.ts";
import type { Conversation } from "./conversation.ts";
import type { CallEvent } from "./events.ts";
import { continued } from "./ground.ts";

export interface HandoffOptions {
  readonly call: Pick<CallOptions, "personas" | "line">;
  readonly log: Log;
  readonly tell: (event: CallEvent) => void;
  /** Who has the call. */
  readonly persona: () => LoadedPersona;
  readonly conversation: () => Conversation | undefined;
  /** Whether there is no session just now. */
  readonly isAway: () => boolean;
  readonly isOver: () => boolean;
  /** Goes on in the session that there is. */
  readonly here: (to: LoadedPersona) => Promise<void>;
  /** Goes on in another one, with a voice of its own. */
  readonly anew: (to: LoadedPersona) => Promise<void>;
  /** The call is this persona's, in the sessions to come too. */
  readonly adopt: (to: LoadedPersona) => void;
}

/**
 * Makes what hands the call over to another persona once the last words of the old one have been heard: in the same
 * session, or with a voice of its own in a new one that is told what was said so far. It resolves to words for the old
 * one's model if it fails, to undefined when it is no longer that model's turn.
 */
export function createHandoff(options: HandoffOptions): (name: string) => Promise<string | undefined> {
  const { call, log, tell, isAway, isOver } = options;

  return async (name) => {
    const from = options.persona();
    const to = call.personas.get(name);
    if (!to) return `There is no ${name} to hand the caller over to.`;
    await options.conversation()?.heard();
    if (isOver()) return undefined;
    const voice = from.handoffVoice ?? "keep";
    const after = voice === "keep" ? continued(from, to) : to;
    try {
      if (!isAway()) await (voice === "switch" ? options.anew(after) : options.here(after));
    } catch (error) {
      if (isOver()) return undefined;
      // Where the session was lost meanwhile, the next one is the new persona's.
      if (!isAway()) {
        log.warn("Call could not be handed over", { to: to.name, reason: messageOf(error) });
        return "The caller could not be handed over just now. Help them yourself.";
      }
    }
    if (isOver()) return undefined;
    options.adopt(after);
    log.info("Call handed over", { from: from.name, to: to.name, voice });
    tell({ type: "handoff", from: from.name, to: to.name, voice });
    call.line.transcript("agent", `[${from.name} hands over to ${to.name}]`);
    return undefined;
  };
}
