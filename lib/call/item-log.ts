import type { McpItem, PlainItem, ServerEvent } from "../realtime/events.ts";

/** An item of the conversation, by its id and kind; what it says is not kept. */
export type LoggedItem = McpItem | PlainItem;

/** More than an hour of talk has; what is older is forgotten, and stays in the conversation. */
const ITEMS_MAX = 4_000;
/** Of one turn: a question, some tools with the agent's words before each, the answer. */
const MESSAGES_PER_TURN_MAX = 6;

/** Which items a session's conversation consists of, in their order, as the model's side tells it. */
export class ItemLog {
  #items: LoggedItem[] = [];

  get items(): readonly LoggedItem[] {
    return this.#items;
  }

  onModel(event: ServerEvent): void {
    if (event.type === "conversation.item.deleted") this.#remove(event.itemId);
    else if (event.type === "conversation.item.added") this.#add(event.item, event.previousItemId);
  }

  #add(item: LoggedItem, previousId: string | null | undefined): void {
    this.#remove(item.id);
    const previous = this.#items.findIndex(({ id }) => id === previousId);
    if (previousId === null) this.#items.unshift(item);
    else if (previous < 0) this.#items.push(item);
    else this.#items.splice(previous + 1, 0, item);
    if (this.#items.length > ITEMS_MAX) this.#items.shift();
  }

  #remove(itemId: string): void {
    const at = this.#items.findIndex(({ id }) => id === itemId);
    if (at >= 0) this.#items.splice(at, 1);
  }
}

/**
 * The items that are older than the newest turns and can go. A turn is what the caller said, in one go or several, and
 * all that followed; turns in which the agent speaks without end are cut. Calls of tools go with their outputs or not at
 * all, and of hosted MCP servers only what they did: their lists of tools and approvals are needed further on.
 */
export function oldItems(items: readonly LoggedItem[], keepTurns: number): readonly LoggedItem[] {
  const old = items.slice(0, startOfNewest(items, keepTurns));
  const calls = new Set(old.map((item) => item.kind === "function_call" ? item.callId : ""));
  const outputs = new Set(old.map((item) => item.kind === "function_call_output" ? item.callId : ""));
  return old.filter((item) => {
    if (item.kind === "message" || item.kind === "mcp_call") return true;
    if (item.kind !== "function_call" && item.kind !== "function_call_output") return false;
    return item.callId !== "" && calls.has(item.callId) && outputs.has(item.callId);
  });
}

/** Where the newest turns begin; 0 when there are no others. */
function startOfNewest(items: readonly LoggedItem[], turns: number): number {
  const spoken = items.flatMap((item, index) =>
    item.kind === "message" && item.role !== "system" ? [{ index, byCaller: item.role === "user" }] : []
  );
  const starts = spoken.filter(({ byCaller }, at) => byCaller && spoken[at - 1]?.byCaller !== true);
  const byTurns = starts.at(-turns)?.index ?? 0;
  const byLength = spoken.at(-turns * MESSAGES_PER_TURN_MAX)?.index ?? 0;
  return Math.max(byTurns, byLength);
}
