import { controlTool } from "./control.ts";
import { DEFAULT_CONTEXT, DEFAULT_PRIORITY } from "./extension.ts";
import type { Tool } from "./tool.ts";

/** A place that calls can be transferred to. */
export interface Destination {
  /** Up to 40 letters, digits and `+ * # . - _`, as the dialplan has it. */
  extension: string;
  /** Context of the dialplan. @default "demo" */
  context?: string;
  /** Priority in the dialplan, 1 to 999. @default 1 */
  priority?: number;
  /** Who answers there and when to transfer, for the model. @default its name says it */
  description?: string;
}

/** For the `tools` of a persona. */
export interface TransferTool {
  readonly kind: "transfer";
  readonly name: "transfer";
  readonly destinations: Readonly<Record<string, Readonly<Destination>>>;
  readonly description?: string;
}

export interface TransferOptions {
  /** When to transfer, for the model. @default as the caller asks for it */
  description?: string;
}

/**
 * Lets the agent transfer the call to one of these destinations, and to no other: the model knows their names, never
 * their extensions. Takes the place of `avr_transfer`.
 */
export function transfer(
  destinations: Readonly<Record<string, Readonly<Destination>>>,
  { description }: TransferOptions = {},
): TransferTool {
  const common = { kind: "transfer", name: "transfer", destinations } as const;
  return description === undefined ? common : { ...common, description };
}

/** What every transfer tells the model of itself. */
export const HOW_TO_TRANSFER =
  "Tell the caller first, in the same turn: the call moves on when your words have been heard. " +
  "If it can't, you are told, and the conversation goes on.";

/** The tool as the model is offered it. */
export function transferTool({ name, destinations, description }: TransferTool): Tool {
  const names = Object.keys(destinations);
  const described = names.flatMap((each) => {
    const text = destinations[each]!.description;
    return text === undefined ? [] : [`${each}: ${text}`];
  });
  return controlTool({
    name,
    description: `${description ?? "Transfers the call to another place."} ${HOW_TO_TRANSFER}`,
    properties: {
      destination: {
        type: "string",
        enum: names,
        description: ["Where to.", ...described].join("\n"),
      },
    },
    required: ["destination"],
    decide({ destination }) {
      if (typeof destination !== "string" || !Object.hasOwn(destinations, destination)) {
        return `There is no such destination. It has to be one of: ${names.join(", ")}.`;
      }
      const { extension, context = DEFAULT_CONTEXT, priority = DEFAULT_PRIORITY } =
        destinations[destination]!;
      return { type: "transfer", extension, context, priority };
    },
  });
}
