import type { ControlAction, Tool, ToolOutcome } from "./tool.ts";

interface ControlTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of each argument. @default none */
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  /** The action, or words for the model: what is wrong with the arguments. */
  decide(args: Readonly<Record<string, unknown>>): ControlAction | string;
}

/**
 * A tool that has the call itself do something. It only checks and decides: the call acts once the agent's words have
 * been heard.
 */
export function controlTool(
  { name, description, properties = {}, required = [], decide }: ControlTool,
): Tool {
  return {
    name,
    description,
    parameters: { type: "object", properties, required, additionalProperties: false },
    // Nothing is waited for.
    timeoutMs: 1000,
    effect: "write",
    confirm: false,
    run(args): Promise<ToolOutcome> {
      const decided = decide(args !== null && typeof args === "object" ? { ...args } : {});
      return Promise.resolve(
        typeof decided === "string" ? { kind: "error", text: decided } : { kind: "control", action: decided },
      );
    },
  };
}
