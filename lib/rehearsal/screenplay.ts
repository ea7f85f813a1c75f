import type { AgentLine, Step } from "../persona/rehearsal.ts";
import { type Agent, createAgent, type Reply } from "../simulator/agent.ts";
import { exactWords } from "../simulator/agent-words.ts";
import { seconds, type Transcribe } from "../simulator/transcription.ts";

/** The simulated model of a scene. */
export interface Screenplay {
  readonly agent: Agent;
  /** Lines that nobody has asked for yet. */
  readonly left: readonly AgentLine[];
  /** Answers for which there was no line; always 0 where the scene has no lines at all. */
  readonly missing: number;
}

/**
 * Plays the agent's lines of a scene in their order. What Parley asks for in exact words, or beside the conversation, takes
 * no line; without lines the simulator's own agent answers.
 */
export function screenplay(steps: readonly Step[]): Screenplay {
  const lines = steps.filter((step): step is AgentLine => "agent" in step);
  const left = [...lines];
  const own = createAgent();
  let missing = 0;
  return {
    left,
    get missing() {
      return missing;
    },
    agent(turn) {
      const directed = turn.aside || turn.instructions !== turn.sessionInstructions ||
        turn.answers === 0 && turn.trigger === "create" && exactWords(turn.instructions) !== undefined;
      if (directed) return own(turn);
      const line = left.shift();
      if (line) return replyOf(line);
      if (lines.length > 0) missing++;
      return own(turn);
    },
  };
}

function replyOf(line: AgentLine): Reply {
  switch (line.agent) {
    case "says":
      return { outputs: [{ say: line.text }] };
    case "calls": {
      const call = { call: { name: line.tool, arguments: JSON.stringify(line.arguments) } };
      return {
        outputs: line.saying === undefined ? [call] : [{ say: line.saying, phase: "commentary" }, call],
      };
    }
    case "fails":
      return { outputs: [], status: "failed" };
  }
}

interface Words {
  readonly text: string;
  readonly sinceMs: number;
  readonly durationMs: number;
  /** Characters that are written down. */
  at: number;
}

/** Stands in for the transcription: knows what the caller is about to say. */
export class CallerWords {
  readonly #now: () => number;
  #waiting: Words[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The caller begins to say this, 8 kHz. */
  begin(text: string | undefined, samples: Int16Array): void {
    if (text === undefined) return;
    this.#waiting.push({ text, sinceMs: this.#now(), durationMs: samples.length / 8, at: 0 });
  }

  /** The words of a turn that ends now: all that was said up to here and is not yet written down. */
  readonly transcribe: Transcribe = (heard) => {
    const said = this.#waiting.map((words) => {
      const from = words.at;
      words.at = Math.max(from, this.#saidOf(words));
      return words.text.slice(from, words.at).trim();
    });
    this.#waiting = this.#waiting.filter(({ at, text }) => at < text.length);
    return said.join(" ").trim() || seconds(heard);
  };

  /** A turn that ends within the words has a part of them: an estimate by time. */
  #saidOf({ text, sinceMs, durationMs }: Words): number {
    const share = (this.#now() - sinceMs) / durationMs;
    return share >= 1 ? text.length : text.lastIndexOf(" ", text.length * share) + 1;
  }
}
