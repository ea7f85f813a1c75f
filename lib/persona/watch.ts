import { basename } from "node:path";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";

export interface WatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Told once the files have been quiet for a moment. */
  readonly onEdit: () => void;
}

/** Editors write a file in several steps, and one save may be of several files. */
const QUIET_MS = 100;

/** What editors put beside a file, and files that no persona and no tool is made of. */
const OTHER_REGEXP =
  /^[.#]|~$|^\d+$|\.(sw[a-z]|tmp|bak|orig|rej|part)$|___$|\.(test|rehearsal|d)\.[a-z]+$|_test\.[a-z]+$/;

/**
 * Watches folders and all in them, which needs the right to read them; those that are not there are left out.
 * @returns what ends it
 */
export function watchFolders(folders: readonly string[], options: WatchOptions): () => void {
  const watchers = folders.flatMap((folder) => openWatcher(folder, options.log));
  let stopWaiting = () => {};
  const edited = () => {
    stopWaiting();
    stopWaiting = options.clock.after(QUIET_MS, options.onEdit);
  };
  for (const watcher of watchers) void follow(watcher, edited, options.log);
  return () => {
    stopWaiting();
    for (const watcher of watchers) watcher.close();
  };
}

/** Whether an event of the file system tells of an edit. Also reading a file is an event. */
export function isEdit({ kind, paths }: Pick<Deno.FsEvent, "kind" | "paths">): boolean {
  return kind !== "access" && paths.some((path) => !OTHER_REGEXP.test(basename(path)));
}

function openWatcher(folder: string, log: Log): Deno.FsWatcher[] {
  try {
    return [Deno.watchFs(folder)];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      log.warn("A folder can't be watched", { folder, reason: messageOf(error) });
    }
    return [];
  }
}

async function follow(watcher: Deno.FsWatcher, edited: () => void, log: Log): Promise<void> {
  try {
    for await (const event of watcher) if (isEdit(event)) edited();
  } catch (error) {
    log.warn("Folders are no longer watched", { reason: messageOf(error) });
  }
}
