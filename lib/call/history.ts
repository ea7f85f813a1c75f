import type { ConversationItem } from "openai/resources/realtime/realtime";
import type { CallEvent } from "./events.ts";
import { type SummarizedEvent, summaryItem } from "./summary-text.ts";

type Entry =
  | { readonly kind: "words"; readonly role: "user" | "agent"; readonly itemId: string; text: string }
  /** What the caller said, as long as its words are not known. G.711 mu-law, 8 kHz. */
  | { readonly kind: "speech"; readonly itemId: string; readonly mulaw: Uint8Array }
  /** What the caller typed, or a direction of ours that goes with it. */
  | { readonly kind: "note"; readonly role: "user" | "system"; readonly itemId: ""; readonly text: string }
  | {
    readonly kind: "tool";
    readonly name: string;
    readonly callId: string;
    readonly arguments: string;
    readonly output: string;
  };

/** About an hour of talk; what is older is left out. */
const ENTRIES_MAX = 400;
/** Transcripts are late by a turn at most; where there are none, older turns are left out. */
const SPEECHES_MAX = 2;
/** The API takes no longer call ids. */
const CALL_ID_MAX_CHARS = 32;

/** What was said in a call, as far as it was heard: good for telling a new session of the model. */
export class History {
  #entries: Entry[] = [];
  /** Of what is not among the entries any more. */
  #summary: string | undefined;

  /** Takes note of an event of the call. */
  note(event: CallEvent | SummarizedEvent): void {
    if (event.type === "transcript") this.#words(event.role, event.itemId, event.text);
    else if (event.type === "noted") {
      this.#add({ kind: "note", role: event.role, itemId: "", text: event.text });
    } else if (event.type === "ignored") this.#forgetSpeech(event.itemId);
    else if (event.type === "summarized") this.#summarize(event);
    else if (event.type === "interrupted") this.#cut(event.itemId, event.heardText);
    else if (event.type === "tool") {
      const { name, callId, arguments: json, text } = event;
      this.#add({ kind: "tool", name, callId, arguments: json, output: text });
    }
  }

  /**
   * The items that make a new session know it. The agent's audio can't be created, so its turns are text; calls of
   * tools come with their outputs, always in pairs.
   * @param encode makes G.711 mu-law at 8 kHz what the session takes, as base64
   */
  items(note: string | undefined, encode: (mulaw: Uint8Array) => string): ConversationItem[] {
    const ids = new Set<string>();
    const items = this.#entries.flatMap((entry) => {
      const made = itemsOf(entry, encode);
      if (entry.kind === "tool" || entry.itemId === "" || ids.has(entry.itemId)) return made;
      // The same id as before: what becomes of the item is then known of its entry.
      ids.add(entry.itemId);
      return made.map((item): ConversationItem => ({ ...item, id: entry.itemId } as ConversationItem));
    });
    if (this.#summary !== undefined) items.unshift(summaryItem(this.#summary));
    return note === undefined ? items : [...items, textItem("system", note)];
  }

  /** The caller said something that has become an item; its words may follow. @param mulaw G.711 mu-law, 8 kHz */
  spoke(itemId: string, mulaw: Uint8Array): void {
    this.#add({ kind: "speech", itemId, mulaw });
    const speeches = this.#entries.filter(({ kind }) => kind === "speech");
    for (const old of speeches.slice(0, -SPEECHES_MAX)) this.#entries.splice(this.#entries.indexOf(old), 1);
  }

  /** An earlier summary is part of the new one. */
  #summarize({ text, itemIds, callIds }: SummarizedEvent): void {
    const gone = new Set([...itemIds, ...callIds.map(shortId)]);
    this.#summary = text;
    this.#entries = this.#entries.filter((entry) =>
      !gone.has(entry.kind === "tool" ? shortId(entry.callId) : entry.itemId)
    );
  }

  #words(role: "user" | "agent", itemId: string, text: string): void {
    if (this.#cuts.has(itemId)) return;
    const words: Entry = { kind: "words", role, itemId, text };
    const at = this.#entries.findIndex((entry) => entry.kind === "speech" && entry.itemId === itemId);
    if (at >= 0) this.#entries[at] = words;
    else this.#add(words);
  }

  #forgetSpeech(itemId: string): void {
    const at = this.#entries.findIndex((entry) => entry.kind === "speech" && entry.itemId === itemId);
    if (at >= 0) this.#entries.splice(at, 1);
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

function itemsOf(entry: Entry, encode: (mulaw: Uint8Array) => string): ConversationItem[] {
  if (entry.kind === "speech") {
    const content = [{ type: "input_audio" as const, audio: encode(entry.mulaw) }];
    return [{ type: "message", role: "user", content }];
  }
  if (entry.kind === "note") return [textItem(entry.role, entry.text)];
  if (entry.kind === "words") {
    return [
      entry.role === "user"
        ? textItem("user", entry.text)
        : { type: "message", role: "assistant", content: [{ type: "output_text", text: entry.text }] },
    ];
  }
  return pairOf(entry);
}

/** A call of a tool and its output, for a session that did not ask for it. */
export function pairOf(call: Omit<Extract<Entry, { kind: "tool" }>, "kind">): ConversationItem[] {
  const call_id = shortId(call.callId);
  return [
    { type: "function_call", call_id, name: call.name, arguments: call.arguments },
    { type: "function_call_output", call_id, output: call.output },
  ];
}

function shortId(callId: string): string {
  return callId.slice(0, CALL_ID_MAX_CHARS);
}
