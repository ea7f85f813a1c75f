import { assertEquals } from "@std/assert";
import { Confirmations } from "../../lib/call/confirm.ts";
import { McpApprovals } from "../../lib/call/mcp.ts";
import { Responses } from "../../lib/call/responses.ts";
import { silentLog } from "../../lib/log.ts";
import type { McpServer } from "../../lib/persona/define.ts";
import { VirtualClock } from "../support/clock.ts";
import { checkClient } from "../support/official.ts";

function approvals(server: Partial<McpServer>) {
  const sent: { type: string; item?: { type: string; approve?: boolean } }[] = [];
  const send = (event: { type: string }) => void sent.push(event);
  const confirmations = new Confirmations();
  const mcp = new McpApprovals({
    servers: [{ label: "shop", url: "https://shop.example/mcp", ...server }],
    confirmations,
    responses: new Responses(new VirtualClock(), send, silentLog),
    send,
    log: silentLog,
  });
  const ask = (id: string, name = "order") =>
    mcp.onModel({
      type: "conversation.item.done",
      item: { kind: "mcp_approval_request", id, serverLabel: "shop", name, arguments: '{"count":2}' },
    });
  const answers = () =>
    sent.flatMap(({ item }) => item?.type === "mcp_approval_response" ? [item.approve] : []);
  return { mcp, ask, sent, answers, confirmations };
}

Deno.test("mcp: what needs the caller's yes is refused until they have spoken", () => {
  const { ask, answers, confirmations, sent } = approvals({ requireApproval: "always" });
  ask("a1");
  ask("a2");
  confirmations.callerSpoke();
  ask("a3");
  assertEquals(answers(), [false, false, true]);
  assertEquals(sent.flatMap((event) => checkClient(event)), []);
});

Deno.test("mcp: a request is answered once, however often it is shown", () => {
  const { ask, answers } = approvals({ requireApproval: "never" });
  ask("a1");
  ask("a1");
  assertEquals(answers(), [true]);
});

Deno.test("mcp: a tool that the persona does not list is refused", () => {
  const { ask, answers } = approvals({ requireApproval: "never", allowedTools: ["find"] });
  ask("a1", "order");
  assertEquals(answers(), [false]);
});

Deno.test("mcp: a server that does not answer is told to the model", () => {
  const { mcp, sent } = approvals({});
  mcp.onModel({ type: "mcp_list_tools.failed", itemId: "i" });
  assertEquals(sent.map(({ item }) => item?.type), ["message"]);
});
