import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { messageOf } from "../errors.ts";

/** Loads a file of the operator's. @throws what its top level throws */
export type ImportFile = (file: string) => Promise<{ default?: unknown }>;

/** How long the top level of a persona's or a tool's file may take. */
const IMPORT_LIMIT_MS = 10_000;

/**
 * Loads a file of the operator's: a persona, a tool.
 * @param query makes the module cache take it for another file, `?edition=2`
 * @throws what its top level throws, or that it takes too long
 */
export async function importFile(file: string, query = ""): Promise<{ default?: unknown }> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`its top level takes longer than ${IMPORT_LIMIT_MS} ms`)),
    IMPORT_LIMIT_MS,
  );
  try {
    return await Promise.race([import(moduleUrl(file) + query), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The URL of a file that is named by its path. */
export function moduleUrl(file: string): string {
  return pathToFileURL(resolve(file)).href;
}

/** What an import threw in one line, and the place of it where the text can't be read. */
export function importFault(error: unknown): string {
  const text = stripVTControlCharacters(messageOf(error)).replace(/\?edition=\d+/g, "");
  // The lines between quote the source.
  const [what = "", ...rest] = text.split("\n");
  const place = /SyntaxError/.test(what) ? /([^/]+):(\d+):\d+$/.exec(rest.at(-1) ?? "") : null;
  return place ? `${what} (${basename(place[1]!)}, line ${place[2]})` : what;
}
