import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The service as a process of its own, started the way `deno task start` does: with the flags that permissions.ts prints. */
export interface RunningService extends AsyncDisposable {
  readonly port: number;
  /** All that it has printed so far. */
  output(): string;
  kill(signal: Deno.Signal): void;
  readonly status: Promise<Deno.CommandStatus>;
}

const LIMIT_MS = 15_000;

/**
 * Starts it and waits for its first line; throws with its output when it ends before that.
 * @param task of deno.json
 */
export async function startProcess(env: Record<string, string>, task = "start"): Promise<RunningService> {
  const service = spawn(env, task);
  const untilMs = performance.now() + LIMIT_MS;
  while (!service.output().includes("Parley answers calls at")) {
    const ended = await Promise.race([
      service.status,
      new Promise<void>((wake) => setTimeout(wake, 20)),
    ]);
    if (ended || performance.now() > untilMs) throw new Error(`Service did not start: ${service.output()}`);
  }
  return service;
}

/** Starts it and waits until it ends by itself. */
export async function runToEnd(env: Record<string, string>): Promise<{ code: number; output: string }> {
  await using service = spawn(env);
  const { code } = await service.status;
  return { code, output: service.output() };
}

function spawn(env: Record<string, string>, task = "start"): RunningService {
  const port = freePort();
  const own = Object.fromEntries(
    ["PATH", "HOME", "DENO_DIR"].flatMap((name) => Deno.env.has(name) ? [[name, Deno.env.get(name)!]] : []),
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", task],
    cwd: root,
    env: { ...own, NO_COLOR: "1", HOST: "127.0.0.1", PORT: String(port), ...env },
    clearEnv: true,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) text += part;
  };
  const printed = Promise.all([read(child.stdout), read(child.stderr)]);
  const status = printed.then(() => child.status);
  let over = false;
  status.then(() => over = true);
  return {
    port,
    output: () => text,
    kill: (signal) => child.kill(signal),
    status,
    async [Symbol.asyncDispose]() {
      if (!over) child.kill("SIGTERM");
      await status;
    },
  };
}

/** A port that nothing listens on just now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
