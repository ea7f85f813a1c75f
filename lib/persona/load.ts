import { walk } from "@std/fs";
import type { Overrides } from "../config.ts";
import { ConfigError, messageOf } from "../errors.ts";
import { readSecret } from "../config/secrets.ts";
import type { PersonaDefinition } from "./define.ts";
// What a persona imports is already loaded with this: reading it again would need the right to read our own source.
import "./define.ts";
import { handoffFaults } from "./handoffs.ts";
import { checkPersona } from "./schema.ts";
import { secretsOf } from "./secrets.ts";
import { readSounds, type Sounds } from "./sounds.ts";
import { warningsOf } from "./warnings.ts";
import { importFault, type ImportFile, importFile } from "../tools/import-file.ts";

/** A persona that has been read from its file. */
export type LoadedPersona = PersonaDefinition & {
  /** The file's name without its ending. */
  readonly name: string;
  readonly file: string;
  /** One line each, to be told once. */
  readonly warnings: readonly string[];
  /** The values of the variables that its `mcp` names. */
  readonly secrets?: ReadonlyMap<string, string>;
  /** The recordings that its `outage` names, 8 kHz. */
  readonly sounds?: Sounds;
};

export type Personas = ReadonlyMap<string, LoadedPersona>;

export interface LoadOptions {
  /** Name that has to be among them: the persona of calls that name none. */
  persona?: string;
  /** What the environment sets; which of it has no effect on a persona is among the warnings. */
  overrides?: Overrides;
  /** @default the module cache, and the disk for files that are not in it */
  importFile?: ImportFile;
  /** Where the tokens of MCP servers are. @default the environment, then `.env` */
  secret?: (name: string) => string | undefined;
}

const NAME_REGEXP = /^[A-Za-z][\w-]*$/;

/**
 * Reads every persona of a folder, in the order of their names. Not a persona: tests, rehearsals, declarations and
 * names that begin with `_` or `.`.
 * @throws {ConfigError} with all faults of all files, one line each.
 */
export async function loadPersonas(dir: string, options: LoadOptions = {}): Promise<Personas> {
  const faults: string[] = [];
  const personas = new Map<string, LoadedPersona>();
  const files = await personaFiles(dir);
  for (const { file, name } of files) {
    const outcome = await loadPersona(file, name, options);
    if ("faults" in outcome) faults.push(...outcome.faults.map((fault) => `${file}: ${fault}`));
    else if (personas.has(name)) faults.push(`${file}: has the same name as ${personas.get(name)!.file}`);
    else personas.set(name, outcome);
  }
  faults.push(...handoffFaults(personas.values(), new Set(files.map(({ name }) => name))));
  const { persona } = options;
  if (persona !== undefined && !personas.has(persona) && faults.length === 0) {
    faults.push(
      `PERSONA must name one of the personas ${[...personas.keys()].join(", ")}: ${JSON.stringify(persona)}`,
    );
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return personas;
}

async function personaFiles(dir: string): Promise<{ file: string; name: string }[]> {
  const files: { file: string; name: string }[] = [];
  try {
    for await (const entry of walk(dir, { maxDepth: 1, includeDirs: false, exts: [".ts", ".js", ".mjs"] })) {
      if (/^[_.]|\.(test|rehearsal|d)\.[a-z]+$|_test\.[a-z]+$/.test(entry.name)) continue;
      files.push({ file: entry.path, name: entry.name.replace(/\.[a-z]+$/, "") });
    }
  } catch (error) {
    throw new ConfigError([`PERSONAS_DIR can't be read: ${JSON.stringify(dir)}: ${messageOf(error)}`]);
  }
  if (files.length === 0) throw new ConfigError([`PERSONAS_DIR holds no persona: ${JSON.stringify(dir)}`]);
  return files.sort((a, b) => a.file < b.file ? -1 : 1);
}

async function loadPersona(
  file: string,
  name: string,
  { importFile: load = (file) => importFile(file), overrides = {}, secret = readSecret }: LoadOptions,
): Promise<LoadedPersona | { faults: string[] }> {
  if (!NAME_REGEXP.test(name)) {
    return { faults: ["the name must be a letter, then letters, digits, _ or -"] };
  }
  let module: { default?: unknown };
  try {
    module = await load(file);
  } catch (error) {
    return { faults: [`can't be loaded: ${importFault(error)}`] };
  }
  if (module.default === undefined) {
    return { faults: ["has no default export: export default definePersona({ ... })"] };
  }
  const checked = checkPersona(module.default);
  if ("faults" in checked) return checked;
  const recordings = await readSounds(file, checked.persona);
  if ("faults" in recordings) return recordings;
  const secrets = secretsOf(checked.persona, secret);
  const warnings = warningsOf(checked.persona, overrides, secrets).map((warning) => `${file}: ${warning}`);
  return { ...checked.persona, name, file, warnings, secrets, sounds: recordings.sounds };
}
