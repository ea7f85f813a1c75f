import { ROOT } from "./bridges.ts";
import { runTable, table } from "./report.ts";
import { run, type RunOptions } from "./run.ts";

/** The part of V8's .cpuprofile that is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Of the machine's time since it was started, us. */
  readonly startTime: number;
  readonly samples?: readonly number[];
  /** Between samples, us. */
  readonly timeDeltas?: readonly number[];
}

const SHOWN = 40;

/** Runs a bridge under V8's profiler; a text that tells where the time went. */
export async function profileOf(options: RunOptions): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "parley-profile-" });
  const edgesUs: number[] = [];
  const result = await run({ ...options, profile: dir, onEdge: () => edgesUs.push(uptimeUs()) });
  const files = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => `${dir}/${name}`);
  const profiles: CpuProfile[] = await Promise.all(
    files.map(async (file) => JSON.parse(await Deno.readTextFile(file))),
  );
  return [
    runTable([result]),
    "",
    `Own time of functions, of the time that was not idle; ${
      files.join(", ")
    } opens in a browser's developer tools.`,
    "",
    table(
      ["share", "ms", "function"],
      ownTimes(profiles, edgesUs[0], edgesUs[1]).slice(0, SHOWN).map(({ name, ms, share }) => [
        `${(share * 100).toFixed(1)} %`,
        ms.toFixed(0),
        name,
      ]),
    ),
  ].join("\n");
}

/** Since the machine was started. */
function uptimeUs(): number {
  return Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]) * 1e6;
}

/** How long each function was at work itself within a time, the longest first. Idle time is left out. */
export function ownTimes(
  profiles: readonly CpuProfile[],
  fromUs = 0,
  toUs = Infinity,
): { name: string; ms: number; share: number }[] {
  const times = new Map<string, number>();
  for (const { nodes, startTime, samples = [], timeDeltas = [] } of profiles) {
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    let timeUs = startTime;
    for (const [at, id] of samples.entries()) {
      timeUs += timeDeltas[at] ?? 0;
      if (timeUs < fromUs || timeUs >= toUs) continue;
      const name = names.get(id) ?? "?";
      if (name !== "(idle)") times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0) / 1000);
    }
  }
  const allMs = [...times.values()].reduce((sum, ms) => sum + ms, 0);
  return [...times].map(([name, ms]) => ({ name, ms, share: ms / allMs })).sort((a, b) => b.ms - a.ms);
}

function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName || "(anonymous)";
  if (url === "") return name;
  const file = url.replace(`file://${ROOT}`, "").replace(/^.*node_modules\//, "");
  return `${name}  ${file}:${lineNumber + 1}`;
}
