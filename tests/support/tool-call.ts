import { createLog } from "../../lib/log.ts";
import { systemClock } from "../../lib/clock.ts";
import type { SandboxedTool } from "../../lib/tools/define.ts";
import { Sandbox, type SandboxWorker } from "../../lib/tools/sandbox.ts";
import { sandboxed } from "../../lib/tools/sandboxed.ts";
import type { Tool, ToolCallContext } from "../../lib/tools/tool.ts";
import { startSandbox } from "../../lib/tools/worker.ts";

/** A call that runs tools, and what they log. */
export interface TestCall extends ToolCallContext {
  readonly logged: readonly string[];
  hangUp(): void;
}

export function toolCall(variables: Record<string, unknown> = {}): TestCall {
  const logged: string[] = [];
  const ended = new AbortController();
  const log = createLog({ level: "debug", write: (line) => logged.push(line.slice(13)) });
  return {
    uuid: "u-1",
    persona: "assistant",
    variables,
    signal: ended.signal,
    log,
    logged,
    hangUp: () => ended.abort(),
  };
}

export interface TestSandbox extends Disposable {
  readonly sandbox: Sandbox;
  /** How many Workers were started. */
  readonly starts: number;
  readonly logged: readonly string[];
  tool(definition: SandboxedTool): Tool;
}

/** A real Worker for the tools of one file, with the permissions of `of`. */
export function startTools(file: URL, of: SandboxedTool): TestSandbox {
  const { log, logged } = toolCall();
  let starts = 0;
  const start = (): SandboxWorker => {
    starts++;
    return startSandbox(file, of.permissions);
  };
  const sandbox = new Sandbox({ name: "test", start, clock: systemClock, log });
  return {
    sandbox,
    get starts() {
      return starts;
    },
    logged,
    tool: (definition) => sandboxed(definition, sandbox),
    [Symbol.dispose]: () => sandbox.close(),
  };
}

/** Watches a timer of 20 ms, the pace of the line's frames. */
export function watchTicks(): { stop(): number[] } {
  const gapsMs: number[] = [];
  let lastMs = performance.now();
  const ticks = setInterval(() => {
    gapsMs.push(performance.now() - lastMs);
    lastMs = performance.now();
  }, 20);
  return {
    stop() {
      clearInterval(ticks);
      return gapsMs;
    },
  };
}
