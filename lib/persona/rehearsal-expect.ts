/** A text that is to be found whatever the case, the marks and the spaces, or a regular expression. */
export type Words = string | RegExp;

/** Who or what ended a call. */
export type EndedBy =
  | "caller"
  | "agent"
  | "transferred"
  | "idle"
  | "time limit"
  | "cost limit"
  | "key"
  | "fault";

/** A call as it went, for expectations of one's own. Times in ms since its beginning. */
export interface RehearsedCall {
  /** What was said, in order; of what was interrupted, the part that was heard. */
  readonly said: readonly {
    readonly by: "caller" | "agent";
    readonly text: string;
    readonly atMs: number;
    readonly interrupted: boolean;
  }[];
  readonly tools: readonly {
    readonly name: string;
    readonly arguments: unknown;
    /** What the model was told. */
    readonly result: string;
    readonly atMs: number;
  }[];
  /** Undefined as long as it goes on. */
  readonly ended: EndedBy | undefined;
  readonly ms: number;
}

/** What has to be true of the call. Made by `expect`. */
export type Expectation =
  | { readonly expect: "said"; readonly words: Words; readonly never?: true }
  | {
    readonly expect: "called";
    readonly tool: string;
    readonly arguments?: Readonly<Record<string, unknown>>;
    readonly never?: true;
  }
  | { readonly expect: "interrupted"; readonly withinMs?: number; readonly never?: true }
  | { readonly expect: "answered"; readonly withinMs?: number }
  | { readonly expect: "transferred"; readonly to?: string }
  | { readonly expect: "handed over"; readonly to?: string }
  | { readonly expect: "ended"; readonly by?: EndedBy }
  | { readonly expect: "turns"; readonly count: number }
  | {
    readonly expect: "that";
    readonly name: string;
    readonly holds: (call: RehearsedCall) => boolean | string;
  };

type Within = { withinMs?: number };

/**
 * What is expected, of what has happened since the caller's step before: each waits until the agent has finished, and
 * up to 3 seconds more for what has not happened yet.
 */
export const expect = {
  /** The agent was heard to say it. */
  said: (words: Words): Expectation => ({ expect: "said", words }),
  /** The agent was heard after the caller's last word, within this time if one is given. */
  answered: ({ withinMs }: Within = {}): Expectation => ({ expect: "answered", ...within(withinMs) }),
  /**
   * The model called this tool.
   * @param args those that it has to have, others may be there; a regular expression fits the texts that it matches
   */
  called: (tool: string, args?: Readonly<Record<string, unknown>>): Expectation => ({
    expect: "called",
    tool,
    ...(args === undefined ? {} : { arguments: args }),
  }),
  /** The call was transferred. @param to the name of a destination of `transfer({...})`, or an extension */
  transferred: (to?: string): Expectation => ({ expect: "transferred", ...(to === undefined ? {} : { to }) }),
  /** The call was handed over to this persona. */
  handedTo: (persona: string): Expectation => ({ expect: "handed over", to: persona }),
  /** The caller cut the agent off, which fell silent within this time from the caller's first sound. */
  interrupted: ({ withinMs }: Within = {}): Expectation => ({ expect: "interrupted", ...within(withinMs) }),
  /** The call is over, and by whom. Waits for it, as long as the persona's silences and limits may take. */
  ended: (by?: EndedBy): Expectation => ({ expect: "ended", ...(by === undefined ? {} : { by }) }),
  /** So many turns of the caller's have been heard by the model since the beginning of the call. */
  turns: (count: number): Expectation => ({ expect: "turns", count }),
  /** Anything else. `holds` gives true, or false, or a text that says what was seen instead. */
  that: (name: string, holds: (call: RehearsedCall) => boolean | string): Expectation => ({
    expect: "that",
    name,
    holds,
  }),
  /** What must not happen in the whole call, wherever it stands among the steps. */
  never: {
    said: (words: Words): Expectation => ({ expect: "said", words, never: true }),
    called: (tool: string): Expectation => ({ expect: "called", tool, never: true }),
    interrupted: (): Expectation => ({ expect: "interrupted", never: true }),
  },
} as const;

function within(withinMs: number | undefined): Within {
  return withinMs === undefined ? {} : { withinMs };
}
