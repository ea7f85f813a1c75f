import { assertEquals } from "@std/assert";
import { readConfig } from "../../lib/config.ts";
import type { McpServer } from "../../lib/persona/define.ts";
import { approvalOf, mcpTools } from "../../lib/realtime/mcp.ts";
import { sessionUpdate } from "../../lib/realtime/session.ts";
import { checkClient } from "../support/official.ts";

const CRM: McpServer = {
  label: "crm",
  url: "https://crm.example/mcp",
  allowedTools: ["find", "create"],
  requireApproval: { never: ["find"], always: ["create"] },
  authorizationEnv: "CRM_TOKEN",
  description: "Customers.",
};
const SECRETS = new Map([["CRM_TOKEN", "s3cret"], ["OTHER", "x"]]);

Deno.test("mcp: a server becomes a tool of the session, with its token and every policy", () => {
  assertEquals(mcpTools([CRM], SECRETS), [{
    type: "mcp",
    server_label: "crm",
    server_url: "https://crm.example/mcp",
    server_description: "Customers.",
    allowed_tools: ["find", "create"],
    require_approval: { never: { tool_names: ["find"] }, always: { tool_names: ["create"] } },
    authorization: "s3cret",
  }]);
});

Deno.test("mcp: what is not said is not sent, but that approval is needed", () => {
  assertEquals(mcpTools([{ label: "open", url: "https://open.example" }]), [{
    type: "mcp",
    server_label: "open",
    server_url: "https://open.example",
    require_approval: "always",
  }]);
  assertEquals(mcpTools([{ ...CRM, requireApproval: "never" }], SECRETS)[0]!.require_approval, "never");
});

Deno.test("mcp: a server whose token is not set is left out, the others stay", () => {
  const open = { label: "open", url: "https://open.example" };
  assertEquals(mcpTools([CRM, open], new Map()).map((tool) => tool.server_label), ["open"]);
});

Deno.test("mcp: the session.update with servers and functions is one by the official types", () => {
  const { event } = sessionUpdate(
    { instructions: "x", mcp: [CRM], secrets: SECRETS },
    readConfig({}),
    { text: "x", source: "persona" },
    [{ name: "look_up", description: "Looks up.", parameters: { type: "object", properties: {} } }],
  );
  assertEquals(checkClient(event), []);
  assertEquals(event.session.tools?.map((tool) => tool.type), ["function", "mcp"]);
});

Deno.test.each(
  [
    ["a server that the persona does not have", [CRM], "shop", "find", "refuse"],
    ["a tool that is not allowed", [CRM], "crm", "delete", "refuse"],
    ["a tool under never", [CRM], "crm", "find", "approve"],
    ["a tool under always", [CRM], "crm", "create", "ask"],
    ["no policy", [{ label: "a", url: "https://a" }], "a", "any", "ask"],
    ["always", [{ label: "a", url: "https://a", requireApproval: "always" }], "a", "any", "ask"],
    ["never", [{ label: "a", url: "https://a", requireApproval: "never" }], "a", "any", "approve"],
    ["a tool in neither list", [{ label: "a", url: "https://a", requireApproval: {} }], "a", "any", "ask"],
    [
      "a tool in both lists",
      [{ label: "a", url: "https://a", requireApproval: { always: ["any"], never: ["any"] } }],
      "a",
      "any",
      "ask",
    ],
  ] satisfies [string, McpServer[], string, string, string][],
)("mcp: approval for %s", (_, servers, serverLabel, name, answer) => {
  assertEquals(approvalOf(servers, { serverLabel, name }), answer as ReturnType<typeof approvalOf>);
});
