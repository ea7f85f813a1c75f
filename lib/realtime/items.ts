import { fields, isFields, list, optional, string } from "./json.ts";

/** An item of a response's output that is finished. */
export interface OutputItem {
  readonly id: string;
  /** `message`, `function_call`, `mcp_call`, ... */
  readonly kind: string;
  /** `completed`, or `incomplete` for one that was cut off: a call with half of its arguments. */
  readonly status: string;
  /** Of calls alone. */
  readonly name?: string;
  readonly callId?: string;
  /** JSON as the model wrote it, which may be faulty. */
  readonly arguments?: string;
  /** What a message says aloud, where the item tells it. */
  readonly transcript?: string;
}

/** The model asks us to run a function. */
export interface FunctionCall {
  readonly itemId: string;
  readonly callId: string;
  readonly name: string;
  /** JSON as the model wrote it, which may be faulty. */
  readonly arguments: string;
  readonly status: string;
}

/** What a hosted MCP server has to do with the conversation. The calls themselves are made by OpenAI, not by us. */
export type McpItem =
  | {
    readonly kind: "mcp_approval_request";
    readonly id: string;
    readonly serverLabel: string;
    readonly name: string;
    readonly arguments: string;
  }
  | {
    readonly kind: "mcp_call";
    readonly id: string;
    readonly serverLabel: string;
    readonly name: string;
    /** Why it failed; undefined while it runs and when it did not fail. */
    readonly error: string | undefined;
  }
  | {
    readonly kind: "mcp_list_tools";
    readonly id: string;
    readonly serverLabel: string;
    /** The tools that the server offers; none while they are asked for. */
    readonly tools: readonly string[];
  };

/** An item of the conversation of another kind, as far as its place in the conversation goes. */
export type PlainItem =
  | { readonly kind: "message"; readonly id: string; readonly role: string }
  | {
    readonly kind: "function_call" | "function_call_output";
    readonly id: string;
    readonly callId: string;
  }
  | { readonly kind: "other"; readonly id: string };

/** Of `response.output_item.done`; undefined without an id. */
export function outputItem(value: unknown): OutputItem | undefined {
  const item = fields(value);
  const id = string(item.id);
  if (id === "") return undefined;
  const callId = optional(item.call_id);
  const transcript = list(item.content).map((part) => string(fields(part).transcript)).join("");
  return {
    id,
    kind: string(item.type),
    status: string(item.status),
    ...(typeof item.name === "string" ? { name: item.name } : {}),
    ...(callId === undefined ? {} : { callId }),
    ...(typeof item.arguments === "string" ? { arguments: item.arguments } : {}),
    ...(transcript === "" ? {} : { transcript }),
  };
}

/** The function calls among the output of a `response.done`. Without a `call_id` none can be answered: left out. */
export function functionCalls(output: unknown): FunctionCall[] {
  return list(output).map(fields).flatMap((item) => {
    const callId = string(item.call_id);
    if (item.type !== "function_call" || callId === "") return [];
    return [{
      itemId: string(item.id),
      callId,
      name: string(item.name),
      arguments: string(item.arguments),
      status: string(item.status),
    }];
  });
}

/** What a response says in writing. */
export function writtenText(output: unknown): string {
  const messages = list(output).map(fields).filter((item) => item.type === "message");
  return messages.flatMap((item) => list(item.content)).map((part) => string(fields(part).text)).join("");
}

/** Of `conversation.item.added`: an item of any kind; undefined without an id. */
export function conversationItem(value: unknown): McpItem | PlainItem | undefined {
  const item = fields(value);
  const id = string(item.id);
  if (id === "") return undefined;
  switch (item.type) {
    case "message":
      return { kind: item.type, id, role: string(item.role) };
    case "function_call":
    case "function_call_output":
      return { kind: item.type, id, callId: string(item.call_id) };
  }
  return mcpItem(item) ?? { kind: "other", id };
}

/** An item of a hosted MCP server; undefined for every other kind. */
export function mcpItem(value: unknown): McpItem | undefined {
  const item = fields(value);
  const id = string(item.id);
  const common = { id, serverLabel: string(item.server_label) };
  if (id === "") return undefined;
  switch (item.type) {
    case "mcp_approval_request":
      return { kind: item.type, ...common, name: string(item.name), arguments: string(item.arguments) };
    case "mcp_call":
      return { kind: item.type, ...common, name: string(item.name), error: failure(item.error) };
    case "mcp_list_tools": {
      const tools = list(item.tools).flatMap((tool) => optional(fields(tool).name) ?? []);
      return { kind: item.type, ...common, tools };
    }
  }
  return undefined;
}

/** Failures have a type and a message, those of HTTP a status code. */
function failure(error: unknown): string | undefined {
  if (!isFields(error)) return optional(error);
  const code = typeof error.code === "number" ? ` ${error.code}` : "";
  return [string(error.type) + code, string(error.message)].filter((part) => part !== "").join(": ") ||
    "unknown";
}
