import { fileURLToPath } from "node:url";
import { TextLineStream } from "./text-lines.ts";
import { LogTally } from "./log-tally.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 20_000;

/** A process of the soak, ended with it whatever happens. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** Undefined while it runs. */
  readonly status: () => Deno.CommandStatus | undefined;
}

export interface RunningService extends RunningProcess {
  readonly port: number;
  readonly log: LogTally;
  /** Has it drain and end; undefined: it did not end in time. */
  stop(): Promise<Deno.CommandStatus | undefined>;
}

/** Starts the model that plan.ts plans for. */
export async function startModel(args: readonly string[]): Promise<RunningProcess & { url: string }> {
  const url = Promise.withResolvers<string>();
  const model = run(
    ["run", "--no-prompt", "--quiet", "--allow-net=127.0.0.1", "bench/soak/model.ts", ...args],
    {},
    (line) => line.startsWith("ws://") ? url.resolve(line) : console.error(`model: ${line}`),
  );
  return { ...model, url: await started(url.promise, model, () => "") };
}

/** Starts the service as `deno task start` does, with the flags that permissions.ts prints. */
export async function startService(env: Readonly<Record<string, string>>): Promise<RunningService> {
  const port = freePort();
  const whole = { ...env, HOST: "127.0.0.1", PORT: String(port) };
  const log = new LogTally();
  const ready = Promise.withResolvers<true>();
  const service = run(await startArguments(whole), whole, (line) => {
    log.line(line);
    if (line.includes("Parley answers calls at")) ready.resolve(true);
  });
  await started(ready.promise, service, () => log.otherLines.join("\n"));
  return {
    ...service,
    port,
    log,
    async stop() {
      service.kill("SIGTERM");
      return await withLimit(service.ended, STOP_LIMIT_MS);
    },
  };
}

/** The arguments of deno in the task `start`, its `$(...)` filled in. */
async function startArguments(env: Readonly<Record<string, string>>): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  const command: string = tasks.start.command;
  const [, before, printFlags, after] = /^deno run (.*)\$\(deno (.*)\)(.*)$/.exec(command) ?? [];
  if (before === undefined || !printFlags || !after) {
    throw new Error(`Could not read the task start: ${command}`);
  }
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: words(printFlags),
    cwd: root,
    env: { ...inherited(), ...env },
    clearEnv: true,
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Could not print the permissions: ${decoder.decode(stderr)}`);
  return [
    "run",
    "--preload=bench/soak/inside.ts",
    ...words(before),
    ...words(decoder.decode(stdout)),
    ...words(after),
  ];
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");

function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR"].filter((name) => Deno.env.has(name));
  return { NO_COLOR: "1", ...Object.fromEntries(names.map((name) => [name, Deno.env.get(name)!])) };
}

function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
): RunningProcess & { ended: Promise<Deno.CommandStatus>; kill(signal: Deno.Signal): void } {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env: { ...inherited(), ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) onLine(line);
  };
  const printed = Promise.all([read(child.stdout), read(child.stderr)]);
  let status: Deno.CommandStatus | undefined;
  const kill = (signal: Deno.Signal) => {
    if (!status) child.kill(signal);
  };
  // Also when the soak itself ends early, by Deno.exit or by a fault of its own.
  const last = () => kill("SIGKILL");
  globalThis.addEventListener("unload", last);
  const ended = child.status.then(async (its) => {
    status = its;
    globalThis.removeEventListener("unload", last);
    await printed;
    return its;
  });
  return {
    pid: child.pid,
    status: () => status,
    ended,
    kill,
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await ended;
      await child.stdin.close().catch(() => {});
    },
  };
}

async function started<T>(
  ready: Promise<T>,
  { ended, ...process }: RunningProcess & { ended: Promise<unknown> },
  output: () => string,
): Promise<T> {
  const value = await withLimit(Promise.race([ready, ended.then(() => undefined)]), START_LIMIT_MS);
  if (value !== undefined) return value;
  await process[Symbol.asyncDispose]();
  throw new Error(`Could not start a process of the soak: ${output()}`);
}

async function withLimit<T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), limitMs));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A port that nothing listens on just now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
