import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import type { Log } from "../log.ts";
import type { McpServer } from "../persona/define.ts";
import type { ServerEvent } from "../realtime/events.ts";
import type { McpItem } from "../realtime/items.ts";
import { approvalOf } from "../realtime/mcp.ts";
import type { Confirmations } from "./confirm.ts";
import { textItem } from "./history.ts";
import type { Responses } from "./responses.ts";

export interface McpOptions {
  readonly servers: readonly McpServer[];
  readonly confirmations: Confirmations;
  readonly responses: Responses;
  readonly send: (event: RealtimeClientEvent) => void;
  readonly log: Log;
}

type Approval = Extract<McpItem, { kind: "mcp_approval_request" }>;

/**
 * Hosted MCP servers in a call: OpenAI runs their tools, we answer what may run, by the persona's policy. What the caller
 * has to agree to is refused once with the request to ask them, and approved when it comes again after they spoke.
 */
export class McpApprovals {
  readonly #options: McpOptions;
  readonly #answered = new Set<string>();

  constructor(options: McpOptions) {
    this.#options = options;
  }

  onModel(event: ServerEvent): void {
    const { log } = this.#options;
    if (event.type === "mcp_list_tools.failed") {
      log.warn("Tools of an MCP server could not be listed", { itemId: event.itemId });
      return this.#note(
        "Some of your tools are out of reach just now: tell the caller so if they are needed.",
      );
    }
    // The model itself sees what failed in the item of its call.
    if (event.type === "response.mcp_call.failed") {
      return log.warn("Tool of an MCP server failed", { itemId: event.itemId });
    }
    if (event.type !== "conversation.item.added" && event.type !== "conversation.item.done") return;
    const { item } = event;
    if (item.kind !== "mcp_approval_request" || this.#answered.has(item.id)) return;
    this.#answered.add(item.id);
    this.#decide(item);
  }

  #decide(item: Approval): void {
    const { servers, confirmations } = this.#options;
    const policy = approvalOf(servers, item);
    if (policy === "refuse") return this.#answer(item, false, "This tool is not allowed in this call.");
    if (policy === "approve") return this.#answer(item, true);
    const question = confirmations.check(`${item.serverLabel}.${item.name}`, item.arguments);
    this.#answer(item, question === undefined, question);
  }

  #answer({ id, serverLabel, name }: Approval, approve: boolean, reason?: string): void {
    const { send, responses, log } = this.#options;
    log.info("MCP approval answered", { server: serverLabel, tool: name, approve });
    send({
      type: "conversation.item.create",
      item: {
        type: "mcp_approval_response",
        id: `mcpr_${id}`.slice(0, 32),
        approval_request_id: id,
        approve,
        reason: reason ?? null,
      },
    });
    responses.request({ purpose: "mcp", unlessAnswered: true });
  }

  #note(text: string): void {
    this.#options.send({ type: "conversation.item.create", item: textItem("system", text) });
  }
}
