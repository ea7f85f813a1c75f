import { dirname, resolve } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { provideEnvironment } from "../config/provide.ts";
import type { Log } from "../log.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { type AvrTool, loadAvrTools } from "./avr.ts";
import { builtInTools, controlTools } from "./built-in.ts";
import type { SandboxedTool, ToolPermissions } from "./define.ts";
import { AVR_DIR, importTools, type ToolFiles, toolFiles } from "./find.ts";
import { type ImportFile, importFile } from "./import-file.ts";
import { refusal, toolNeeds } from "./needs.ts";
import { firstLine } from "./result.ts";
import { Sandbox, type SandboxOptions } from "./sandbox.ts";
import { sandboxed } from "./sandboxed.ts";
import type { Tool } from "./tool.ts";
import { startSandbox } from "./worker.ts";

/** Every tool of a running service. */
export interface Toolbox {
  /** What a persona's calls offer to the model, by name. */
  toolsFor(persona: Pick<LoadedPersona, "name">): ReadonlyMap<string, Tool>;
  /** What all of them together may do. */
  readonly permissions: ToolPermissions;
  /** The tools that run in sandboxes, each with a file that defines it. */
  readonly sandboxed: readonly { readonly tool: SandboxedTool; readonly file: string }[];
  readonly commonJs: readonly AvrTool[];
  /** One line each, to be told once. */
  readonly warnings: readonly string[];
  /** Those of the warnings that tell of a tool which can't be had. */
  readonly faults: readonly string[];
  /** Ends all sandboxes; runs under way are answered with an error. */
  close(): void;
}

/** Files of the operator's as they were read at one time. */
export interface KeptFiles {
  readonly import: ImportFile;
  /** How the sandbox starts of a tool that this file defines. */
  sandboxOf(file: string, permissions: ToolPermissions): Pick<SandboxOptions, "start" | "load">;
}

export interface LoadToolsOptions {
  readonly personas: ReadonlyMap<string, LoadedPersona>;
  readonly config: Config;
  readonly log: Log;
  /** @default the machine's */
  readonly clock?: Clock;
  /** Where AVR's admin app puts its own tools. @default "./avr_tools" */
  readonly avrDir?: string;
  /** An earlier load, which spares the work for what has not changed. */
  readonly before?: Pick<Toolbox, "commonJs">;
  /** What the personas were loaded from. @default the disk, whenever a file is needed */
  readonly files?: KeptFiles;
}

/** A tool that all personas are offered, with where it comes from. */
interface Shared {
  readonly tool: Tool;
  readonly file: string;
}

/**
 * Puts together the tools of the personas, those of `TOOLS_DIR` and `./avr_tools`, and the built-in ones; of several
 * with one name the first counts. Never rejects: what is broken is left out, with a warning.
 */
export async function loadTools(options: LoadToolsOptions): Promise<Toolbox> {
  const { personas, config, log, clock = systemClock, avrDir = AVR_DIR, files: source = DISK } = options;
  const warnings: string[] = [];
  const faults: string[] = [];
  const sandboxes: Sandbox[] = [];
  const made = new Map<SandboxedTool, Tool>();
  const accepted: { tool: SandboxedTool; file: string }[] = [];

  /** One sandbox for each tool, whichever personas share it; the file is one that defines the tool as it is loaded. */
  function toolOf(definition: SandboxedTool, file: string): Tool | undefined {
    const known = made.get(definition);
    if (known) return known;
    const fault = refusal(definition.permissions);
    if (fault) {
      faults.push(`${file}: tool ${definition.name} is left out: it ${fault}`);
      return undefined;
    }
    const how = source.sandboxOf(file, definition.permissions);
    const sandbox = new Sandbox({ name: definition.name, ...how, clock, log });
    sandboxes.push(sandbox);
    accepted.push({ tool: definition, file });
    const tool = sandboxed(definition, sandbox);
    made.set(definition, tool);
    return tool;
  }

  const files = {
    own: await listed(config.tools.dir, faults),
    avr: await listed(avrDir, faults),
  };
  const shared: Shared[] = [];
  const imported = await importTools(files.own.typescript, source.import);
  for (const { file, tool: definition } of imported.found) {
    const tool = toolOf(definition, file);
    if (tool) shared.push({ tool, file });
  }
  const commonJs = [...files.own.commonJs, ...files.avr.commonJs];
  const avr = await loadAvrTools(commonJs, {
    config,
    clock,
    log,
    ...(options.before ? { before: options.before.commonJs } : {}),
  });
  for (const { tool, file, sandbox } of avr.found) {
    sandboxes.push(sandbox);
    shared.push({ tool, file });
  }
  faults.push(...imported.faults, ...avr.faults);
  const offered = withoutTwins(withoutAvrs(shared, avrDir, warnings), warnings);

  const byPersona = new Map<string, ReadonlyMap<string, Tool>>();
  for (const persona of personas.values()) {
    const own = (persona.tools ?? []).flatMap((each) => {
      const tool = each.kind === "sandboxed" ? toolOf(each, persona.file) : undefined;
      return tool ? [tool] : [];
    });
    const builtIn = builtInTools(persona, config);
    // A persona's transfer({...}) is a closed list: no file may open it again. Likewise its hangup().
    const closed = [...BUILT_IN].filter((name) => builtIn.every((tool) => tool.name !== name));
    const open = offered.map(({ tool }) => tool).filter(({ name }) => !closed.includes(name));
    byPersona.set(persona.name, byName([...own, ...controlTools(persona), ...open, ...builtIn]));
  }
  for (const { tool: { name }, file } of offered) {
    if (!BUILT_IN.has(name)) continue;
    warnings.push(
      `${file}: takes the place of the built-in ${name}, which waits until the goodbye was heard`,
    );
  }
  const tools = accepted.map(({ tool }) => tool);
  provideEnvironment(tools.flatMap(({ permissions }) => permissions.env));

  const permissions = toolNeeds(tools, avr.found.length > 0, config);
  return {
    toolsFor: ({ name }) => byPersona.get(name) ?? new Map(),
    permissions,
    sandboxed: accepted,
    commonJs: avr.found,
    warnings: [...faults, ...warnings],
    faults,
    close: () => sandboxes.forEach((sandbox) => sandbox.close()),
  };
}

const DISK: KeptFiles = {
  import: (file) => importFile(file),
  sandboxOf: (file, permissions) => ({ start: () => startSandbox(file, permissions) }),
};

const BUILT_IN = new Set(builtInTools({}, {}).map(({ name }) => name));

async function listed(dir: string, faults: string[]): Promise<ToolFiles> {
  try {
    return await toolFiles(dir);
  } catch (error) {
    faults.push(`The tools in ${dir} can't be read: ${firstLine(error)}`);
    return { typescript: [], commonJs: [] };
  }
}

/** AVR's own copies of the built-in tools would cut the goodbye, and transfer to what TRANSFER_ALLOW forbids. */
function withoutAvrs(tools: readonly Shared[], avrDir: string, warnings: string[]): Shared[] {
  return tools.filter(({ file, tool: { name } }) => {
    if (!BUILT_IN.has(name) || dirname(resolve(file)) !== resolve(avrDir)) return true;
    warnings.push(`${file}: the built-in ${name} takes its place`);
    return false;
  });
}

function withoutTwins(tools: readonly Shared[], warnings: string[]): Shared[] {
  const seen = new Map<string, Shared>();
  for (const each of tools) {
    const first = seen.get(each.tool.name);
    if (first) warnings.push(`${each.file}: is left out: ${first.file} has a tool ${each.tool.name} as well`);
    else seen.set(each.tool.name, each);
  }
  return [...seen.values()];
}

function byName(tools: readonly Tool[]): ReadonlyMap<string, Tool> {
  const map = new Map<string, Tool>();
  for (const tool of tools) if (!map.has(tool.name)) map.set(tool.name, tool);
  return map;
}
