import type { ConversationItem } from "openai/resources/realtime/realtime";
import type { CallEvent } from "./events.ts";

type Entry =
  | { readonly kind: "words"; readonly role: "user" | "agent"; readonly itemId: string; text: string }
  | {
    readonly kind: "tool";
    readonly name: string;
    readonly callId: string;
    readonly arguments: string;
    readonly output: string;
  };

/** About an hour of talk; what is older is left out. */
const ENTRIES_MAX = 400;
/** The API takes no longer call ids. */
const CALL_ID_MAX_CHARS = 32;

/** What was said in a call, as far as it was heard: good for telling a new session of the model. */
export class History {
  readonly #entries: Entry[] = [];

  /** Takes note of an event of the call. */
  note(event: CallEvent): void {
    if (event.type === "transcript") this.#words(event.role, event.itemId, event.text);
    else if (event.type === "interrupted") this.#cut(event.itemId, event.heardText);
    else if (event.type === "tool") {
      const { name, callId, arguments: json, text } = event;
      this.#add({ kind: "tool", name, callId, arguments: json, output: text });
    }
  }

  /**
   * The items that make a new session know it. The agent's audio can't be created, so its turns are text; calls of
   * tools come with their outputs, always in pairs.
   */
  items(note: string): ConversationItem[] {
    const items = this.#entries.flatMap(itemsOf);
    return [...items, textItem("system", note)];
  }

  #words(role: "user" | "agent", itemId: string, text: string): void {
    if (this.#cuts.has(itemId)) return;
    this.#add({ kind: "words", role, itemId, text });
  }

  /** Items that were cut before their transcript came: it would tell what nobody heard. */
  readonly #cuts = new Set<string>();

  #cut(itemId: string, heardText: string): void {
    const index = this.#entries.findIndex((entry) => entry.kind === "words" && entry.itemId === itemId);
    const entry = this.#entries[index];
    if (entry?.kind === "words") {
      if (heardText === "") this.#entries.splice(index, 1);
      else entry.text = heardText;
      return;
    }
    this.#cuts.add(itemId);
    if (heardText !== "") this.#add({ kind: "words", role: "agent", itemId, text: heardText });
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length > ENTRIES_MAX) this.#entries.shift();
    if (this.#cuts.size > ENTRIES_MAX) this.#cuts.delete(this.#cuts.values().next().value!);
  }
}

/** A text of the caller's, or a direction of ours, as an item of the conversation. */
export function textItem(role: "user" | "system", text: string): ConversationItem {
  return { type: "message", role, content: [{ type: "input_text", text }] };
}

function itemsOf(entry: Entry): ConversationItem[] {
  if (entry.kind === "words") {
    return [
      entry.role === "user"
        ? textItem("user", entry.text)
        : { type: "message", role: "assistant", content: [{ type: "output_text", text: entry.text }] },
    ];
  }
  const call_id = entry.callId.slice(0, CALL_ID_MAX_CHARS);
  return [
    { type: "function_call", call_id, name: entry.name, arguments: entry.arguments },
    { type: "function_call_output", call_id, output: entry.output },
  ];
}
