/** Items whose text is kept; interruptions concern the newest. */
const ITEMS_KEPT = 32;

/** What the agent says, item by item, as its transcript arrives. */
export class AgentTranscript {
  readonly #texts = new Map<string, string>();

  /** A piece of an item's transcript. */
  delta(itemId: string, text: string): void {
    this.#set(itemId, (this.#texts.get(itemId) ?? "") + text);
  }

  /** An item's whole transcript. */
  done(itemId: string, text: string): void {
    this.#set(itemId, text);
  }

  /**
   * The words of an item that were heard. The API aligns text and audio nowhere, so it is an estimate: the same
   * share of the text as of the audio, cut at a word's end.
   */
  heard(itemId: string, heardMs: number, generatedMs: number): string {
    const text = this.#texts.get(itemId) ?? "";
    if (heardMs >= generatedMs) return text;
    const cut = text.slice(0, Math.floor(text.length * heardMs / generatedMs));
    return cut.slice(0, Math.max(0, cut.search(/\s\S*$/)));
  }

  #set(itemId: string, text: string): void {
    this.#texts.delete(itemId);
    this.#texts.set(itemId, text);
    if (this.#texts.size > ITEMS_KEPT) {
      const [oldest] = this.#texts.keys();
      this.#texts.delete(oldest!);
    }
  }
}
