import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** How long the top level of a persona's or a tool's file may take. */
const IMPORT_LIMIT_MS = 10_000;

/**
 * Loads a file of the operator's: a persona, a tool.
 * @param query makes the module cache take it for another file, `?generation=2`
 * @throws what its top level throws, or that it takes too long
 */
export async function importFile(file: string, query = ""): Promise<{ default?: unknown }> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`its top level takes longer than ${IMPORT_LIMIT_MS} ms`)),
    IMPORT_LIMIT_MS,
  );
  try {
    return await Promise.race([import(pathToFileURL(resolve(file)).href + query), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
