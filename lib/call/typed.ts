import type { Conversation } from "./conversation.ts";

/** A key of the telephone, or a text in place of speech. */
export type Typed = { readonly digit: string } | { readonly text: string };

const KEPT_MAX = 64;

/** What the caller types and writes, kept in order while there is no session that could be told. */
export class TypedWords {
  #kept: Typed[] = [];

  /** Tells the conversation, or keeps it where there is none; of too much the oldest goes. */
  type(typed: Typed, conversation: Conversation | undefined): void {
    if (conversation) return tell(typed, conversation);
    this.#kept.push(typed);
    if (this.#kept.length > KEPT_MAX) this.#kept.shift();
  }

  /** There is a conversation. */
  deliver(conversation: Conversation): void {
    const kept = this.#kept;
    this.#kept = [];
    for (const typed of kept) tell(typed, conversation);
  }
}

function tell(typed: Typed, conversation: Conversation): void {
  if ("digit" in typed) conversation.digit(typed.digit);
  else conversation.callerWrote(typed.text);
}
