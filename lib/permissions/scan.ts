/** Finds out what personas and tools need, in a Worker: their files run here with the rights to read them and no others. */
import { readConfig } from "../config.ts";
import type { Environment } from "../config/environment.ts";
import { loadPersonas, type Personas } from "../persona/load.ts";
import { AVR_DIR, importTools, toolFiles } from "../tools/find.ts";
import { toolNeeds } from "../tools/needs.ts";
import type { ExtraPermissions } from "../permissions.ts";

const scope = globalThis as unknown as {
  readonly console: Record<string, () => void>;
  onmessage: (event: MessageEvent<Environment>) => void;
  postMessage(needs: ExtraPermissions): void;
};

// The flags are what this process prints: nothing that a persona says may come between them.
for (const method of ["log", "info", "debug"]) scope.console[method] = () => {};

// Of what goes wrong in them the service itself will tell.
for (const type of ["error", "unhandledrejection"]) {
  globalThis.addEventListener(type, (event) => {
    event.preventDefault();
    scope.postMessage({});
  });
}

scope.onmessage = async ({ data: env }) => scope.postMessage(await needsOf(env));

/** A broken persona or tool needs nothing: the service itself tells what is wrong with it. */
async function needsOf(env: Environment): Promise<ExtraPermissions> {
  const config = readConfig(env);
  const personas: Personas = await loadPersonas(config.personasDir).catch(() => new Map());
  const own = await toolFiles(config.tools.dir);
  const avr = await toolFiles(AVR_DIR);
  const { found } = await importTools(own.typescript);
  const all = [...personas.values()];
  const tools = all.flatMap(({ tools = [] }) => tools.filter((tool) => tool.kind === "sandboxed"));
  const needs = toolNeeds(
    [...tools, ...found.map(({ tool }) => tool)],
    own.commonJs.length + avr.commonJs.length > 0,
    config,
  );
  const tokens = all.flatMap(({ mcp = [] }) =>
    mcp.flatMap(({ authorizationEnv }) => authorizationEnv === undefined ? [] : [authorizationEnv])
  );
  return { ...needs, env: [...needs.env, ...tokens] };
}
