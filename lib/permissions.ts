import { type Config, readConfig, readEnvironment } from "./config.ts";
import { type Environment, isSet } from "./config/environment.ts";
import { ENVIRONMENT_NAMES, TABLE } from "./config/variables.ts";

/** What is needed beyond the configuration: by personas, by their tools. */
export interface ExtraPermissions {
  /** Each `host:port`. */
  readonly net?: readonly string[];
  readonly read?: readonly string[];
}

/** The simulator speaks in a worker, and a worker's modules are read from disk under the permission to read. */
const SIMULATOR_READ = "./lib/simulator/speech";

/**
 * The Deno flags that the service needs with this configuration and nothing more. No write, run, ffi or sys.
 * Personas import `lib/persona/define.ts`, which is part of the program and needs no right to be read.
 */
export function flags(config: Config, extra: ExtraPermissions = {}): string[] {
  const net = [hostAndPort(config.host, config.port)];
  const read: string[] = [];
  if (config.simulator) read.push(SIMULATOR_READ);
  else net.push(hostOf(config.model.url));
  return withSources(config, [...net, ...extra.net ?? []], [...read, ...extra.read ?? []]);
}

/** The flags of `deno task personas`, which neither listens nor dials the model. */
export function personaFlags(config: Config): string[] {
  return withSources(config, [], []);
}

/** The few flags with which a faulty configuration and the personas can be read, to tell what is wrong with them. */
export function minimalFlags(env: Environment): string[] {
  let dir: string = TABLE.PERSONAS_DIR.default;
  try {
    if (isSet(env.PERSONAS_DIR)) dir = TABLE.PERSONAS_DIR.check(env.PERSONAS_DIR.trim());
  } catch {
    // One of the faults; such a folder can't be named in a flag.
  }
  return toFlags([], [".env", dir]);
}

function withSources(config: Config, net: readonly string[], read: readonly string[]): string[] {
  const { url, file } = config.instructions;
  return toFlags(
    url === undefined ? net : [...net, hostOf(url)],
    [".env", config.personasDir, ...(file === undefined ? [] : [file]), ...read],
  );
}

function toFlags(hosts: readonly string[], paths: readonly string[]): string[] {
  const list = (values: readonly string[]) => [...new Set(values)].join(",");
  return [
    ...(hosts.length > 0 ? [`--allow-net=${list(hosts)}`] : []),
    `--allow-env=${list(ENVIRONMENT_NAMES)}`,
    `--allow-read=${list(paths)}`,
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

/** The flags on one line, for the command line of `deno run`; of what is faulty the program itself will tell. */
function flagsLine(program: string | undefined): string {
  let env: Environment = {};
  try {
    env = readEnvironment();
    const config = readConfig(env);
    return (program === "personas" ? personaFlags(config) : flags(config)).join(" ");
  } catch {
    return minimalFlags(env).join(" ");
  }
}

if (import.meta.main) await Deno.stdout.write(new TextEncoder().encode(flagsLine(Deno.args[0]) + "\n"));
