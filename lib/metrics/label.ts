/** What stands for every value that is not known, or one too many. */
export const OTHER = "other";

/**
 * Bounds the values of a label, as each is a time series for ever: only known ones are taken, and only so many of
 * them. What callers or the model make up is `other`.
 * @param known those that there are now; asked about each new value. Without it the first `max` count as known.
 */
export function boundedLabel(max: number, known?: () => Iterable<string>): (value: string) => string {
  const taken = new Set<string>();
  return (value) => {
    if (taken.has(value)) return value;
    if (taken.size >= max || (known && !has(known(), value))) return OTHER;
    taken.add(value);
    return value;
  };
}

function has(values: Iterable<string>, value: string): boolean {
  for (const each of values) if (each === value) return true;
  return false;
}
