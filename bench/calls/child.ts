/** A process of the bench's own. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Asks a process of bench/load and waits for its answer; without a question, for what it tells by itself. */
  ask<Answer>(command?: string, limitMs?: number): Promise<Answer>;
  /** The end of what it has printed. */
  output(): string;
  /** Whether it runs no more. */
  readonly isOver: boolean;
  /** Asks it to end and waits until it has. */
  end(): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The cores that it may run on, as taskset takes them; undefined for any. */
  readonly cores: string | undefined;
}

const ANSWER_LIMIT_MS = 60_000;
const END_LIMIT_MS = 12_000;
const OUTPUT_CHARS = 4000;
/** What every process inherits; nothing else of this one's environment changes what is measured. */
const INHERITED = ["PATH", "HOME", "DENO_DIR"];

/** The environment of a process of the bench. */
export function environment(env: Readonly<Record<string, string>>): Record<string, string> {
  const inherited = INHERITED.flatMap((key) => Deno.env.has(key) ? [[key, Deno.env.get(key)!]] : []);
  return { ...Object.fromEntries(inherited), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env };
}

const running = new Set<Child>();

/** Ends all processes that still run: the bench is being ended itself. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((child) => child.end()));
}

/** Starts a process, on the given cores. */
export function startChild({ name, command, args, env = {}, cwd, cores }: ChildOptions): Child {
  const pinned = cores === undefined ? [command, ...args] : ["taskset", "-c", cores, command, ...args];
  const child = new Deno.Command(pinned[0]!, {
    args: pinned.slice(1),
    env: environment(env),
    clearEnv: true,
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  const told: string[] = [];
  let output = "", isOver = false;
  let wake = () => {};
  const keep = (text: string) => output = (output + text).slice(-OUTPUT_CHARS);
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, onText: (text: string) => void) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) onText(text);
  };
  let line = "";
  const printed = Promise.all([
    read(child.stdout, (text) => {
      keep(text);
      const lines = (line + text).split("\n");
      line = lines.pop()!;
      told.push(...lines.filter((each) => each.startsWith("{")));
      wake();
    }),
    read(child.stderr, keep),
  ]);
  const over = printed.then(() => child.status).then(() => {
    isOver = true;
    running.delete(started);
    wake();
  });
  const input = child.stdin.getWriter();

  async function ask<Answer>(command?: string, limitMs = ANSWER_LIMIT_MS): Promise<Answer> {
    if (command !== undefined) await input.write(new TextEncoder().encode(`${command}\n`));
    const untilMs = performance.now() + limitMs;
    while (told.length === 0) {
      if (isOver) throw new Error(`The process ${name} has ended: ${output}`);
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) throw new Error(`The process ${name} gave no answer to ${command}: ${output}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return JSON.parse(told.shift()!);
  }

  async function end(): Promise<void> {
    await input.close().catch(() => {});
    const signal = (which: Deno.Signal) => {
      try {
        if (!isOver) child.kill(which);
      } catch {
        // Over just now.
      }
    };
    signal("SIGTERM");
    const timer = setTimeout(() => signal("SIGKILL"), END_LIMIT_MS);
    await over;
    clearTimeout(timer);
  }

  const started: Child = {
    pid: child.pid,
    ask,
    end,
    output: () => output,
    get isOver() {
      return isOver;
    },
    [Symbol.asyncDispose]: end,
  };
  running.add(started);
  return started;
}
