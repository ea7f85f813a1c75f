import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { FinishedResponse } from "../realtime/events.ts";
import type { ControlAction, Tool, ToolCallContext, ToolOutcome } from "../tools/tool.ts";
import { CALL_OVER } from "./call-over.ts";
import type { Confirmations } from "./confirm.ts";
import type { CallEvent } from "./events.ts";
import { pairOf } from "./history.ts";
import type { Responses } from "./responses.ts";

export interface ToolCallsOptions {
  readonly clock: Clock;
  readonly responses: Responses;
  readonly tools: ReadonlyMap<string, Tool>;
  /** What the caller has to agree to. */
  readonly confirmations: Confirmations;
  readonly context: Omit<ToolCallContext, "signal" | "log">;
  readonly log: Log;
  readonly send: (event: RealtimeClientEvent) => void;
  readonly tell: (event: CallEvent) => void;
  /** A tool takes its time: said unless the agent is speaking. */
  readonly onSlow: (words: string) => void;
  /** Whether tools run; for the hold sound. */
  readonly onWaiting: (waiting: boolean) => void;
  /** Acts upon the call itself. Text for the model, or undefined when nothing more is to be said. */
  readonly control: (action: ControlAction) => Promise<string | undefined>;
}

/** Slower than this, a tool is covered by a sentence. */
const SLOW_MS = 700;
/** A tool keeps its own limit; this is for one that does not. */
const GRACE_MS = 2_000;
/** What the model reads when there is nothing to say. */
const DONE = "Done.";
/** Calls of one conversation that are remembered: the API shows each several times. */
const SEEN_MAX = 256;

type FunctionCall = FinishedResponse["calls"][number];

/**
 * The model's function calls: each is answered exactly once, whatever becomes of it, after the response that asked is
 * done; then one response follows for all of them.
 */
export class ToolCalls {
  readonly #options: ToolCallsOptions;
  readonly #abort = new AbortController();
  readonly #seen = new Set<string>();
  readonly #timers = new Set<() => void>();
  #running = 0;
  #over = false;
  #lost = false;
  /** Of the session that was lost, while its tools run. */
  #earlier: ToolCalls | undefined;
  /** Of the session that follows. */
  #later: ToolCalls | undefined;

  constructor(options: ToolCallsOptions) {
    this.#options = options;
  }

  /** Whether a tool runs whose answer the caller waits for. */
  get running(): boolean {
    return this.#running > 0 || this.#earlier?.running === true;
  }

  /** The session is lost: what runs goes on, and is answered to the session that follows. */
  lose(): void {
    this.#lost = true;
  }

  /** Takes over from a session that is gone. */
  follow(earlier: ToolCalls): void {
    if (!earlier.running) return;
    this.#earlier = earlier;
    earlier.#later = this;
  }

  /** `response.done`: answers the calls that it asks for. */
  responseDone(response: FinishedResponse): void {
    const calls = response.calls.filter(({ callId }) => this.#isNew(callId));
    if (calls.length === 0) return;
    if (response.status !== "completed" || calls.some(({ status }) => status === "incomplete")) {
      // Half a response is no order; the model must still not wait for an answer.
      const text = "Not carried out: the caller took the floor. Ask again if it is still wanted.";
      for (const { callId } of calls) this.#answer(callId, text);
      return;
    }
    void this.#runAll(calls);
  }

  /** The call is over: what still runs is told to stop, and what it brings is dropped. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#earlier?.end();
    this.#abort.abort(CALL_OVER);
    for (const stop of this.#timers) stop();
    this.#timers.clear();
  }

  #isNew(callId: string): boolean {
    if (callId === "" || this.#seen.has(callId)) return false;
    this.#seen.add(callId);
    if (this.#seen.size > SEEN_MAX) {
      const [oldest] = this.#seen;
      this.#seen.delete(oldest!);
    }
    return true;
  }

  async #runAll(calls: readonly FunctionCall[]): Promise<void> {
    this.#running += calls.length;
    this.#options.onWaiting(true);
    const wantsAnswer = await Promise.all(calls.map((call) => this.#runOne(call)));
    this.#running -= calls.length;
    if (this.#over) return;
    const answering = this.#answering;
    if (!answering.running) answering.#options.onWaiting(false);
    if (answering.#lost || !wantsAnswer.includes(true)) return;
    answering.#options.responses.request({ purpose: "tools", unlessAnswered: true });
  }

  /** Who has the model's ear now. */
  get #answering(): ToolCalls {
    return this.#later ? this.#later.#answering : this;
  }

  /** Resolves to whether the model has something to say about it; never rejects. */
  async #runOne({ callId, name, arguments: json }: FunctionCall): Promise<boolean> {
    const { clock, log, tell, control } = this.#options;
    const startMs = clock.now();
    tell({ type: "tool_begun", name, callId });
    let outcome: ToolOutcome;
    try {
      outcome = await this.#outcome(name, json);
    } catch (error) {
      outcome = { kind: "error", text: `The tool failed: ${messageOf(error)}` };
    }
    if (this.#over) return false;
    const text = outcome.kind === "control" ? await this.#controlled(outcome.action, control) : outcome.text;
    if (this.#over) return false;
    const durationMs = Math.round(clock.now() - startMs);
    log.info("Tool answered", { tool: name, outcome: outcome.kind, durationMs });
    tell({
      type: "tool",
      name,
      callId,
      arguments: json,
      outcome: outcome.kind,
      text: text ?? "",
      durationMs,
    });
    this.#answering.#answerFor(this, { name, callId, arguments: json, output: text ?? DONE });
    return text !== undefined;
  }

  async #controlled(
    action: ControlAction,
    control: ToolCallsOptions["control"],
  ): Promise<string | undefined> {
    try {
      return await control(action);
    } catch (error) {
      return `That did not work: ${messageOf(error)}`;
    }
  }

  async #outcome(name: string, json: string): Promise<ToolOutcome> {
    const { tools, context, log } = this.#options;
    const tool = tools.get(name);
    if (!tool) {
      const known = [...tools.keys()].join(", ");
      return { kind: "error", text: `There is no tool ${JSON.stringify(name)}. Known: ${known || "none"}.` };
    }
    let args: unknown;
    try {
      args = json.trim() === "" ? {} : JSON.parse(json);
    } catch (error) {
      return { kind: "error", text: `The arguments are not JSON: ${messageOf(error)}. Call again.` };
    }
    const question = tool.confirm ? this.#options.confirmations.check(name, args) : undefined;
    if (question !== undefined) return { kind: "output", text: question };
    const signal = this.#abort.signal;
    const stopSlow = this.#after(SLOW_MS, () => {
      if (tool.whileWaiting !== undefined && !this.#lost) this.#options.onSlow(tool.whileWaiting);
    });
    const late = Promise.withResolvers<ToolOutcome>();
    const stopLate = this.#after(tool.timeoutMs + GRACE_MS, () => {
      late.resolve({ kind: "error", text: `No answer within ${tool.timeoutMs / 1000} seconds.` });
    });
    try {
      return await Promise.race([
        tool.run(args, { ...context, signal, log: log.with({ tool: name }) }),
        late.promise,
      ]);
    } finally {
      stopSlow();
      stopLate();
    }
  }

  /** A timer that ends with the call. */
  #after(delayMs: number, fn: () => void): () => void {
    const stop = this.#options.clock.after(delayMs, fn);
    this.#timers.add(stop);
    return () => {
      stop();
      this.#timers.delete(stop);
    };
  }

  /** @param asked whose session asked: another than this one's was lost, and this one knows nothing of the call */
  #answerFor(asked: ToolCalls, call: Parameters<typeof pairOf>[0]): void {
    if (asked === this) return this.#answer(call.callId, call.output);
    if (this.#over || this.#lost) return;
    for (const item of pairOf(call)) this.#options.send({ type: "conversation.item.create", item });
  }

  #answer(callId: string, output: string): void {
    if (this.#over || this.#lost) return;
    this.#options.send({
      type: "conversation.item.create",
      item: { type: "function_call_output", call_id: callId, output },
    });
  }
}
