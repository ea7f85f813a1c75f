import { minimalArguments } from "./agent-arguments.ts";
import { recordFor, schemaIn, summary } from "./agent-summary.ts";
import {
  brief,
  exactWords,
  greeting,
  heardWords,
  keysBack,
  pressedKeys,
  resultWords,
  stillThere,
} from "./agent-words.ts";

/** One item of the conversation, as far as an agent looks at it. */
export interface ConversationItem {
  readonly type: string;
  readonly role?: string | undefined;
  readonly content?:
    | readonly {
      readonly type: string;
      readonly text?: string | null | undefined;
      readonly transcript?: string | null | undefined;
    }[]
    | undefined;
  readonly name?: string | undefined;
  readonly call_id?: string | undefined;
  readonly arguments?: string | undefined;
  readonly output?: string | undefined;
}

/** A function the session offers. `parameters` is its JSON schema. */
export interface AgentTool {
  readonly name: string;
  readonly description?: string | undefined;
  readonly parameters?: unknown;
}

/** What an agent is told when a response begins. */
export interface Turn {
  /** Those in force for this response: the response's own, else the session's. */
  readonly instructions: string;
  readonly sessionInstructions: string;
  readonly voice: string;
  readonly tools: readonly AgentTool[];
  /** What began it: the client's response.create, the end of the caller's speech, or the idle timeout. */
  readonly trigger: "create" | "vad" | "idle";
  /** Whether it is asked for in writing and outside of the conversation. */
  readonly aside?: boolean | undefined;
  /** The caller's last audio item, where this turn answers one. */
  readonly heard?: { readonly speechMs: number; readonly rmsDbfs: number } | undefined;
  /** The conversation so far, oldest first. */
  readonly items: readonly ConversationItem[];
  /** Spoken answers given so far in this session. */
  readonly answers: number;
  /** 0 up to 1, seeded. */
  random(): number;
}

/** One item of a response, in order: spoken, written, or a function call (`arguments` is JSON text). */
export type Output =
  | { readonly say: string; readonly phase?: "commentary" | "final_answer" }
  | { readonly text: string }
  | { readonly call: { readonly name: string; readonly arguments: string } };

/** What an agent answers. Without `status`, the response completes. */
export interface Reply {
  readonly outputs: readonly Output[];
  readonly status?: "completed" | "incomplete" | "failed";
  readonly error?: { readonly type: string; readonly code: string; readonly message: string };
}

/** Decides what the simulated agent answers. Must not throw. */
export type Agent = (turn: Turn) => Reply;

/** The default agent: obeys a greeting, tells what it heard, uses a tool when a key asks for it. */
export function createAgent(): Agent {
  return (turn) => ({ outputs: decide(turn) });
}

/** For tests: plays `replies` in order, one per response, then answers as the default agent does. */
export function script(replies: readonly (Reply | Agent)[]): Agent {
  const waiting = [...replies];
  const after = createAgent();
  return (turn) => {
    const next = waiting.shift() ?? after;
    return typeof next === "function" ? next(turn) : next;
  };
}

/** A reply of these words alone. */
export function say(text: string): Reply {
  return { outputs: [{ say: text }] };
}

function decide(turn: Turn): readonly Output[] {
  const { trigger, instructions, answers } = turn;
  if (turn.aside) return [aside(turn)];
  const ownInstructions = instructions !== turn.sessionInstructions;
  if (trigger === "create" && (ownInstructions || answers === 0)) {
    const words = exactWords(instructions);
    if (words !== undefined) return [{ say: words }];
    if (ownInstructions && /\b(?:in|as) (?:plain )?(?:text|json)\b|\btext only\b/i.test(instructions)) {
      return [{ text: summary(turn.items) }];
    }
  }
  const news = unanswered(turn.items);
  const results = news.filter((item) => item.type === "function_call_output");
  if (results.length > 0) return [{ say: results.map((item) => resultWords(item.output ?? "")).join(" ") }];
  const written = news.filter((item) => item.type === "message" && textOf(item) !== "");
  const direction = written.filter((item) => item.role === "system").map(textOf).at(-1) ?? "";
  const wanted = exactWords(direction);
  if (wanted !== undefined) return [{ say: wanted }];
  if (/\bsay goodbye\b/i.test(direction)) return [{ say: "Thank you for calling. Goodbye." }];
  const keys = written.map((item) => pressedKeys(textOf(item))).join("");
  if (keys !== "") return useTool(keys, turn.tools) ?? [{ say: keysBack(keys) }];
  if (trigger === "idle") return [{ say: stillThere(answers) }];
  if (trigger === "vad") return [{ say: heardWords(turn.heard, answers, turn.random()) }];
  const note = written.filter((item) => item.role === "user").map(textOf).at(-1);
  if (note !== undefined) return [{ say: `You wrote: ${brief(note)}.` }];
  if (turn.heard !== undefined) return [{ say: heardWords(turn.heard, answers, turn.random()) }];
  return [{ say: answers === 0 ? greeting(instructions) : "I am listening. Please go on." }];
}

/** What is asked for beside the conversation: a function that is offered for it, a record after a schema, a summary. */
function aside({ items, tools }: Turn): Output {
  const [tool] = tools;
  if (tool) return { call: { name: tool.name, arguments: recordFor(tool.parameters, items) } };
  const last = items.at(-1);
  const schema = last && schemaIn(textOf(last));
  return { text: schema === undefined ? summary(items) : recordFor(schema, items) };
}

/** What came after the agent's last words or call. */
function unanswered(items: readonly ConversationItem[]): readonly ConversationItem[] {
  const last = items.findLastIndex((item) => item.type === "function_call" || item.role === "assistant");
  return items.slice(last + 1);
}

/** What was written in a message; what was spoken in it is not text. */
function textOf(item: ConversationItem): string {
  const parts = item.content?.filter((part) => part.type === "input_text") ?? [];
  return parts.map((part) => part.text ?? "").join(" ").trim();
}

/** A single key asks for a tool: 9 hangs up, 0 transfers, any other is the tool's place in the list. */
function useTool(keys: string, tools: readonly AgentTool[]): readonly Output[] | undefined {
  const key = /^([0-9])#?$/.exec(keys)?.[1];
  if (key === undefined) return undefined;
  const like = (words: RegExp) =>
    tools.find(({ name }) => words.test(name)) ??
      tools.find(({ description }) => words.test(description ?? ""));
  const hangup = key === "9" ? like(/hang.?up|end.?(?:the.)?call|finish.?session/i) : undefined;
  const transfer = key === "0" ? like(/transfer|escalat|forward/i) : undefined;
  const tool = hangup ?? transfer ?? tools[Number(key) - 1];
  if (tool === undefined) return undefined;
  const call = { call: { name: tool.name, arguments: minimalArguments(tool.parameters) } };
  if (hangup !== undefined) return [{ say: "Goodbye.", phase: "commentary" }, call];
  if (transfer !== undefined) {
    return [{ say: "One moment, please. I am connecting you.", phase: "commentary" }, call];
  }
  return [call];
}
