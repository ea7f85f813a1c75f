/** What Linux tells about a process, all its threads included. */

/** Of a clock tick in /proc; fixed for all programs, whatever the kernel counts in. */
const TICK_MS = 10;

/** CPU time of a process so far, ms. */
export async function cpuMs(pid: number): Promise<number> {
  return await threadsCpuMs(pid) ?? await ticksMs(pid);
}

/** Exact to the microsecond; a thread that has ended is left out, but runtimes keep theirs. */
async function threadsCpuMs(pid: number): Promise<number | undefined> {
  let sumMs = 0;
  try {
    for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
      const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/schedstat`).catch(() => "0");
      sumMs += Number(text.split(" ")[0]) / 1e6;
    }
  } catch {
    return undefined;
  }
  return sumMs > 0 ? sumMs : undefined;
}

async function ticksMs(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Memory of a process that is in RAM, KB. */
export async function residentKb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN);
}

/** CPU time of the whole machine that was not idle, ms. */
async function machineMs(): Promise<number> {
  const [line] = (await Deno.readTextFile("/proc/stat")).split("\n");
  const [user, nice, system, , , irq, softirq, steal] = line!.split(/\s+/).slice(1).map(Number);
  return (user! + nice! + system! + irq! + softirq! + steal!) * TICK_MS;
}

/** Which share of a core some processes use from now on, and all others of the machine. */
export class BusyTime {
  readonly #pids: readonly number[];
  readonly #beforeMs: readonly number[];
  readonly #startMs = performance.now();

  private constructor(pids: readonly number[], beforeMs: readonly number[]) {
    this.#pids = pids;
    this.#beforeMs = beforeMs;
  }

  static async begin(pids: readonly number[]): Promise<BusyTime> {
    return new BusyTime(pids, await BusyTime.#look(pids));
  }

  /** The shares of the processes in their order, and that of all others at the end. */
  async end(): Promise<number[]> {
    const elapsedMs = performance.now() - this.#startMs;
    const after = await BusyTime.#look(this.#pids);
    const shares = after.map((ms, at) => (ms - this.#beforeMs[at]!) / elapsedMs);
    const all = shares.pop()!;
    return [...shares, Math.max(0, all - shares.reduce((sum, share) => sum + share, 0))];
  }

  static async #look(pids: readonly number[]): Promise<number[]> {
    return [...await Promise.all(pids.map(cpuMs)), await machineMs()];
  }
}
