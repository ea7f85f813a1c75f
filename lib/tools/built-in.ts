import type { Persona } from "../persona/define.ts";
import { controlTool } from "./control.ts";
import {
  CONTEXT,
  DEFAULT_CONTEXT,
  DEFAULT_PRIORITY,
  isAllowed,
  isPriority,
  PRIORITY_RANGE,
  SPOKEN_EXTENSION,
} from "./extension.ts";
import { handoffTools } from "./handoff.ts";
import { hangupTool } from "./hangup.ts";
import type { ControlAction, Tool } from "./tool.ts";
import { HOW_TO_TRANSFER, transferTool } from "./transfer.ts";

/** The part of the configuration that narrows transfers. */
export interface TransferConfig {
  /** Which extensions the model may name; none: every one. See {@linkcode isAllowed}. */
  readonly transferAllow?: readonly string[];
}

/** What a persona itself brings of transfer, hang-up and handoffs. Its sandboxed tools are not among them. */
export function controlTools({ tools = [], handoffs = {} }: Pick<Persona, "tools" | "handoffs">): Tool[] {
  const own = tools.flatMap((tool): Tool[] => {
    if (tool.kind === "transfer") return [transferTool(tool)];
    return tool.kind === "hangup" ? [hangupTool(tool)] : [];
  });
  return [...own, ...handoffTools(handoffs)];
}

/** AVR's own two, for a persona that does not bring its own `transfer({...})` or `hangup()`. */
export function builtInTools({ tools = [] }: Pick<Persona, "tools">, config: TransferConfig): Tool[] {
  const brings = (kind: string) => tools.some((tool) => tool.kind === kind);
  return [
    ...(brings("transfer") ? [] : [avrTransfer(config.transferAllow ?? [])]),
    ...(brings("hangup") ? [] : [hangupTool({ name: "avr_hangup" })]),
  ];
}

/** Names and payload as AVR's tool has them: prompts that were written for it name these arguments. */
function avrTransfer(allow: readonly string[]): Tool {
  return controlTool({
    name: "avr_transfer",
    description: `Transfers the call to an extension of the telephone system. ${HOW_TO_TRANSFER}`,
    properties: {
      transfer_extension: {
        type: "string",
        description: "The extension: digits, * and #, with an optional + at the start. Never make one up.",
      },
      transfer_context: {
        type: "string",
        description: `The context of the dialplan; ${DEFAULT_CONTEXT} if left out.`,
      },
      transfer_priority: {
        type: "integer",
        minimum: PRIORITY_RANGE[0],
        maximum: PRIORITY_RANGE[1],
        description: `The priority in the dialplan; ${DEFAULT_PRIORITY} if left out.`,
      },
    },
    required: ["transfer_extension"],
    decide: (args) => decideTransfer(args, allow),
  });
}

function decideTransfer(
  args: Readonly<Record<string, unknown>>,
  allow: readonly string[],
): ControlAction | string {
  const extension = textOf(args.transfer_extension);
  if (!SPOKEN_EXTENSION.test(extension)) {
    return "The call was not transferred: transfer_extension must be up to 20 digits, * and #, " +
      "with an optional + at the start.";
  }
  const context = textOf(args.transfer_context) || DEFAULT_CONTEXT;
  if (!CONTEXT.test(context)) {
    return "The call was not transferred: transfer_context must be up to 40 letters, digits, _ and -.";
  }
  const priority = Number(textOf(args.transfer_priority) || DEFAULT_PRIORITY);
  if (!isPriority(priority)) {
    return `The call was not transferred: transfer_priority must be a whole number from ${
      PRIORITY_RANGE[0]
    } ` +
      `to ${PRIORITY_RANGE[1]}.`;
  }
  if (!isAllowed(allow, extension, context)) {
    return "The call was not transferred: this destination is not allowed. Offer the caller something else.";
  }
  return { type: "transfer", extension, context, priority };
}

/** Models write an extension as a number now and then, and null for what they leave out. */
function textOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.trim() : "";
}
