import type { Words } from "../persona/rehearsal.ts";

/** Whether a text has these words: a text is found whatever the case, the marks and the spaces. */
export function hasWords(text: string, words: Words): boolean {
  if (typeof words !== "string") return text.search(words) >= 0;
  const wanted = plain(words);
  return wanted === "" ? text.includes(words) : ` ${plain(text)} `.includes(` ${wanted} `);
}

function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/**
 * Whether a value has what is expected: objects may have more, lists may not; a regular expression fits the texts and
 * numbers that it matches.
 */
export function fits(actual: unknown, expected: unknown): boolean {
  if (expected instanceof RegExp) {
    return ["string", "number"].includes(typeof actual) && String(actual).search(expected) >= 0;
  }
  if (typeof expected !== "object" || expected === null) return Object.is(actual, expected);
  if (typeof actual !== "object" || actual === null) return false;
  if (Array.isArray(expected)) {
    return Array.isArray(actual) && actual.length === expected.length &&
      expected.every((each, index) => fits(actual[index], each));
  }
  return Object.entries(expected).every(([key, each]) =>
    Object.hasOwn(actual, key) && fits((actual as Record<string, unknown>)[key], each)
  );
}

/** A value on one line, as it is written in a file. */
export function shown(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(([key, each]) =>
      `${/^\w+$/.test(key) ? key : JSON.stringify(key)}: ${shown(each)}`
    );
    return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
  }
  return JSON.stringify(value) ?? String(value);
}
