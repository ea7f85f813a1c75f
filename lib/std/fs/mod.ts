/**
 * Stand-in for `jsr:@std/fs`: `exists` and `walk`, as far as this project uses them.
 * Same signatures and behaviour; delete the `links` line of deno.json to use the real package.
 */

/** Whether something is there. @throws what `Deno.stat` throws, except that nothing is there. */
export async function exists(path: string | URL): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

export interface WalkOptions {
  /** 1 stays in the folder itself. @default {Infinity} */
  maxDepth?: number;
  /** @default {true} */
  includeFiles?: boolean;
  /** @default {true} */
  includeDirs?: boolean;
  /** Ends of paths; all if not given. */
  exts?: string[];
  /** Paths to leave out, with all that is below them. */
  skip?: RegExp[];
}

export interface WalkEntry extends Deno.DirEntry {
  path: string;
}

/** What is below `root`, and `root` itself; links are listed and not followed. */
export async function* walk(root: string, options: WalkOptions = {}): AsyncIterableIterator<WalkEntry> {
  const { maxDepth = Infinity, includeFiles = true, includeDirs = true, exts, skip } = options;
  const isSkipped = (path: string) => skip?.some((pattern) => path.search(pattern) >= 0) ?? false;
  const isWanted = (path: string) => !exts || exts.some((each) => path.endsWith(each));
  if (isSkipped(root)) return;
  if (includeDirs && isWanted(root)) {
    yield { path: root, name: baseName(root), isFile: false, isDirectory: true, isSymlink: false };
  }
  if (maxDepth < 1) return;
  for await (const entry of Deno.readDir(root)) {
    const path = `${root.replace(/\/+$/, "")}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path, { ...options, maxDepth: maxDepth - 1 });
    else if ((includeFiles || entry.isSymlink) && isWanted(path) && !isSkipped(path)) {
      yield { path, ...entry };
    }
  }
}

function baseName(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1)!;
}
