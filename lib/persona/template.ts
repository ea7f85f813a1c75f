import type { Log } from "../log.ts";
import { asData, DATA_RULE, plainText } from "./data.ts";
import type { CallFacts, PersonaDefinition } from "./define.ts";
import { localTimeZone, momentOf } from "./moment.ts";
import { declaredNames } from "./variables.ts";

/** What placeholders are filled from. One call's; built once, good for its whole length. */
export interface TemplateContext {
  readonly uuid: string;
  readonly persona: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly timeZone: string;
  /** Of the weekday's name. */
  readonly language: string | undefined;
  /** Names that may be missing in a call. */
  readonly declared: ReadonlySet<string>;
  readonly now: () => Date;
  /** Told of the names in a text that nothing is known of. */
  readonly onUnknown?: (names: readonly string[]) => void;
}

export interface ContextOptions {
  uuid: string;
  /** As readVariables() gives them. @default none */
  variables?: Readonly<Record<string, unknown>>;
  /** @default the machine's clock */
  now?: () => Date;
  /** Is warned of unknown names, each once. */
  log?: Log;
  /** The language spoken, where it is not the persona's. */
  language?: string | undefined;
}

/** `{{name}}` or `{{name|default}}`; anything else in braces stays as it is. */
const PLACEHOLDER = /\{\{\s*([A-Za-z][\w-]{0,63})\s*(?:\|([^{}]*))?\}\}/g;
/** Longest value in a sentence that is spoken, in characters: a name, not a story. */
const MAX_SPOKEN_CHARACTERS = 120;

/** What is known of a call, for its instructions and for every sentence that it says. */
export function templateContext(
  persona: PersonaDefinition & { readonly name?: string },
  options: ContextOptions,
): TemplateContext {
  const { uuid, variables = {}, now = () => new Date(), log } = options;
  const told = new Set<string>();
  return {
    uuid,
    persona: persona.name ?? "",
    variables,
    timeZone: persona.timeZone ?? localTimeZone(),
    language: options.language ?? persona.language,
    declared: declaredNames(persona.variables) ?? new Set(),
    now,
    onUnknown(names) {
      const fresh = names.filter((name) => !told.has(name));
      if (fresh.length === 0) return;
      fresh.forEach((name) => told.add(name));
      log?.warn("A text names what is not known of this call; left empty", { names: fresh.join(" ") });
    },
  };
}

/** The same facts for an instructions function. */
export function callFacts(
  context: TemplateContext,
): CallFacts<Readonly<Record<string, unknown>>> {
  const { uuid, persona, variables, timeZone } = context;
  const { date, time } = momentOf(context.now(), timeZone, context.language);
  return { uuid, persona, variables: inert(variables) as typeof variables, date, time, timeZone };
}

/**
 * Fills in the placeholders of instructions. What callers bring stands between « and », and one line at the end says
 * what that means. Values are not searched for placeholders again.
 * @param fromFunction The text may hold such values already, see {@linkcode asData}.
 */
export function renderInstructions(text: string, context: TemplateContext, fromFunction = false): string {
  let hasData = fromFunction && text.includes("«") && Object.keys(context.variables).length > 0;
  const rendered = render(text, context, (value) => {
    hasData = true;
    return asData(value);
  });
  return hasData ? `${rendered}\n\n${DATA_RULE}` : rendered;
}

/** Fills in the placeholders of a sentence that is spoken: plain values on one line, without quotation marks. */
export function renderSpoken(text: string, context: TemplateContext): string {
  return render(text, context, (value) => plainText(value, MAX_SPOKEN_CHARACTERS).replace(/["“”„«»]/g, "'"));
}

/** The names in a text's placeholders that have no default and are not facts of every call. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, name, fallback]) =>
    fallback === undefined && !FACTS.includes(name!) ? [name!] : []
  );
}

const FACTS: readonly string[] = ["date", "time", "weekday", "timeZone", "persona", "uuid"];

function render(text: string, context: TemplateContext, insert: (value: unknown) => string): string {
  // Most texts have none, and then no calendar is asked.
  if (!text.includes("{{")) return text;
  const { uuid, persona, variables, timeZone, language, declared, now } = context;
  const facts: Readonly<Record<string, string>> = {
    ...momentOf(now(), timeZone, language),
    timeZone,
    persona,
    uuid: plainText(uuid, MAX_SPOKEN_CHARACTERS),
  };
  const unknown = new Set<string>();
  const rendered = text.replace(PLACEHOLDER, (_, name: string, fallback?: string) => {
    // These come first, so that no caller can tell the agent another day.
    if (Object.hasOwn(facts, name)) return facts[name]!;
    const given = Object.hasOwn(variables, name);
    if (given && plainText(variables[name]) !== "") return insert(variables[name]);
    if (!given && fallback === undefined && !declared.has(name)) unknown.add(name);
    return fallback?.trim() ?? "";
  });
  if (unknown.size > 0) context.onUnknown?.([...unknown]);
  return rendered;
}

/** The values with what would be a placeholder made harmless: a function may put them into a text that is filled in. */
function inert(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/\{(?=\{)/g, "{ ");
  if (Array.isArray(value)) return value.map(inert);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inert(inner)]));
}
