import { z } from "zod";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { AmiAnswers, ToolStandIn } from "../persona/rehearsal.ts";
import { type Ami, type AmiAnswer, createAmi } from "../tools/ami.ts";
import { resultText } from "../tools/result.ts";
import type { Tool, ToolCallContext, ToolOutcome } from "../tools/tool.ts";
import { failed, tooLong } from "../tools/words.ts";
import type { AmiRequest } from "./record.ts";
import { inSceneTime, type SceneTime } from "./time.ts";

/** A tool's sandbox keeps the limit of the tool. */
const GRACE_MS = 5000;

/** The tools of one scene: some replaced, all of them counted while they run. */
export class SceneTools {
  readonly #time: SceneTime;
  readonly #standIns: Readonly<Record<string, ToolStandIn>>;
  readonly #counts = new Map<string, number>();
  #running = 0;

  constructor(time: SceneTime, standIns: Readonly<Record<string, ToolStandIn>>) {
    this.#time = time;
    this.#standIns = standIns;
  }

  /** Whether one runs, whose answer the caller may be waiting for. */
  get running(): boolean {
    return this.#running > 0;
  }

  /** A persona's tools as the scene has them. */
  of(tools: ReadonlyMap<string, Tool>): ReadonlyMap<string, Tool> {
    return new Map([...tools].map(([name, tool]) => [name, this.#watched(tool)]));
  }

  #watched(tool: Tool): Tool {
    const standIn = Object.hasOwn(this.#standIns, tool.name) ? this.#standIns[tool.name] : undefined;
    return {
      ...tool,
      run: async (args, call) => {
        this.#running++;
        try {
          if (standIn) return await this.#standIn(tool, standIn, args, call);
          return await this.#time.hold(tool.run(args, call), tool.timeoutMs + GRACE_MS);
        } finally {
          this.#running--;
        }
      },
    };
  }

  async #standIn(
    tool: Tool,
    standIn: ToolStandIn,
    args: unknown,
    call: ToolCallContext,
  ): Promise<ToolOutcome> {
    const count = (this.#counts.get(tool.name) ?? 0) + 1;
    this.#counts.set(tool.name, count);
    const fault = faultOf(tool.parameters, args);
    if (fault !== undefined) return failed("invalid", fault, tool.effect);
    const { uuid, persona, variables } = call;
    const late = Promise.withResolvers<ToolOutcome>();
    const stop = this.#time.clock.after(
      tool.timeoutMs,
      () => late.resolve(tooLong(tool.timeoutMs, tool.effect)),
    );
    const work = inSceneTime(this.#time, async (wait): Promise<ToolOutcome> => {
      try {
        const result = await standIn(args as Record<string, unknown>, {
          uuid,
          persona,
          variables,
          count,
          wait,
        });
        return { kind: "output", text: resultText(result) };
      } catch (error) {
        return failed("thrown", messageOf(error), tool.effect);
      }
    });
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      stop();
    }
  }
}

/** Why arguments do not fit a tool's schema, as its sandbox would tell; undefined where they do, or it can't be said. */
function faultOf(parameters: Readonly<Record<string, unknown>>, args: unknown): string | undefined {
  let schema: z.ZodType;
  try {
    schema = z.fromJSONSchema(parameters);
  } catch {
    return undefined; // a schema of AVR's may hold anything
  }
  const { success, error } = schema.safeParse(args ?? {});
  return success ? undefined : z.prettifyError(error);
}

const STATUS: { readonly [Answers in AmiAnswers]?: number } = {
  "unknown call": 404,
  forbidden: 403,
  error: 500,
};

/** avr-ami as a scene has it. */
export interface SceneAmi extends Ami {
  /** Whether it has been asked and has not answered. */
  readonly running: boolean;
}

/** avr-ami as a scene wants it to answer; told to `onRequest` when it has. */
export function amiStandIn(
  answers: AmiAnswers,
  { time, log, onRequest }: {
    time: SceneTime;
    log: Log;
    onRequest: (request: Omit<AmiRequest, "atMs">) => void;
  },
): SceneAmi {
  const ami = createAmi({ url: "http://avr-ami.invalid", fetch: fetchFor(answers), clock: time.clock, log });
  let running = 0;
  const asked = async (
    request: Promise<AmiAnswer>,
    transfer: AmiRequest["transfer"],
  ): Promise<AmiAnswer> => {
    running++;
    // The time that it takes to give up is the call's.
    const answer = await (answers === "timeout" ? request : time.hold(request));
    running--;
    onRequest({ done: answer.ok, transfer });
    return answer;
  };
  return {
    get running() {
      return running > 0;
    },
    hangup: (uuid, signal) => asked(ami.hangup(uuid, signal), undefined),
    transfer: (transfer, signal) => {
      const { exten, context } = transfer;
      return asked(ami.transfer(transfer, signal), { extension: exten, context });
    },
  };
}

function fetchFor(answers: AmiAnswers): typeof fetch {
  return (_, init) => {
    if (answers === "unreachable") return Promise.reject(new TypeError("Connection refused"));
    if (answers === "timeout") {
      return new Promise((_, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal!.reason), { once: true });
      });
    }
    return Promise.resolve(Response.json({ message: answers }, { status: STATUS[answers] ?? 200 }));
  };
}

/** Time for the phone's side to hang up the line, once avr-ami has taken the call away. */
export const LINE_GONE_MS = 200;

/** Has the line go, as core does when avr-ami has hung up or transferred. */
export function lineGoes(clock: Clock, { done }: Pick<AmiRequest, "done">, hangUp: () => void): void {
  if (done) clock.after(LINE_GONE_MS, hangUp);
}
