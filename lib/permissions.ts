import { resolve } from "node:path";
import { type Config, readConfig, readEnvironment } from "./config.ts";
import { type Environment, isSet } from "./config/environment.ts";
import { ENVIRONMENT_NAMES, TABLE } from "./config/variables.ts";
import { AVR_DIR } from "./tools/find.ts";
import { SANDBOX_SOURCE } from "./tools/needs.ts";

/** What is needed beyond the configuration: by personas, by their tools. */
export interface ExtraPermissions {
  /** Each `host:port`. */
  readonly net?: readonly string[];
  readonly env?: readonly string[];
  readonly read?: readonly string[];
}

/** The simulator speaks in a worker, and a worker's modules are read from disk under the permission to read. */
const SIMULATOR_READ = "./lib/simulator/speech";

/** A worker loads the whole service, under the permission to read: its source, which holds no secrets. */
const WORKERS_READ = "./lib";

/** What the console plays where there is no microphone. */
const SAMPLES_READ = "./samples";

/**
 * The Deno flags that the service needs with this configuration and nothing more. No run, ffi or sys, and no write but to
 * the file of the records, where there is one.
 * Personas import `lib/persona/define.ts`, which is part of the program and needs no right to be read.
 */
export function flags(config: Config, extra: ExtraPermissions = {}): string[] {
  const net = [hostAndPort(config.host, config.port)];
  const read: string[] = [];
  if (config.simulator) read.push(SIMULATOR_READ);
  else net.push(hostOf(config.model.url));
  if (config.console !== "off") read.push(SAMPLES_READ);
  if (config.workers > 1) read.push(WORKERS_READ);
  const { file, url } = config.records;
  if (url !== undefined) net.push(hostOf(url));
  const granted = withSources(config, {
    net: [...net, hostOf(config.amiUrl), ...extra.net ?? []],
    env: extra.env ?? [],
    read: [...read, ...extra.read ?? []],
  });
  return [...granted, ...writeFlags(file === undefined ? [] : [file])];
}

/** What `deno task dev` needs: the first tool may come when the service runs already. */
export function whileWriting(needs: ExtraPermissions): ExtraPermissions {
  return { ...needs, read: [...needs.read ?? [], ...SANDBOX_SOURCE] };
}

/** The flags of `deno task personas`, which neither listens nor dials the model. */
export function personaFlags(config: Config, { env = [], read = [] }: ExtraPermissions = {}): string[] {
  return withSources(config, { net: [], env, read });
}

/** The few flags with which a faulty configuration and the personas can be read, to tell what is wrong with them. */
export function minimalFlags(env: Environment): string[] {
  let dir: string = TABLE.PERSONAS_DIR.default;
  try {
    if (isSet(env.PERSONAS_DIR)) dir = TABLE.PERSONAS_DIR.check(env.PERSONAS_DIR.trim());
  } catch {
    // One of the faults; such a folder can't be named in a flag.
  }
  return toFlags({ net: [], env: [], read: [".env", dir] });
}

/** What a rehearsal is asked for beyond its scenes. */
export interface RehearsalNeeds {
  /** With the real model. */
  readonly live: boolean;
  /** Files and folders to be written. */
  readonly write: readonly string[];
}

/** The flags of `deno task rehearse`: what the tools need, the simulator's voice, and what the command line names. */
export async function rehearsalFlags(
  config: Config,
  environment: Environment,
  { live, write }: RehearsalNeeds,
): Promise<string[]> {
  const { net = [], env = [], read = [] } = await scan(config, environment);
  const model = live ? [hostOf(config.model.url)] : [];
  const granted = withSources(config, { net: [...model, ...net], env, read: [SIMULATOR_READ, ...read] });
  return [...granted, ...writeFlags(write)];
}

/** The flag that lets these be written; none where there are none. */
export function writeFlags(write: readonly string[]): string[] {
  return write.length > 0 ? [`--allow-write=${write.join(",")}`] : [];
}

function withSources(config: Config, { net, env, read }: Required<ExtraPermissions>): string[] {
  const { url, file } = config.instructions;
  return toFlags({
    net: url === undefined ? net : [...net, hostOf(url)],
    env,
    read: [
      ".env",
      config.personasDir,
      config.tools.dir,
      AVR_DIR,
      ...(file === undefined ? [] : [file]),
      ...read,
    ],
  });
}

function toFlags({ net, env, read }: Required<ExtraPermissions>): string[] {
  const list = (values: readonly string[]) => [...new Set(values)].join(",");
  return [
    ...(net.length > 0 ? [`--allow-net=${list(net)}`] : []),
    `--allow-env=${list([...ENVIRONMENT_NAMES, ...env])}`,
    `--allow-read=${list(read)}`,
  ];
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "ws:": 80,
  "https:": 443,
  "wss:": 443,
};

/** Host and port of a URL, the protocol's own port included. */
export function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || DEFAULT_PORTS[protocol]}`;
}

function hostAndPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** How long the files of all personas and tools may take to load. */
const SCAN_LIMIT_MS = 10_000;

/**
 * What the personas and tools of this configuration need, by loading them in a Worker that may read their folders and
 * nothing else. Nothing, if they can't be loaded: then the service will tell why.
 */
async function scan(config: Config, env: Environment): Promise<ExtraPermissions> {
  const outcome = Promise.withResolvers<ExtraPermissions>();
  const timer = setTimeout(() => outcome.resolve({}), SCAN_LIMIT_MS);
  const worker = new Worker(new URL("./permissions/scan.ts", import.meta.url), {
    type: "module",
    deno: {
      permissions: {
        net: false,
        env: [...ENVIRONMENT_NAMES],
        read: [config.personasDir, config.tools.dir, AVR_DIR].map((dir) => resolve(dir)),
        write: false,
        run: false,
        ffi: false,
        sys: false,
        import: false,
      },
    },
  });
  worker.onmessage = ({ data }: MessageEvent<ExtraPermissions>) => outcome.resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    outcome.resolve({});
  };
  // No key is needed to see which tools there are.
  const keys = { OPENAI_API_KEY: undefined, AZURE_OPENAI_API_KEY: undefined };
  worker.postMessage({ ...env, ...keys, SIMULATOR: "always" });
  try {
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}

/** The flags on one line, for the command line of `deno run`; of what is faulty the program itself will tell. */
async function flagsLine(program: string | undefined): Promise<string> {
  let env: Environment = {};
  try {
    env = readEnvironment();
    const config = readConfig(env);
    const needs = await scan(config, env);
    if (program === "personas") return personaFlags(config, needs).join(" ");
    if (program === "dev") return flags({ ...config, workers: 1 }, whileWriting(needs)).join(" ");
    return flags(config, needs).join(" ");
  } catch {
    return minimalFlags(env).join(" ");
  }
}

if (import.meta.main) {
  await Deno.stdout.write(new TextEncoder().encode(`${await flagsLine(Deno.args[0])}\n`));
  Deno.exit(0); // a persona that loops would keep its Worker, and so this process
}
