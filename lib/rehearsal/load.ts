import { walk } from "@std/fs";
import { ConfigError, messageOf } from "../errors.ts";
import type { LoadedPersona, Personas } from "../persona/load.ts";
import type { Rehearsal, Setting, Step } from "../persona/rehearsal.ts";
import { importFile } from "../tools/import-file.ts";
import type { Toolbox } from "../tools/load.ts";
import { checkRehearsals, sceneOf } from "./schema.ts";
import { unknownIn } from "./unknown.ts";
import { recorded } from "./voice.ts";

/** A scene, ready to be played. */
export interface LoadedScene {
  readonly persona: LoadedPersona;
  /** The rehearsal's. */
  readonly file: string;
  /** With the rehearsal's name before it, where that has one. */
  readonly name: string;
  readonly setting: Setting;
  readonly steps: readonly Step[];
}

export interface LoadOptions {
  readonly dir: string;
  readonly personas: Personas;
  readonly toolsFor: Toolbox["toolsFor"];
  /** Of personas; all where there is none. */
  readonly names: readonly string[];
}

const REHEARSAL_REGEXP = /^([A-Za-z][\w-]*)\.rehearsal\.(ts|js|mjs)$/;

/**
 * Reads the rehearsals of a folder, in the order of the personas' names.
 * @throws {ConfigError} with all faults of all files, one line each.
 */
export async function loadScenes({ dir, personas, toolsFor, names }: LoadOptions): Promise<LoadedScene[]> {
  const files = await rehearsalFiles(dir);
  const faults = names.flatMap((name) => {
    if (!personas.has(name)) {
      return [`There is no such persona, only ${[...personas.keys()].join(", ")}: ${name}`];
    }
    return files.has(name) ? [] : [`${name} has no rehearsal: write ${dir}/${name}.rehearsal.ts`];
  });
  if (files.size === 0 && names.length === 0) {
    faults.push(`${dir} holds no rehearsal, such as supportAgent.rehearsal.ts`);
  }
  const scenes: LoadedScene[] = [];
  for (const [name, file] of files) {
    if (names.length > 0 && !names.includes(name)) continue;
    const persona = personas.get(name);
    const found = persona
      ? await scenesOf(file, persona, { personas, toolsFor })
      : { faults: [`there is no persona ${name}, only ${[...personas.keys()].join(", ")}`] };
    if ("faults" in found) faults.push(...found.faults.map((fault) => `${file}: ${fault}`));
    else scenes.push(...found.scenes);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return scenes;
}

async function rehearsalFiles(dir: string): Promise<Map<string, string>> {
  const files: [string, string][] = [];
  for await (const { name, path } of walk(dir, { maxDepth: 1, includeDirs: false })) {
    const persona = REHEARSAL_REGEXP.exec(name)?.[1];
    if (persona !== undefined) files.push([persona, path]);
  }
  return new Map(files.sort(([a], [b]) => a < b ? -1 : 1));
}

async function scenesOf(
  file: string,
  persona: LoadedPersona,
  known: Pick<LoadOptions, "personas" | "toolsFor">,
): Promise<{ scenes: LoadedScene[] } | { faults: string[] }> {
  let exported: unknown;
  try {
    ({ default: exported } = await importFile(file));
  } catch (error) {
    // The first line tells it; what follows quotes the source.
    return { faults: [`can't be loaded: ${messageOf(error).split("\n")[0]}`] };
  }
  if (exported === undefined) {
    return { faults: ["has no default export: export default defineRehearsal({ scenes: { ... } })"] };
  }
  const checked = checkRehearsals(exported);
  if ("faults" in checked) return checked;
  const scenes = checked.rehearsals.flatMap((rehearsal) => scenesIn(rehearsal, persona, file));
  const faults: string[] = [];
  for (const scene of scenes) {
    const wrong = [...unknownIn(scene, known), ...await soundFaults(scene)];
    faults.push(...wrong.map((fault) => `scene ${JSON.stringify(scene.name)}, ${fault}`));
  }
  return faults.length > 0 ? { faults } : { scenes };
}

function scenesIn(
  { name: rehearsal, scenes, ...common }: Rehearsal,
  persona: LoadedPersona,
  file: string,
): LoadedScene[] {
  return Object.entries(scenes).map(([name, scene]) => {
    const { steps, ...own } = sceneOf(scene);
    const setting: Setting = {
      ...common,
      ...own,
      variables: { ...common.variables, ...own.variables },
      tools: { ...common.tools, ...own.tools },
    };
    return { persona, file, name: rehearsal === undefined ? name : `${rehearsal}: ${name}`, setting, steps };
  });
}

async function soundFaults({ file, steps }: LoadedScene): Promise<string[]> {
  const faults: string[] = [];
  for (const [index, step] of steps.entries()) {
    if (!("what" in step) || typeof step.what === "string") continue;
    try {
      await recorded(file, step.what);
    } catch (error) {
      faults.push(`step ${index + 1}: the recording ${messageOf(error)}: ${JSON.stringify(step.what.file)}`);
    }
  }
  return faults;
}
