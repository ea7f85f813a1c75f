import type { RecordedWords } from "./record.ts";

interface Words {
  readonly atMs: number;
  readonly role: "caller" | "agent";
  readonly itemId: string;
  text: string;
  cut: boolean;
}

/** What was said in a call, as it was heard. */
export class Heard {
  readonly #max: number;
  readonly #entries: Words[] = [];
  /** Cut before their words were known. */
  readonly #cuts = new Map<string, string>();
  #omitted = 0;

  /** @param max entries that are kept; what follows is counted */
  constructor(max: number) {
    this.#max = max;
  }

  get omitted(): number {
    return this.#omitted;
  }

  /** Those of which nothing was heard are left out. */
  get words(): readonly RecordedWords[] {
    return this.#entries.filter(({ text }) => text !== "").map(({ atMs, role, text, cut }) => ({
      atMs,
      role,
      text,
      ...(cut ? { cut } : {}),
    }));
  }

  said(atMs: number, role: "caller" | "agent", itemId: string, text: string): void {
    const heardText = role === "agent" ? this.#cuts.get(itemId) : undefined;
    // The cut has told what there is to tell.
    if (heardText !== undefined) return;
    this.#add({ atMs, role, itemId, text, cut: false });
  }

  /** Only so much of the agent's words was heard. */
  cut(atMs: number, itemId: string, heardText: string): void {
    const entry = this.#entries.findLast((each) => each.role === "agent" && each.itemId === itemId);
    if (entry) {
      entry.text = heardText;
      entry.cut = true;
      return;
    }
    this.#cuts.set(itemId, heardText);
    if (heardText !== "") this.#add({ atMs, role: "agent", itemId, text: heardText, cut: true });
  }

  #add(words: Words): void {
    if (this.#entries.length < this.#max) this.#entries.push(words);
    else this.#omitted++;
  }
}
