/**
 * Stand-in for `jsr:@std/dotenv`: `parse` alone, with its rules. Double quotes decode `\n`, `\r`, `\t`, `\"` and `\\`;
 * single quotes take everything as it is; an unquoted value ends at `#` and expands `$NAME`, `${NAME}` and
 * `${NAME:-default}`; the last of two assignments counts. Delete the `links` line of deno.json to use the real package.
 */

const ASSIGNMENT_REGEXP = new RegExp(
  String.raw`^\s*(?:export\s+)?(?<key>[^\s=#]+?)\s*=[ \t]*` +
    String.raw`(?:'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[^])*)"|(?<bare>[^\r\n#]*)).*$`,
  "gm",
);
const KEY_REGEXP = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const REFERENCE_REGEXP =
  /\$\{(?<braced>.+?)(?::-(?<bracedDefault>.+))?\}|(?<!\\)\$(?<plain>\w+)(?::-(?<plainDefault>.+))?/g;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

/**
 * Reads the text of a `.env` file. A key that is no identifier is left out with a warning.
 * @throws {Deno.errors.NotCapable} if an unquoted value refers to a variable the process may not read.
 */
export function parse(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const bare = new Set<string>();
  for (const match of text.matchAll(ASSIGNMENT_REGEXP)) {
    const { key, single, double, bare: rest } = match.groups as Record<string, string | undefined>;
    if (!KEY_REGEXP.test(key!)) {
      // deno-lint-ignore no-console
      console.warn(`Ignored the key "${key}" as it is not a valid identifier`);
      continue;
    }
    if (rest === undefined) {
      bare.delete(key!);
      values[key!] = single === undefined ? decode(trimBreaks(double!)) : trimBreaks(single);
    } else {
      bare.add(key!);
      values[key!] = rest.trim();
    }
  }
  const literal = { ...values };
  for (const key of bare) values[key] = expand(literal[key]!, literal, new Set([key]));
  return values;
}

/** A line break right after the opening and right before the closing quote is not part of the value. */
function trimBreaks(text: string): string {
  return text.replace(/^\r?\n/, "").replace(/\r?\n$/, "");
}

function decode(text: string): string {
  return text.replace(/\\(["\\nrt])/g, (_, character: string) => ESCAPES[character]!);
}

/** @param open names being expanded: a value that refers to itself asks the environment instead of looping. */
function expand(text: string, values: Record<string, string>, open: ReadonlySet<string>): string {
  return text.replace(REFERENCE_REGEXP, (...parts) => {
    const groups = parts.at(-1) as Record<string, string | undefined>;
    const name = groups.braced ?? groups.plain!;
    const value = open.has(name) ? undefined : values[name];
    if (value !== undefined) return expand(value, values, new Set([...open, name]));
    const outside = Deno.env.get(name);
    if (outside !== undefined) return outside;
    return expand(groups.bracedDefault ?? groups.plainDefault ?? "", values, open);
  });
}
