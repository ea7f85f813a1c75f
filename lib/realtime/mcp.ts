import type { RealtimeToolsConfigUnion } from "openai/resources/realtime/realtime";
import type { McpServer } from "../persona/define.ts";
import type { McpItem } from "./items.ts";

type McpTool = RealtimeToolsConfigUnion.Mcp;

/**
 * The servers as tools of a session. One whose token is not set is left out: it would only refuse.
 * @param secrets the values of the variables that the servers name
 */
export function mcpTools(
  servers: readonly McpServer[],
  secrets: ReadonlyMap<string, string> = new Map(),
): McpTool[] {
  return servers.flatMap((server): McpTool[] => {
    const { label, url, description, allowedTools, authorizationEnv } = server;
    const token = authorizationEnv === undefined ? undefined : secrets.get(authorizationEnv);
    if (authorizationEnv !== undefined && token === undefined) return [];
    return [{
      type: "mcp",
      server_label: label,
      server_url: url,
      ...(description === undefined ? {} : { server_description: description }),
      ...(allowedTools === undefined ? {} : { allowed_tools: [...allowedTools] }),
      require_approval: requireApproval(server),
      ...(token === undefined ? {} : { authorization: token }),
    }];
  });
}

function requireApproval(
  { requireApproval: policy = "always" }: McpServer,
): NonNullable<McpTool["require_approval"]> {
  if (typeof policy === "string") return policy;
  return {
    ...(policy.always === undefined ? {} : { always: { tool_names: [...policy.always] } }),
    ...(policy.never === undefined ? {} : { never: { tool_names: [...policy.never] } }),
  };
}

/**
 * What to answer when a server asks whether it may run a tool: `ask` the caller first, `approve` at once, or `refuse` what
 * the persona does not list.
 */
export function approvalOf(
  servers: readonly McpServer[],
  { serverLabel, name }: Pick<Extract<McpItem, { kind: "mcp_approval_request" }>, "serverLabel" | "name">,
): "approve" | "ask" | "refuse" {
  const server = servers.find(({ label }) => label === serverLabel);
  if (!server || (server.allowedTools && !server.allowedTools.includes(name))) return "refuse";
  const { requireApproval: policy = "always" } = server;
  if (typeof policy === "string") return policy === "never" ? "approve" : "ask";
  return policy.never?.includes(name) && !policy.always?.includes(name) ? "approve" : "ask";
}
