import { fileURLToPath } from "node:url";
import type { RelayOptions } from "../baseline/relay.ts";
import type { Format } from "../load/sound.ts";
import { type Child, environment, startChild } from "./child.ts";
import type { Machine } from "./machine.ts";
import type { BridgeName } from "./options.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PLAIN = `${ROOT}bench/baseline/plain`;
const START_LIMIT_MS = 20_000;

/** Where the processes of a run meet. */
export interface Ports {
  readonly bridge: number;
  readonly model: number;
}

export interface Bridge {
  readonly name: BridgeName;
  /** How it speaks with the model. */
  readonly format: Format;
  /** Starts it; resolves when it takes calls. @param profile a folder for what V8's profiler writes */
  start(profile?: string): Promise<Child>;
}

/** The bridges by their names; each on the core that the machine has for it. */
export async function createBridges(
  names: readonly BridgeName[],
  { machine, ports, format, env: extra }: {
    machine: Machine;
    ports: Ports;
    format: Format;
    /** More variables for the service. */
    env: Readonly<Record<string, string>>;
  },
): Promise<Bridge[]> {
  const model = `ws://127.0.0.1:${ports.model}/v1/realtime`;
  const bridges: Bridge[] = [];
  const add = (
    name: BridgeName,
    format: Format,
    how: (
      profile: readonly string[],
    ) => { command: string; args: readonly string[]; env?: Record<string, string> },
    cores = machine.bridgeCores,
  ) =>
    bridges.push({
      name,
      format,
      async start(profile) {
        const flags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
        const child = startChild({ name, cwd: ROOT, cores, ...how(flags) });
        await answering(child, ports.bridge);
        return child;
      },
    });

  for (const name of names) {
    if (name === "service" || name === "service-2") {
      const isTwo = name === "service-2";
      const env = {
        ...serviceEnvironment(ports, model, format),
        ...(isTwo ? { WORKERS: "2" } : {}),
        ...extra,
      };
      const permissions = await servicePermissions(env);
      const how = (profile: readonly string[]) => ({
        command: Deno.execPath(),
        args: [
          "run",
          "--no-prompt",
          "--v8-flags=--single-threaded-gc",
          ...profile,
          ...permissions,
          "main.ts",
        ],
        env,
      });
      add(name, format, how, isTwo && machine.bridgeCores ? `0-${machine.cores - 1}` : machine.bridgeCores);
    } else if (name === "relay" || name === "relay-built-in") {
      const dial = name === "relay" ? "service" : "built-in";
      const options: RelayOptions = { port: ports.bridge, model, format, dial };
      add(name, format, (profile) => ({
        command: Deno.execPath(),
        args: [
          "run",
          "--no-prompt",
          ...profile,
          "--allow-net=127.0.0.1",
          "--allow-env",
          "bench/baseline/relay.ts",
          JSON.stringify(options),
        ],
      }));
    } else {
      await installPlain();
      add(name, "pcm", (profile) => ({
        command: "node",
        args: [...profile, `${PLAIN}/bridge.cjs`],
        env: {
          PORT: String(ports.bridge),
          OPENAI_REALTIME_URL: model,
          RESAMPLER: name === "plain" ? "shared" : "call",
        },
      }));
    }
  }
  return bridges;
}

/** Whether the plain bridge can be run: Node is there and its packages are installed. */
export async function plainIsInstalled(): Promise<boolean> {
  try {
    await Deno.stat(`${PLAIN}/node_modules/ws`);
    return (await new Deno.Command("node", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

/** The packages of the plain bridge are no business of the service's: they have a folder of their own. */
async function installPlain(): Promise<void> {
  if (await plainIsInstalled()) return;
  console.error("Installing the packages of the plain bridge in bench/baseline/plain ...");
  const { success, stderr } = await new Deno.Command("npm", {
    args: ["install", "--prefix", PLAIN, "--no-package-lock", "--no-audit", "--no-fund"],
  }).output();
  if (success) return;
  throw new Error(
    `Could not install the plain bridge (--against relay leaves it out): ${new TextDecoder().decode(stderr)}`,
  );
}

function serviceEnvironment(ports: Ports, model: string, format: Format): Record<string, string> {
  return {
    HOST: "127.0.0.1",
    PORT: String(ports.bridge),
    SIMULATOR: "never",
    OPENAI_API_KEY: "x",
    OPENAI_REALTIME_URL: model,
    OPENAI_AUDIO_FORMAT: format,
    PERSONA: "assistant",
    LOG_LEVEL: "error",
  };
}

/** The flags that `deno task start` would give it. */
async function servicePermissions(env: Record<string, string>): Promise<string[]> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", "--allow-read", "--allow-env", "lib/permissions.ts"],
    cwd: ROOT,
    env: environment(env),
    clearEnv: true,
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`Could not find the service's permissions: ${text.decode(stderr)}`);
  return text.decode(stdout).trim().split(" ");
}

async function answering(child: Child, port: number): Promise<void> {
  const untilMs = performance.now() + START_LIMIT_MS;
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      if (child.isOver || performance.now() > untilMs) {
        await child.end();
        throw new Error(`Could not start the bridge: ${child.output()}`);
      }
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }
}
