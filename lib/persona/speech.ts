import type { PersonaDefinition } from "./define.ts";
import { type OfferedTool, promptWarnings } from "./speech-prompt.ts";

/** What is warned of, with the tools that the persona's calls offer. */
export interface SpeechOptions {
  readonly tools: Iterable<OfferedTool>;
  readonly model: string;
  /** The text for a call, with the name of where it comes from, if it is not the persona's own. */
  readonly resolved?: { readonly name: string; readonly text: string };
}

/** Marks of markdown that are never spoken well, each with a name. Headings and bullets structure a prompt well. */
const MARKUP: readonly (readonly [RegExp, string])[] = [
  [/\*\*[^*\n]+\*\*|(?<!\w)__[^_\n]+__(?!\w)/, "bold type"],
  [/```/, "a block of code"],
  [/^[ \t]*\|.*\|.*\|[ \t]*$/m, "a table"],
  [/\[[^\]\n]+\]\([^)\s]+\)/, "a link"],
  [/<\/?(?:b|i|br|p|ul|li|strong|em|a)\b[^>]*>/i, "HTML"],
];
/** What a prompt may have, and a sentence that is spoken word for word may not. */
const SPOKEN_MARKUP: readonly (readonly [RegExp, string])[] = [
  [/^[ \t]*#{1,6} /m, "a heading"],
  [/^[ \t]*(?:[-*•]|\d+[.)]) /m, "a list"],
  [/`/, "marks of code"],
];
const ADDRESS = /\b(?:https?:\/\/|www\.)[^\s)"'»]*[\w/]|\b[\w.+-]+@[\w-]+\.[\w.-]*\w/i;
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F/u;
const ABBREVIATION = /(?<![\w.])(?:e\.\s?g|i\.\s?e|etc|approx|incl|z\.\s?B|d\.\s?h|usw|bzw)\.(?!\w)/i;
/** Items of one list in a prompt: of a longer one the model forgets some, or reads all of them out. */
const LIST_MAX = 12;

type Text = readonly [field: string, text: string];

/** What goes wrong when a persona's words are heard instead of read: one line each, with what to do. */
export function speechWarnings(persona: PersonaDefinition, options: SpeechOptions): string[] {
  const { tools, resolved } = options;
  const offered = [...tools];
  const told: Text[] = resolved ? [[resolved.name, resolved.text]] : ownTexts(persona);
  const spoken = [
    ...spokenTexts(persona),
    ...offered.map((
      { name, whileWaiting },
    ): [string, string | undefined] => [`${name}.whileWaiting`, whileWaiting]),
  ].filter((each): each is [string, string] => each[1] !== undefined);
  return [
    ...told.flatMap(ofTold),
    ...spoken.flatMap(ofSpoken),
    ...promptWarnings(persona, told, { ...options, tools: offered }),
  ];
}

/** What the model reads. */
function ownTexts({ instructions, style = {} }: Partial<PersonaDefinition>): Text[] {
  const own: Text[] = typeof instructions === "string" ? [["instructions", instructions]] : [];
  return [...own, ...Object.entries(style).map(([key, text]): Text => [`style.${key}`, text])];
}

/** What is said word for word. */
function spokenTexts({ greeting, idle, limits, outage }: PersonaDefinition): [string, string | undefined][] {
  const phrase = (words: unknown) => typeof words === "string" ? words : undefined;
  return [
    ["greeting", typeof greeting === "object" ? greeting.say : greeting || undefined],
    ...(idle?.say ?? []).map((text, index): [string, string] => [`idle.say.${index}`, text]),
    ["idle.thenHangUp", idle?.thenHangUp],
    ["limits.warning", limits?.warning],
    ["limits.goodbye", limits?.goodbye],
    ["outage.bridge", phrase(outage?.bridge)],
    ["outage.apology", phrase(outage?.apology)],
  ];
}

function ofTold([field, text]: Text): string[] {
  const items = longestList(text);
  return [
    ...markup(MARKUP, text).map((what) =>
      `${field} has ${what}: the model takes it for the way to answer, and marks can't be heard; use plain sentences`
    ),
    ...found(ADDRESS, text).map((address) =>
      `${field} has the address ${address}: spoken, it is spelt letter by letter; say in words where to find it`
    ),
    ...found(EMOJI, text).map((emoji) =>
      `${field} has an emoji ${emoji}: it can't be spoken; describe the tone in style`
    ),
    ...items > LIST_MAX
      ? [
        `${field} has a list of ${items} items: the model forgets some, or reads them all out; ` +
        `keep ${LIST_MAX}, and let a tool look up the rest`,
      ]
      : [],
  ];
}

function ofSpoken([field, text]: Text): string[] {
  return [
    ...markup([...MARKUP, ...SPOKEN_MARKUP], text).map((what) =>
      `${field} has ${what}: it is spoken word for word; write it as it is to be said`
    ),
    ...found(ADDRESS, text).map((address) =>
      `${field} has the address ${address}: write it as it is to be said, such as "example dot com"`
    ),
    ...found(EMOJI, text).map((emoji) => `${field} has an emoji ${emoji}: it can't be spoken; leave it out`),
    ...found(ABBREVIATION, text).map((short) => `${field} has the abbreviation ${short}: write it out`),
  ];
}

function markup(kinds: typeof MARKUP, text: string): string[] {
  return kinds.filter(([pattern]) => pattern.test(text)).map(([, what]) => what);
}

function found(pattern: RegExp, text: string): string[] {
  const [match] = pattern.exec(text) ?? [];
  return match === undefined ? [] : [match];
}

/** Items that follow one another, lines that continue one included. */
function longestList(text: string): number {
  let longest = 0;
  let items = 0;
  for (const line of text.split("\n")) {
    if (/^\s*(?:[-*•]|\d+[.)])\s/.test(line)) longest = Math.max(longest, ++items);
    else if (line.trim() !== "" && !/^\s/.test(line)) items = 0;
  }
  return longest;
}
