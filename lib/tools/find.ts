import { exists, walk } from "@std/fs";
import type { SandboxedTool } from "./define.ts";
// What a tool imports is already loaded with this: reading it again would need the right to read our own source.
import "./define.ts";
import { importFault, type ImportFile, importFile } from "./import-file.ts";

/** Where AVR's admin app mounts its own tools. */
export const AVR_DIR = "./avr_tools";

/** The tool files of a folder, as paths, in the order of their names. */
export interface ToolFiles {
  readonly typescript: readonly string[];
  readonly commonJs: readonly string[];
}

/** A tool that has been read from its file. */
export interface FoundTool {
  readonly file: string;
  readonly tool: SandboxedTool;
}

/**
 * The tool files of a folder: `.ts` and `.mjs`, `.js` and `.cjs`. Anything else beside them is none, nor are folders,
 * tests, and names that begin with `_` or `.`. A folder that is missing has none.
 * @throws when it can't be read.
 */
export async function toolFiles(dir: string): Promise<ToolFiles> {
  const typescript: string[] = [];
  const commonJs: string[] = [];
  for await (
    const { name, path } of await exists(dir) ? walk(dir, { maxDepth: 1, includeDirs: false }) : []
  ) {
    if (/^[_.]|\.(test|d)\.[a-z]+$|_test\.[a-z]+$/.test(name)) continue;
    if (/\.(ts|mts|mjs)$/.test(name)) typescript.push(path);
    else if (/\.(js|cjs)$/.test(name)) commonJs.push(path);
  }
  return { typescript: typescript.sort(), commonJs: commonJs.sort() };
}

/** Reads TypeScript tools: the files' top levels run here. Faults are lines, one for each broken file. */
export async function importTools(
  files: readonly string[],
  load: ImportFile = (file) => importFile(file),
): Promise<{ found: FoundTool[]; faults: string[] }> {
  const found: FoundTool[] = [];
  const faults: string[] = [];
  for (const file of files) {
    try {
      const module: { default?: unknown } = await load(file);
      if (isSandboxedTool(module.default)) found.push({ file, tool: module.default });
      else faults.push(`${file}: has no tool as its default export: export default defineTool({ ... })`);
    } catch (error) {
      faults.push(`${file}: can't be loaded: ${importFault(error)}`);
    }
  }
  return { found, faults };
}

function isSandboxedTool(value: unknown): value is SandboxedTool {
  return value !== null && typeof value === "object" && "kind" in value && value.kind === "sandboxed";
}
