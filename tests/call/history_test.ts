import { assertEquals } from "@std/assert";
import { History } from "../../lib/call/history.ts";

const texts = (history: History) =>
  history.items("Go on.", () => "").map((item) =>
    item.type === "message"
      ? `${item.role}: ${item.content.map((part) => "text" in part ? part.text : "").join()}`
      : item.type
  );
const words = (role: "user" | "agent", itemId: string, text: string) =>
  ({ type: "transcript", role, itemId, text }) as const;
const cut = (itemId: string, heardText: string) =>
  ({ type: "interrupted", itemId, heardMs: 1, generatedMs: 2, heardText }) as const;

Deno.test("history: an agent's turn that was cut is told as far as it was heard", () => {
  const history = new History();
  history.note(words("agent", "a1", "Good morning and welcome to the museum."));
  history.note(cut("a1", "Good morning and"));
  history.note(words("user", "u1", "Where are the clocks?"));
  assertEquals(texts(history), [
    "assistant: Good morning and",
    "user: Where are the clocks?",
    "system: Go on.",
  ]);
});

Deno.test("history: a turn of which nothing was heard is not told, even when its transcript comes late", () => {
  const history = new History();
  history.note(words("agent", "a1", "Nobody heard this."));
  history.note(cut("a1", ""));
  history.note(cut("a2", ""));
  history.note(words("agent", "a2", "Nor this."));
  history.note(cut("a3", "Half of"));
  history.note(words("agent", "a3", "Half of this."));
  assertEquals(texts(history), ["assistant: Half of", "system: Go on."]);
});

Deno.test("history: calls of tools come with their outputs, in pairs", () => {
  const history = new History();
  history.note({
    type: "tool",
    name: "find",
    callId: "call_1",
    arguments: "{}",
    outcome: "output",
    text: "found",
    durationMs: 1,
  });
  assertEquals(texts(history), ["function_call", "function_call_output", "system: Go on."]);
});

Deno.test("history: a long call stays within bounds", () => {
  const history = new History();
  for (let index = 0; index < 5000; index++) history.note(words("user", `u${index}`, "Hm"));
  assertEquals(history.items("x", () => "").length, 401);
});
