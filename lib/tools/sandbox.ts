import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import {
  type FromSandbox,
  type LoadOrder,
  type ModulesOrder,
  readAnswer,
  type SentCall,
  type ToSandbox,
} from "./protocol.ts";
import { cut, firstLine } from "./result.ts";
import type { Effect, ToolCallContext, ToolOutcome } from "./tool.ts";
import { activeTrace } from "./tracing.ts";
import * as words from "./words.ts";

/** The part of a Worker that a sandbox uses. */
export type SandboxWorker = Pick<
  Worker,
  "postMessage" | "terminate" | "onmessage" | "onerror" | "onmessageerror"
>;

export interface SandboxOptions {
  /** For the log. */
  readonly name: string;
  /** Makes the Worker: about 15 ms of the thread that asks for it. @throws when it can't be had. */
  readonly start: () => SandboxWorker;
  /** Sent first, to each Worker anew. */
  readonly load?: LoadOrder | ModulesOrder;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Run {
  readonly tool: string;
  readonly args: unknown;
  readonly timeoutMs: number;
  readonly effect: Effect;
}

/** Runs at a time, those included whose time is up but which go on. */
const MAX_RUNS = 64;
/** One that does not answer within this is looping. */
const PONG_WITHIN_MS = 250;
/**
 * The runtime can't end a Worker that loops after an `await`: its thread goes on until the process ends. So that they
 * don't add up, a tool that does it so many times is switched off.
 */
const MAX_LOST = 2;
/** A run whose time is up may clean up for so long. */
const OVERDUE_MS = 1000;
/** A Worker keeps 20 to 45 MB; one that nobody needs goes. */
const IDLE_MS = 5 * 60_000;
/** More messages than this within a second come from a fault. */
const MAX_MESSAGES_PER_SECOND = 2000;

const BROKEN = "threw at its top level or can't be loaded";

/** A run that the Worker has not finished. */
interface Pending {
  readonly run: Run;
  readonly log: Log;
  /** Gives the outcome to the call; only the first one counts. */
  readonly answer: (outcome: ToolOutcome) => void;
  /** Ends its timer and its ear for the call's end. */
  readonly release: () => void;
  overdue: boolean;
}

/** One Worker, started when it is needed, ended when it loops, crashes or idles. No method throws or rejects. */
export class Sandbox {
  readonly #options: SandboxOptions;
  readonly #pending = new Map<number, Pending>();
  #worker: SandboxWorker | undefined;
  #loaded = Promise.withResolvers<FromSandbox & { type: "loaded" | "broken" }>();
  #stopProbe: (() => void) | undefined;
  #stopTimer: (() => void) | undefined;
  #messages = { sinceMs: 0, count: 0 };
  #ids = 0;
  #lost = 0;
  #closed = false;

  constructor(options: SandboxOptions) {
    this.#options = options;
  }

  /** Runs a tool. The outcome comes within `timeoutMs`, whatever the tool does. */
  run(run: Run, { uuid, persona, variables, signal, log }: ToolCallContext): Promise<ToolOutcome> {
    if (signal.aborted || this.#closed) return Promise.resolve(words.callEnded());
    if (this.#lost >= MAX_LOST) return Promise.resolve(words.outOfOrder());
    if (this.#pending.size >= MAX_RUNS) return Promise.resolve(words.busy());
    const { clock } = this.#options;
    const id = this.#ids++;
    return new Promise((answer) => {
      const onAbort = () => {
        // It may finish what it does; only nobody waits for it.
        answer(words.callEnded());
        this.#post({ type: "abort", id });
      };
      const stopTimer = clock.after(run.timeoutMs, () => this.#timeUp(id));
      const release = () => {
        stopTimer();
        signal.removeEventListener("abort", onAbort);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#pending.set(id, { run, log, answer, release, overdue: false });
      this.#stopTimer?.();
      const { tool, args, timeoutMs } = run;
      this.#start();
      const call = { uuid, persona, variables };
      this.#post({ type: "run", id, tool, args, timeoutMs, call, trace: activeTrace() });
    });
  }

  /** Starts the Worker if it is not there, and waits for what becomes of the order to load. */
  load(): Promise<FromSandbox & { type: "loaded" | "broken" }> {
    this.#start();
    return this.#loaded.promise;
  }

  /** Ends the Worker until the next run. */
  stop(): void {
    this.#end(words.crashed);
  }

  /** Ends it for good. */
  close(): void {
    this.#closed = true;
    this.#end(words.callEnded);
  }

  #start(): void {
    if (this.#worker || this.#closed) return;
    try {
      const worker = this.#worker = this.#options.start();
      // What an ended one still says is no concern of the next.
      const isCurrent = () => this.#worker === worker;
      worker.onmessage = ({ data }) => isCurrent() && this.#hear(data);
      worker.onmessageerror = () => isCurrent() && this.#crash("sent what can't be read");
      worker.onerror = (event) => {
        event.preventDefault(); // or it would end the process
        if (isCurrent()) this.#crash(BROKEN, firstLine(event.message));
      };
      if (this.#options.load) this.#post(this.#options.load);
    } catch (error) {
      this.#crash("can't be started", firstLine(error));
    }
  }

  #post(message: ToSandbox): void {
    try {
      this.#worker?.postMessage(message);
    } catch {
      // A variable of the call that can't be sent, such as a function.
      if (message.type !== "run") return;
      this.#worker?.postMessage({ ...message, call: plain(message.call) });
    }
  }

  #hear(data: unknown): void {
    const nowMs = this.#options.clock.now();
    if (nowMs - this.#messages.sinceMs > 1000) this.#messages = { sinceMs: nowMs, count: 0 };
    if (++this.#messages.count > MAX_MESSAGES_PER_SECOND) return this.#crash("sends too many messages");
    const message = readAnswer(data);
    if (message?.type === "done") {
      this.#finish(message.id)?.answer({ kind: "output", text: cut(message.text) });
    } else if (message?.type === "failed") {
      const pending = this.#finish(message.id);
      if (pending) this.#failed(pending, message);
    } else if (message?.type === "log") {
      const log = (message.id === undefined ? undefined : this.#pending.get(message.id)?.log) ??
        this.#options.log.with({ tool: this.#options.name });
      log[message.level](message.message, message.fields);
    } else if (message?.type === "pong") {
      this.#stopProbe?.();
      this.#stopProbe = undefined;
    } else if (message?.type === "crashed") {
      this.#crash("left an error unhandled", message.error);
    } else if (message) {
      this.#loaded.resolve(message);
      if (message.type === "broken" && this.#pending.size > 0) this.#crash(BROKEN, message.text);
    }
  }

  #failed({ log, run, answer }: Pending, failure: FromSandbox & { type: "failed" }): void {
    const { reason, error, text } = failure;
    if (reason === "refused") log.warn("A tool was refused what it does not declare", { reason: text });
    else if (reason === "thrown") log.warn("A tool failed", { error });
    // The message may hold anything.
    if (reason === "thrown") log.debug("A tool's error", { message: text });
    answer(words.failed(reason, cut(text), run.effect));
  }

  /** Takes a run off the list. */
  #finish(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    pending?.release();
    this.#pending.delete(id);
    this.#rest();
    return pending;
  }

  /** Sees to it that a Worker goes which nobody needs, or which only overdue runs keep. */
  #rest(): void {
    this.#stopTimer?.();
    const left = [...this.#pending.values()];
    if (!this.#worker || left.some(({ overdue }) => !overdue)) return;
    this.#stopTimer = this.#options.clock.after(left.length > 0 ? OVERDUE_MS : IDLE_MS, () => {
      if (left.length > 0) this.#crash("goes on when its time is up");
      else this.stop();
    });
  }

  #timeUp(id: number): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    const { log, run, answer } = pending;
    pending.overdue = true;
    log.warn("A tool took too long", { timeoutMs: run.timeoutMs });
    answer(words.tooLong(run.timeoutMs, run.effect));
    this.#post({ type: "abort", id });
    this.#rest();
    if (this.#stopProbe) return;
    this.#post({ type: "ping" });
    this.#stopProbe = this.#options.clock.after(PONG_WITHIN_MS, () => this.#lose());
  }

  #lose(): void {
    this.#crash("does not respond");
    if (++this.#lost < MAX_LOST) return;
    this.#options.log.error("A tool is switched off until the next start: it loops and can't be stopped", {
      tool: this.#options.name,
    });
  }

  #crash(what: string, error?: string): void {
    const { log, name } = this.#options;
    log.warn("A tool's sandbox was ended", { tool: name, reason: what, error });
    this.#loaded.resolve({ type: "broken", text: error ?? what });
    this.#end(words.crashed);
  }

  #end(outcome: (effect: Effect) => ToolOutcome): void {
    this.#stopProbe?.();
    this.#stopTimer?.();
    this.#stopProbe = undefined;
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#loaded = Promise.withResolvers();
    const ended = [...this.#pending.values()];
    this.#pending.clear();
    for (const { run, answer, release } of ended) {
      release();
      answer(outcome(run.effect));
    }
  }
}

/** The call without what can't be sent. */
function plain(call: SentCall): SentCall {
  return JSON.parse(JSON.stringify(call));
}
