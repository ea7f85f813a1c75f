/**
 * What may be dialled. Toll fraud is the hazard: a caller who talks the agent into a transfer to a number that costs
 * money. So nothing but an extension passes: no second channel (`&`), no option, no blank, no path.
 */

/** An extension that the model names: digits, `*` and `#`, after an optional `+`. */
export const SPOKEN_EXTENSION = /^\+?[0-9*#]{1,20}$/;
/** One that a persona's author writes; dialplans have names as well. */
export const WRITTEN_EXTENSION = /^[\w+*#.-]{1,40}$/;
/** A context of the dialplan. */
export const CONTEXT = /^[\w-]{1,40}$/;
export const PRIORITY_RANGE = [1, 999] as const;

/** Where a transfer goes when nothing else is said; as with AVR. */
export const DEFAULT_CONTEXT = "demo";
export const DEFAULT_PRIORITY = 1;

/** Whether a number is a priority of the dialplan. */
export function isPriority(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= PRIORITY_RANGE[0] && Number(value) <= PRIORITY_RANGE[1];
}

/**
 * Whether the list has the extension. An entry is an extension in which `X` is any digit and a `*` at the end stands for
 * any rest, with `@context` after it if it holds in that context alone: `2001`, `20XX`, `0039*`, `600@internal`.
 * A list without entries allows every extension.
 */
export function isAllowed(allow: readonly string[], extension: string, context: string): boolean {
  return allow.length === 0 || allow.some((entry) => matches(entry, extension, context));
}

function matches(entry: string, extension: string, context: string): boolean {
  const [pattern = "", wanted] = entry.split("@", 2);
  if (wanted !== undefined && wanted !== context) return false;
  const open = pattern.endsWith("*");
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (open ? extension.length < fixed.length : extension.length !== fixed.length) return false;
  return [...fixed].every((symbol, index) =>
    symbol.toUpperCase() === "X" ? /[0-9]/.test(extension[index]!) : symbol === extension[index]
  );
}
