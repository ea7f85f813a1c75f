import type { SandboxedTool } from "./define.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Effect, Tool } from "./tool.ts";

/** A tool as a call sees it; what it does is done in the sandbox. */
export function sandboxed(
  { name, description, parameters, timeoutSeconds, whileWaiting, effect, confirm }: Omit<
    SandboxedTool,
    "kind" | "permissions"
  >,
  sandbox: Sandbox,
): Tool {
  const timeoutMs = timeoutSeconds * 1000;
  const run: { tool: string; timeoutMs: number; effect: Effect } = { tool: name, timeoutMs, effect };
  return {
    name,
    description,
    parameters,
    timeoutMs,
    ...(whileWaiting === undefined ? {} : { whileWaiting }),
    effect,
    confirm,
    run: (args, call) => sandbox.run({ ...run, args }, call),
  };
}
