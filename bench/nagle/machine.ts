/** Busy and stolen time of all cores since boot, ms. */
export async function machineBusyMs(): Promise<number> {
  const [user, nice, system, , , irq, softirq, steal] = (await Deno.readTextFile("/proc/stat"))
    .split("\n")[0]!.trim().split(/\s+/).slice(1).map(Number) as number[];
  return 10 * (user! + nice! + system! + irq! + softirq! + steal!);
}

/** Waits, a minute at most, for half a second in which the machine has little to do. */
export async function awaitQuiet(): Promise<void> {
  for (let half = 0; half < 120; half++) {
    const before = await machineBusyMs();
    await new Promise((later) => setTimeout(later, 500));
    if (await machineBusyMs() - before < 50) return;
  }
}

/** What these processes used; read each 100 ms, since a process takes its figures with it. */
export function trackOurs(pids: readonly number[]): () => number {
  const used = () =>
    pids.map((pid) => {
      try {
        const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
        return 10 * (Number(fields[11]) + Number(fields[12]));
      } catch {
        return 0;
      }
    });
  const first = used();
  let last = first;
  const timer = setInterval(() => last = used().map((ms, index) => Math.max(ms, last[index]!)), 100);
  return () => {
    clearInterval(timer);
    return last.reduce((sum, ms, index) => sum + ms - first[index]!, 0);
  };
}
