import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Agent } from "./agent.ts";
import type { Conversation, Item } from "./conversation.ts";
import type { Faults } from "./faults.ts";
import type { Random } from "./ids.ts";
import type { Pace } from "./pace.ts";
import type { Plan } from "./response-rules.ts";
import type { SessionConfig } from "./session-config.ts";
import type { Speech } from "./speech.ts";
import type { Tokens } from "./usage.ts";
import type { ApiError, ServerEvent } from "./wire.ts";

/** What the parts of a session share. */
export interface Model {
  readonly sessionId: string;
  /** Its timers end with the session. */
  readonly clock: Clock;
  readonly random: Random;
  readonly pace: Pace;
  readonly faults: Faults;
  readonly agent: Agent;
  readonly speech: Speech;
  readonly log: Log;
  readonly conversation: Conversation;
  readonly config: () => SessionConfig;
  readonly send: (event: ServerEvent) => void;
  /** Sends an error event. */
  readonly fail: (error: ApiError) => void;
  /** Spoken answers begun so far. */
  readonly answers: number;
  /** A response begins to speak. */
  readonly spoke: (by: object) => void;
  /** Notes what the model reads now. @returns how much of its beginning it had read before */
  readonly remember: (plan: Plan, items: readonly Item[]) => Tokens | undefined;
}

/** A clock whose timers are all taken back at the end, and that takes none after it. */
export function scoped(clock: Clock): Clock & { end(): void } {
  const timers = new Set<() => void>();
  let ended = false;
  return {
    now: () => clock.now(),
    after(delayMs, fn) {
      if (ended) return () => {};
      const stop = clock.after(delayMs, () => {
        timers.delete(cancel);
        fn();
      });
      const cancel = () => {
        timers.delete(cancel);
        stop();
      };
      timers.add(cancel);
      return cancel;
    },
    end() {
      ended = true;
      for (const cancel of [...timers]) cancel();
    },
  };
}
