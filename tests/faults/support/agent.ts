import type { Clock } from "../../../lib/clock.ts";
import type { PersonaDefinition } from "../../../lib/persona/define.ts";
import { type Agent, createAgent, type Output, type Reply } from "../../../lib/simulator/agent.ts";
import { handoffTools } from "../../../lib/tools/handoff.ts";
import { hangupTool } from "../../../lib/tools/hangup.ts";
import type { Tool, ToolOutcome } from "../../../lib/tools/tool.ts";
import type { WorldOptions } from "./world.ts";

export const GREETING = "Greeting.";
const TOOL_MS = 3000;
const HANDOFFS = { desk: "needs help" };

/** Who answers, and who may take over. */
export function personasOf(
  { guarded, fallback, handoffVoice = "keep" }: WorldOptions,
): { persona: PersonaDefinition; personas: Record<string, PersonaDefinition> } {
  return {
    persona: {
      instructions: "You answer the telephone.",
      voice: "marin",
      greeting: GREETING,
      handoffs: HANDOFFS,
      handoffVoice,
      ...(guarded ? { interrupt: {} } : {}),
      ...(fallback ? { fallback } : {}),
    },
    personas: { desk: { instructions: "You are the help desk.", voice: "cedar", greeting: GREETING } },
  };
}

/** A slow one, the hang-up and the handoff. */
export function toolsFor(clock: () => Clock): Tool[] {
  const lookUp: Tool = {
    name: "look_up",
    description: "Looks it up.",
    parameters: { type: "object", properties: {}, additionalProperties: false },
    timeoutMs: 20_000,
    effect: "read",
    confirm: false,
    run(_, { signal }) {
      const { promise, resolve } = Promise.withResolvers<ToolOutcome>();
      const stop = clock().after(TOOL_MS, () => resolve({ kind: "output", text: "Found." }));
      signal.addEventListener("abort", () => {
        stop();
        resolve({ kind: "error", text: "Stopped." });
      });
      return promise;
    },
  };
  return [lookUp, hangupTool({ name: "hang_up" }), ...handoffTools(HANDOFFS)];
}

/** What the agent says or does next. */
export type Next = Output | "words";

/** An agent that never says a word twice, but for those that it is told to say. */
export function newAgent(): { agent: Agent; next(...outputs: Next[]): void } {
  const obedient = createAgent();
  const replies: Reply[] = [];
  let answers = 0;
  const words = (): Output => {
    answers++;
    return { say: [..."abcdefgh"].map((letter) => `${letter}${answers}`).join(" ") };
  };
  return {
    agent(turn) {
      const isTold = turn.instructions !== turn.sessionInstructions && /say exactly/i.test(turn.instructions);
      if (isTold) return obedient(turn);
      return replies.shift() ?? { outputs: [words()] };
    },
    next(...outputs) {
      replies.push({ outputs: outputs.map((each) => each === "words" ? words() : each) });
    },
  };
}
