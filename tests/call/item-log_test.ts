import { assertEquals } from "@std/assert";
import { ItemLog, type LoggedItem, oldItems } from "../../lib/call/item-log.ts";

const message = (id: string, role: string): LoggedItem => ({ kind: "message", id, role });
const call = (id: string, callId: string): LoggedItem => ({ kind: "function_call", id, callId });
const output = (id: string, callId: string): LoggedItem => ({ kind: "function_call_output", id, callId });
const ids = (items: readonly LoggedItem[]) => items.map(({ id }) => id).join(" ");

/** `u` and `a` are messages of the caller's and the agent's, `s` ours, `c1` a call and `o1` its output. */
function conversation(text: string): LoggedItem[] {
  return text.split(" ").map((id, index) => {
    const unique = `${id}.${index}`;
    if (id.startsWith("c")) return call(unique, id.slice(1));
    if (id.startsWith("o")) return output(unique, id.slice(1));
    return message(unique, { u: "user", a: "assistant", s: "system" }[id]!);
  });
}

function old(text: string, keepTurns = 2): string {
  return ids(oldItems(conversation(text), keepTurns)).replace(/\.\d+/g, "");
}

function logged(...events: [previous: string | null | undefined, item: LoggedItem][]): ItemLog {
  const log = new ItemLog();
  for (const [previousItemId, item] of events) {
    log.onModel({ type: "conversation.item.added", item, previousItemId });
  }
  return log;
}

Deno.test("item log: items stand where the server says, those that it put in between included", () => {
  const log = logged(
    [null, message("u1", "user")],
    ["u1", message("a1", "assistant")],
    ["a1", message("u2", "user")],
    ["a1", message("x", "system")],
    [null, message("sum", "system")],
  );
  assertEquals(ids(log.items), "sum u1 a1 x u2");
});

Deno.test("item log: a server that tells no place, or one that is not known, means the end", () => {
  const log = logged([undefined, message("u1", "user")], ["gone", message("a1", "assistant")]);
  assertEquals(ids(log.items), "u1 a1");
});

Deno.test("item log: what is deleted is gone, and an item that is told twice is there once", () => {
  const log = logged([null, message("u1", "user")], ["u1", message("a1", "assistant")]);
  log.onModel({ type: "conversation.item.added", item: message("a1", "assistant"), previousItemId: "u1" });
  log.onModel({ type: "conversation.item.deleted", itemId: "u1" });
  log.onModel({ type: "conversation.item.deleted", itemId: "never" });
  assertEquals(ids(log.items), "a1");
});

Deno.test("item log: a conversation without end stays within bounds", () => {
  const log = new ItemLog();
  for (let index = 0; index < 5000; index++) {
    const item = message(`u${index}`, "user");
    log.onModel({ type: "conversation.item.added", item, previousItemId: undefined });
  }
  assertEquals([log.items.length, log.items.at(-1)!.id], [4000, "u4999"]);
});

Deno.test.each<[hazard: string, text: string, keepTurns: number, gone: string]>([
  ["the newest two turns stay word for word", "a u a u a u a", 2, "a u a"],
  ["what came after the newest turn stays too", "u a u a s a s", 1, "u a"],
  ["a caller who spoke twice has one turn", "u a u u a u s u a", 2, "u a"],
  ["a turn with tools stays whole", "u a u c1 o1 a c2 o2 a", 1, "u a"],
  ["a call goes with its output", "u c1 o1 a u a", 1, "u c1 o1 a"],
  ["a call that waits for its output stays", "u c1 a u a", 1, "u a"],
  ["a call whose output is among the newest stays, and so does the output", "u c1 a u o1 a", 1, "u a"],
  ["an output without a call stays", "u o1 a u a", 1, "u a"],
  ["an earlier summary goes, as it is part of the next", "s u a u a u a", 2, "s u a"],
  ["a conversation of two turns has nothing old", "s a u a u a", 2, "s a"],
  ["a conversation of one turn has nothing old", "s u a", 2, ""],
  ["an agent that speaks without end is cut", "u a a a a a a a a", 1, "u a a"],
])("old items: %s", (_, text, keepTurns, gone) => assertEquals(old(text, keepTurns), gone));

Deno.test("old items: of MCP servers only what they did can go, not what they offer nor what they may", () => {
  const mcp = { serverLabel: "crm" };
  const items: LoggedItem[] = [
    { kind: "mcp_list_tools", id: "list", ...mcp, tools: ["find"] },
    message("u1", "user"),
    { kind: "mcp_approval_request", id: "request", ...mcp, name: "find", arguments: "{}" },
    { kind: "other", id: "response" },
    { kind: "mcp_call", id: "call", ...mcp, name: "find", error: undefined },
    message("a1", "assistant"),
    message("u2", "user"),
  ];
  assertEquals(ids(oldItems(items, 1)), "u1 call a1");
});

Deno.test("old items: a call without an id of its own is nobody's pair", () => {
  const items = [
    message("u1", "user"),
    call("c", ""),
    output("o", ""),
    message("a1", "assistant"),
    message("u2", "user"),
  ];
  assertEquals(ids(oldItems(items, 1)), "u1 a1");
});
