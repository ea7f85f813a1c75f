import type { Model } from "./model.ts";
import type { Place, Writer } from "./output.ts";
import type { Plan } from "./response-rules.ts";
import { reasons } from "./session-rules.ts";
import type { Tokens } from "./usage.ts";
import type { Phase } from "./wire.ts";

/** A response under way: what it goes by and how far it has come. */
export interface Run {
  readonly id: string;
  readonly model: Model;
  readonly plan: Plan;
  state: "waiting" | "created" | "done";
  /** Its items so far, and the one that is not closed yet. */
  readonly writers: Writer[];
  open: Writer | undefined;
  /** Spoken so far, ms. */
  spokenMs: number;
  /** Tokens read, of these cached, and made. */
  input: Tokens;
  cached: Tokens;
  readonly made: Tokens;
}

/** Waits in the session's time; a session that ends never wakes it. */
export async function pause(run: Run, ms: number): Promise<void> {
  if (ms <= 0) return;
  await new Promise<void>((resolve) => void run.model.clock.after(ms, resolve));
}

/** Whether it has ended, perhaps while its maker waited. */
export function over(run: Run): boolean {
  return run.state === "done";
}

/** Where the next item goes. */
export function nextPlace({ id, model, plan, writers }: Run): Place {
  const { send, random, conversation } = model;
  return {
    send,
    random,
    responseId: id,
    outputIndex: writers.length,
    conversation: plan.conversation === "auto" ? conversation : undefined,
  };
}

/** The reasoning models mark their messages; what is not a preamble is the answer. */
export function phaseOf({ model }: Run, phase: Phase | undefined): Phase | undefined {
  return reasons(model.config().model) ? phase ?? "final_answer" : undefined;
}

export function begin<W extends Writer>(run: Run, writer: W): W {
  run.writers.push(writer);
  run.open = writer;
  return writer;
}

export function close(run: Run, status: "completed" | "incomplete"): void {
  run.open?.end(status);
  run.open = undefined;
}

/** Tokens that the response may still make. */
export function left({ plan, made }: Run): number {
  if (plan.maxOutputTokens === "inf") return Infinity;
  return Math.max(0, plan.maxOutputTokens - made.text - made.audio);
}
