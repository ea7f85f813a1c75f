import plain from "../baseline/plain/package.json" with { type: "json" };

/** Where a bench has run, and with what. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  /** The core of the bridge that is measured, and those of the callers and the model; undefined: not pinned. */
  readonly bridgeCores: string | undefined;
  readonly loadCores: string | undefined;
  /** Of other work, when the bench began: processes that want to run, on average over a minute. */
  readonly loadAverage: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Looks at this machine. */
export async function readMachine(): Promise<Machine> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const cores = navigator.hardwareConcurrency;
  const pinned = cores > 1 && await output("taskset", "--version") !== undefined;
  const node = await output("node", "--version");
  const commit = await output("git", "rev-parse", "--short", "HEAD");
  return {
    cpu: /^model name\s*:\s*(.+)$/m.exec(info)?.[1] ?? Deno.build.arch,
    cores,
    memoryGb: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    system: `${Deno.build.os} ${Deno.osRelease().split("-")[0]}`,
    bridgeCores: pinned ? "0" : undefined,
    loadCores: pinned ? `1-${cores - 1}` : undefined,
    loadAverage: Deno.loadavg()[0]!,
    versions: {
      ...(commit === undefined ? {} : { parley: commit }),
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      ...(node === undefined ? {} : { node: node.replace(/^v/, ""), ...plain.dependencies }),
    },
  };
}

/** What a program prints first; undefined if there is none such. */
async function output(command: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout, success } = await new Deno.Command(command, { args }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}
