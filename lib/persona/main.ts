/** `deno task personas`: lists and checks all personas; with a name, shows the session that it gives. */
import type { RealtimeToolsConfig } from "openai/resources/realtime/realtime";
import { type Config, readConfig, readEnvironment } from "../config.ts";
import type { Environment } from "../config/environment.ts";
import { DEFAULT_VOICE } from "../config/models.ts";
import { TABLE } from "../config/variables.ts";
import { ConfigError } from "../errors.ts";
import { createLog } from "../log.ts";
import { modelFor, sessionUpdate, type Source } from "../realtime/session.ts";
import { loadTools, type Toolbox } from "../tools/load.ts";
import type { Tool } from "../tools/tool.ts";
import { type ResolvedInstructions, resolveInstructions } from "./instructions.ts";
import { type LoadedPersona, loadPersonas, type Personas } from "./load.ts";
import { speechWarnings } from "./speech.ts";
import { declaredNames, readVariables } from "./variables.ts";

/** The call that an instructions function is shown. */
const SAMPLE_UUID = "00000000-0000-4000-8000-000000000000";

export interface Output {
  out(line: string): void;
  error(line: string): void;
}

/** Runs the command; returns its exit code, 1 after telling every fault. */
export async function personasCommand(
  name: string | undefined,
  env: Environment,
  output: Output,
): Promise<number> {
  const faults: string[] = [];
  // No call is made, so that no key is needed.
  const config = await kept(faults, () => readConfig({ ...env, SIMULATOR: "always" }));
  const dir = config?.personasDir ?? env.PERSONAS_DIR ?? TABLE.PERSONAS_DIR.default;
  const personas = await kept(faults, () => loadPersonas(dir, config));
  if (!config || !personas) {
    faults.forEach(output.error);
    return 1;
  }
  const chosen = name === undefined ? undefined : personas.get(name);
  if (name !== undefined && !chosen) {
    output.error(
      `There is no such persona, only ${[...personas.keys()].join(", ")}: ${JSON.stringify(name)}`,
    );
    return 1;
  }
  const toolbox = await loadTools({ personas, config, log: createLog({ write: output.error }) });
  let instructions: ResolvedInstructions | undefined;
  try {
    if (chosen) instructions = await show(chosen, config, toolbox.toolsFor(chosen), output);
    else list(personas, config, toolbox, output);
  } finally {
    toolbox.close();
  }
  for (const warning of [...config.warnings, ...toolbox.warnings]) output.error(warning);
  for (const persona of chosen ? [chosen] : personas.values()) {
    persona.warnings.forEach(output.error);
    const tools = toolbox.toolsFor(persona).values();
    const speech = { tools, model: modelFor(persona, config), ...resolvedText(persona, instructions) };
    for (const warning of speechWarnings(persona, speech)) output.error(`${persona.file}: ${warning}`);
  }
  return 0;
}

/** The text of the sample call, where it is another than what the persona's file says. */
function resolvedText(
  { instructions: own }: LoadedPersona,
  resolved: ResolvedInstructions | undefined,
): { resolved?: { name: string; text: string } } {
  if (!resolved || (resolved.source === "persona" && typeof own !== "function")) return {};
  const { source, text } = resolved;
  return { resolved: { name: source === "persona" ? "instructions" : `instructions (${source})`, text } };
}

/** What `read` gives; undefined when its faults were added to those already known. */
async function kept<T>(faults: string[], read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}

function list(personas: Personas, config: Config, toolbox: Toolbox, { out }: Output): void {
  for (const persona of personas.values()) {
    const mark = persona.name === config.persona ? " (the default)" : "";
    out(`${persona.name}${mark}`);
    if (persona.description) out(`  ${persona.description}`);
    out(`  voice     ${config.overrides.voice ?? persona.voice ?? DEFAULT_VOICE}`);
    out(`  model     ${modelFor(persona, config)}`);
    out(`  greeting  ${greetingOf(persona)}`);
    const servers = persona.mcp?.map(({ label }) => `${label} (MCP)`) ?? [];
    out(`  tools     ${[...toolbox.toolsFor(persona).keys(), ...servers].join(", ") || "none"}`);
    for (const [field, text] of ownFields(persona)) out(`  ${field.padEnd(9)} ${text}`);
  }
}

function greetingOf({ greeting }: LoadedPersona): string {
  if (greeting === false) return "none, the caller speaks first";
  if (greeting === undefined) return "in the model's own words";
  if (typeof greeting === "string") return JSON.stringify(greeting);
  return JSON.stringify(greeting.say) + (greeting.protect ? ", can't be interrupted" : "");
}

/** What Parley itself does with calls: none of it is in the session.update. */
function ownFields(persona: LoadedPersona): [field: string, text: string][] {
  const { interrupt, idle, limits, dtmf, holdSound, handoffs, handoffVoice, timeZone, variables } = persona;
  const { outage, fallback, summarize } = persona;
  const names = [...declaredNames(variables) ?? []].join(", ");
  return Object.entries({
    interrupt,
    idle,
    limits,
    outage,
    fallback,
    dtmf,
    holdSound,
    summarize,
    handoffs: handoffs && Object.keys(handoffs).join(", "),
    handoffVoice,
    timeZone,
    variables: variables && (names || "a schema"),
  }).flatMap(([field, value]): [string, string][] => {
    if (value === undefined) return [];
    return [[field, typeof value === "string" ? value : JSON.stringify(value)]];
  });
}

async function show(
  persona: LoadedPersona,
  config: Config,
  tools: ReadonlyMap<string, Tool>,
  output: Output,
): Promise<ResolvedInstructions> {
  const log = createLog({ write: output.error });
  const { variables } = readVariables(persona, new URLSearchParams());
  const instructions = await resolveInstructions(persona, config, { uuid: SAMPLE_UUID, variables, log });
  const { event, sources } = sessionUpdate(persona, config, instructions, tools.values());
  output.out(JSON.stringify(event, hideToken, 2));
  output.out("");
  const { overrides } = config;
  const model: Source = overrides.model ? "env" : persona.model ? "persona" : "default";
  const rows = [
    ["model (in the URL)", modelFor(persona, config), model],
    ...rowsOf(event.session, sources),
    ...ownFields(persona).map(([field, text]) => [field, shortened(text), "persona"]),
  ];
  const width = Math.max(...rows.map(([path]) => path!.length));
  for (const [path, value, source] of rows) {
    output.out(`${path!.padEnd(width)}  ${source!.padEnd(7)}  ${value}`);
  }
  return instructions;
}

function rowsOf(session: object, sources: Readonly<Record<string, Source>>): [string, string, Source][] {
  return Object.entries(sources).map(([path, source]) => {
    let value: unknown = session;
    for (const key of path.split(".")) value = (value as Record<string, unknown> | null | undefined)?.[key];
    // Of each tool the name: its schema is above.
    const text = path === "tools" ? namesOf(value) : shortened(JSON.stringify(value ?? null));
    return [path, text, source];
  });
}

function namesOf(tools: unknown): string {
  const names = (tools as RealtimeToolsConfig).map((tool) =>
    tool.type === "mcp" ? `${tool.server_label} (MCP)` : tool.name
  );
  return names.join(", ") || "none";
}

/** The token of an MCP server is for that server alone. */
function hideToken(key: string, value: unknown): unknown {
  return key === "authorization" ? "..." : value;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  const output: Output = {
    out: (line) => void Deno.stdout.writeSync(encoder.encode(line + "\n")),
    error: (line) => void Deno.stderr.writeSync(encoder.encode(line + "\n")),
  };
  const faults: string[] = [];
  const env = await kept(faults, () => readEnvironment());
  faults.forEach(output.error);
  Deno.exit(env ? await personasCommand(Deno.args[0], env, output) : 1);
}
