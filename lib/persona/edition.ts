import { type LoadFnOutput, type LoadHookContext, registerHooks } from "node:module";
import { messageOf } from "../errors.ts";
import type { ToolPermissions } from "../tools/define.ts";
import { importFile, moduleUrl } from "../tools/import-file.ts";
import type { KeptFiles } from "../tools/load.ts";
import type { KeptModule, ModulesOrder } from "../tools/protocol.ts";
import { startSandbox } from "../tools/worker.ts";
import { asItWas } from "./as-it-was.ts";

/** Our own code: it is loaded once, and needs no right to be read. */
const PROGRAM = new URL("../", import.meta.url).href;
const UNPREPARED_REGEXP = /^Loading unprepared module: (\S+), imported from/;
const QUERY_REGEXP = /\?edition=\d+$/;

/** Those being read, by their query. */
const open = new Map<string, Edition>();
let editions = 0;
let carries = false;

/**
 * One reading of the operator's files: personas, tools, and the files that they import. The module cache takes each
 * edition for other files, by a query that goes on from a file to what it imports; packages and our own code are shared.
 * What was read is kept, so that a tool's sandbox runs what was checked, whatever is on the disk when it starts.
 *
 * Modules can't be unloaded: what an edition has loaded stays in memory until the process ends.
 */
export class Edition implements KeptFiles {
  readonly #query = `?edition=${++editions}`;
  readonly #texts = new Map<string, Omit<KeptModule, "imports">>();
  readonly #imports = new Map<string, Map<string, string>>();
  readonly #mains = new Set<string>();
  readonly #hooks = registerHooks({ load: (url, context, next) => this.#load(url, context, next) });

  constructor() {
    open.set(this.#query, this);
    if (carries) return;
    carries = true;
    // For good: a persona may import more while it is in use.
    registerHooks({ resolve: carryOn });
  }

  /** The files that were asked for. */
  get files(): readonly string[] {
    return [...this.#mains];
  }

  /** @throws what the file's top level throws, or that it takes too long */
  async import(file: string): Promise<{ default?: unknown }> {
    this.#mains.add(file);
    try {
      return await importFile(file, this.#query);
    } catch (error) {
      // Of a file that is imported, Deno tells only that it could not be had. Asked for it alone, it tells why.
      const culprit = UNPREPARED_REGEXP.exec(messageOf(error))?.[1];
      if (culprit?.endsWith(this.#query)) await import(culprit);
      throw error;
    }
  }

  /** All has been imported: nothing more is kept. */
  seal(): void {
    open.delete(this.#query);
    this.#hooks.deregister();
  }

  /** Starts a tool's sandbox with the files as they were read. */
  sandboxOf(file: string, permissions: ToolPermissions) {
    const load: ModulesOrder = {
      type: "modules",
      main: moduleUrl(file) + this.#query,
      modules: this.#modulesOf(file),
    };
    const url = new URL("./edition-worker.ts", import.meta.url);
    return { start: () => startSandbox(url, permissions), load };
  }

  /** Whether a file and all that it imports read the same in another edition. */
  hasSame(file: string, other: Edition): boolean {
    const theirs = other.#code(file);
    const own = this.#code(file);
    return own.size === theirs.size && [...own].every(([url, code]) => theirs.get(url) === code);
  }

  /** Takes down where an import leads. */
  note(parent: string, specifier: string, url: string): void {
    const imports = this.#imports.get(parent) ?? new Map<string, string>();
    this.#imports.set(parent, imports.set(specifier, url));
  }

  #load(url: string, context: LoadHookContext, next: Next): LoadFnOutput {
    const loaded = next(url, context);
    if (!url.endsWith(this.#query)) return asItWas(url, loaded);
    const { source } = loaded;
    // It can't be read or parsed, of which Deno tells.
    if (source === null || source === undefined) return loaded;
    const text = typeof source === "string" ? source : new TextDecoder().decode(source);
    this.#texts.set(url, { format: context.importAttributes?.type === "json" ? "json" : "module", text });
    return loaded;
  }

  /** A file and all that it imports, by URL. */
  #modulesOf(file: string): Map<string, KeptModule> {
    const modules = new Map<string, KeptModule>();
    const left = [moduleUrl(file) + this.#query];
    for (let url = left.pop(); url; url = left.pop()) {
      const text = this.#texts.get(url);
      if (!text || modules.has(url)) continue;
      const imports = this.#imports.get(url) ?? new Map<string, string>();
      modules.set(url, { ...text, imports });
      left.push(...imports.values());
    }
    return modules;
  }

  /** The same without what differs from edition to edition. */
  #code(file: string): Map<string, string> {
    return new Map(
      [...this.#modulesOf(file)].map(([url, { text }]) => [
        url.slice(0, -this.#query.length),
        text.replace(/\n\/\/# sourceMappingURL=\S*\s*$/, ""),
      ]),
    );
  }
}

type Next = (url: string, context?: Partial<LoadHookContext>) => LoadFnOutput;

/** What a file of an edition imports belongs to it too. */
function carryOn(
  ...[specifier, context, next]: Parameters<NonNullable<Parameters<typeof registerHooks>[0]["resolve"]>>
) {
  const found = next(specifier, context);
  const { parentURL, importAttributes } = context;
  const query = parentURL && QUERY_REGEXP.exec(parentURL)?.[0];
  if (!query || !isOperators(found.url, importAttributes?.type)) return found;
  const url = found.url + query;
  open.get(query)?.note(parentURL, specifier, url);
  return { ...found, url };
}

/** CommonJS is not among them: what it requires can't be followed. */
function isOperators(url: string, type: string | undefined): boolean {
  return (type === "text" || /\.(m?ts|tsx|m?js|jsx|json)$/.test(url)) && /^file:[^?]*$/.test(url) &&
    !url.includes("/node_modules/") && !url.startsWith(PROGRAM);
}
