import { ENVIRONMENT_NAMES } from "./variables.ts";

/** The variable that `name` was probably meant to be: two letters apart at most, and not itself one of ours. */
export function resembled(name: string): string | undefined {
  if (ENVIRONMENT_NAMES.includes(name)) return undefined;
  return ENVIRONMENT_NAMES.find((known) => known.length > 6 && distance(name, known) <= 2);
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
