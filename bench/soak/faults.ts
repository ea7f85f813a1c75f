import type { Clock } from "../../lib/clock.ts";
import type { Faults } from "../../lib/simulator/faults.ts";
import { createRandom } from "../../lib/simulator/ids.ts";
import type { Session } from "../../lib/simulator/simulator.ts";
import { createGarbage } from "../../tests/support/garbage.ts";
import type { CallPlan, Fault } from "./plan.ts";

/** Close codes that a server, a proxy or a bug may end a session with. */
const CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 3000, 4000, 4999];
const LOSEABLE = [
  "response.created",
  "response.done",
  "response.output_item.added",
  "response.output_audio.done",
  "input_audio_buffer.speech_stopped",
  "conversation.item.added",
  "conversation.item.done",
];
const TWICE = ["response.done", "response.created", "response.output_item.done", "session.updated"];

/** How many sessions of one call a fault strikes; all others strike the first alone. */
const SESSIONS: Partial<Record<Fault, number>> = {
  drop_configuring: 2,
  drop_later: 2,
  close_code: 2,
  server_error: 2,
  never_back: Infinity,
};

/**
 * Has the call's fault strike a session, as its first `session.update` comes in.
 * @param faults those of this session alone
 * @param earlier sessions that the call had before
 */
export function strike(
  plan: CallPlan,
  faults: Faults,
  session: Session,
  earlier: number,
  clock: Clock,
): void {
  const { fault } = plan;
  if (fault === undefined || earlier >= (SESSIONS[fault] ?? 1)) return;
  const { next, between } = createRandom(plan.seed + earlier);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
  const soon = (act: () => void) => void clock.after(between([0, 2500]), act);

  const strikes: Record<Fault, () => void> = {
    drop_configuring: () => session.end("drop"),
    drop_later: () => soon(() => session.end("drop")),
    close_code: () => soon(() => session.end({ code: pick(CODES), reason: "a simulated fault" })),
    server_error: () => soon(() => session.end("server_error")),
    session_expired: () => soon(() => session.end("expire")),
    frozen: () => soon(() => session.freeze()),
    garbage: () => {
      const valid = [{
        type: "response.output_audio.delta",
        delta: "AAAA",
        item_id: "item_1",
        response_id: "r",
      }];
      const garbage = createGarbage(plan.seed, valid);
      faults.mangle = (text) => {
        const strange = next() < 0.2 ? garbage() : undefined;
        if (strange === undefined) return [text];
        return [typeof strange === "string" ? strange : new Uint8Array(strange), text];
      };
    },
    strange_events: () => {
      Object.assign(faults, {
        unknownKey: true,
        unknownType: true,
        orphanDone: true,
        // Else nothing could hang up.
        malformedArguments: plan.behaviour !== "agent_ends",
      });
    },
    twice: () => void (faults.duplicate = TWICE),
    lost_events: () => void (faults.lose = [pick(LOSEABLE)]),
    failed_responses: () =>
      void (faults.failResponses = { how: pick(["rate_limit_exceeded", "server_error"]), times: 2 }),
    error_while_active: () => void (faults.errorWhileActive = true),
    slow_first: () => void (faults.slowFirstMs = [1000, 4000]),
    late: () => void (faults.delayMs = [50, 400]),
    bursts: () => void (faults.burstMs = 500),
    never_back: () => session.end(pick(["drop", "server_error"])),
  };
  strikes[fault]();
}
