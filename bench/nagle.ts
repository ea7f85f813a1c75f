/**
 * What the dial to the model costs: how late a caller's frame reaches it on a wire with a delay (Nagle's algorithm holds a
 * frame back until the one before is acknowledged), and what CPU, memory and tails each way to dial has on loopback.
 *
 *   deno run -A bench/nagle.ts wire
 *     lateness at round trips of 0, 4, 20, 40 and 80 ms; Linux, root
 *   deno run -A bench/nagle.ts load
 *     100, 200 and 400 calls on loopback; Linux
 *   options (-A since Deno lets nothing less read the other processes' times in /proc):
 *     --dials=built-in,socketDial  --calls=100,400  --seconds=8  --rounds=5  --format=pcmu  --tls
 *     --round-trips=20,40  --json=out.json
 *
 * A relay passes frames of callers (a Unix socket: no TCP there) to the model over the dial in question and deltas back; a
 * second process is callers and model, so one clock stamps and reads. For `wire` the two live in two network namespaces,
 * joined by nagle/wire.ts, which delays packets; all of that is taken away at the end. The relay has one core, the rest
 * another, with high priority if root starts it. Rounds alternate between the dials and wait (a minute at most) for a
 * quiet machine; of each dial the round is shown in which other programs used the machine least (last column): theirs only
 * adds to these figures.
 */
import { parseArgs } from "node:util";
import { createCertificate } from "../tests/support/certificate.ts";
import type { EndsOptions, EndsResult, Quantiles } from "./nagle/ends.ts";
import { awaitQuiet, machineBusyMs, trackOurs } from "./nagle/machine.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dials: { type: "string", default: "built-in,WebSocketStream,npm:ws dial,socketDial" },
    calls: { type: "string" },
    "round-trips": { type: "string", default: "0,4,20,40,80" },
    seconds: { type: "string", default: "8" },
    rounds: { type: "string", default: "5" },
    format: { type: "string", default: "pcm" },
    tls: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const part = positionals[0];
if (part !== "wire" && part !== "load") {
  console.error("Usage: bench/nagle.ts wire|load (the head of the file says how)");
  Deno.exit(2);
}
const dials = values.dials.split(",");
const callCounts = (values.calls ?? (part === "wire" ? "10" : "100,200,400")).split(",").map(Number);
const roundTripsMs = part === "wire" ? values["round-trips"].split(",").map(Number) : [undefined];
/** Base64 of a 20 ms frame and of a 200 ms delta. */
const AUDIO_CHARS = { pcm: [1280, 12_800], pcmu: [216, 2136] } as const;
const [upChars, downChars] = AUDIO_CHARS[values.format === "pcmu" ? "pcmu" : "pcm"];

const dir = await Deno.makeTempDir({ prefix: "parley-nagle-" });
const certificate = values.tls ? await createCertificate() : undefined;
if (certificate) await Deno.writeTextFile(`${dir}/ca.pem`, certificate.ca);

interface Round extends EndsResult {
  /** Share of a core that programs other than ours used. */
  readonly othersShare: number;
}

interface Row {
  readonly dial: string;
  readonly roundTripMs: number | undefined;
  readonly calls: number;
  readonly rounds: readonly Round[];
}

const LEFT = { namespace: "parley-nagle-a", device: "pnagle0", address: "10.99.0.1" };
const RIGHT = { namespace: "parley-nagle-b", device: "pnagle1", address: "10.99.0.2" };

function ip(...args: string[]): void {
  const { success, stderr } = new Deno.Command("ip", { args }).outputSync();
  if (!success) throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

const RIGHTS = {
  "relay.ts": ["--allow-net", "--allow-env", "--allow-read", "--allow-write"],
  "ends.ts": ["-A"],
  "wire.ts": ["--allow-ffi", "--allow-run=ip"],
};
const running = new Set<Deno.ChildProcess>();

/** Runs `deno run -A` of a file here, on one core, if asked in a namespace. */
function start(
  file: keyof typeof RIGHTS,
  args: string[],
  core: number,
  namespace?: string,
): Deno.ChildProcess {
  const command = [
    ...(namespace === undefined ? [] : ["ip", "netns", "exec", namespace]),
    ...(Deno.uid() === 0 ? ["nice", "-n", "-20"] : []),
    ...["taskset", "-c", String(core)],
    ...[Deno.execPath(), "run", "--no-prompt", "--quiet", "--unstable-net", ...RIGHTS[file]],
    new URL(`nagle/${file}`, import.meta.url).pathname,
    ...args,
  ];
  const env = certificate ? { DENO_CERT: `${dir}/ca.pem` } : {};
  const process = new Deno.Command(command[0]!, {
    args: command.slice(1),
    env,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  running.add(process);
  return process;
}

async function firstLine(process: Deno.ChildProcess): Promise<string> {
  let text = "";
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  reader.cancel().catch(() => {});
  return text.trim();
}

async function stop(process: Deno.ChildProcess): Promise<void> {
  running.delete(process);
  try {
    process.kill("SIGTERM");
  } catch {
    // It has already ended.
  }
  await process.status;
}

/** Puts up the delayed wire, runs, takes it away. */
async function withWire<T>(roundTripMs: number, run: () => Promise<T>): Promise<T> {
  for (const { namespace } of [LEFT, RIGHT]) ip("netns", "add", namespace);
  const wire = start("wire.ts", [
    ...[LEFT.device, LEFT.namespace, RIGHT.device, RIGHT.namespace],
    String(roundTripMs / 2),
  ], 1);
  try {
    wirePid = wire.pid;
    if (await firstLine(wire) !== "ready") throw new Error("Could not put up the wire");
    for (const { namespace, device, address } of [LEFT, RIGHT]) {
      ip("-n", namespace, "addr", "add", `${address}/30`, "dev", device);
      ip("-n", namespace, "link", "set", device, "up");
    }
    return await run();
  } finally {
    wirePid = undefined;
    await stop(wire);
    for (const { namespace } of [LEFT, RIGHT]) ip("netns", "del", namespace);
  }
}

/** The wire's process, where there is one. */
let wirePid: number | undefined;
let nextPort = 24_000 + Math.floor(Math.random() * 8000);

async function measure(dial: string, calls: number, roundTripMs: number | undefined): Promise<Round> {
  const host = roundTripMs === undefined ? "127.0.0.1" : RIGHT.address;
  const port = nextPort++;
  const path = `${dir}/line-${port}`;
  const url = certificate ? `wss://localhost:${port}/` : `ws://${host}:${port}/`;
  const spaceOf = ({ namespace }: { namespace: string }) => roundTripMs === undefined ? undefined : namespace;
  const relay = start("relay.ts", [dial, url, path], 0, spaceOf(LEFT));
  try {
    if (await firstLine(relay) !== "ready") throw new Error(`Could not start the relay with ${dial}`);
    const options: EndsOptions = {
      ...{ host, port, path, calls, upChars, downChars },
      seconds: Number(values.seconds),
      relayPid: relay.pid,
      ...(certificate ? { tls: certificate } : {}),
    };
    const before = await machineBusyMs();
    const ends = start("ends.ts", [JSON.stringify(options)], 1, spaceOf(RIGHT));
    const startMs = performance.now();
    const ours = trackOurs([relay.pid, ends.pid, ...(wirePid === undefined ? [] : [wirePid])]);
    const deadline = setTimeout(() => ends.kill("SIGKILL"), 30_000 + Number(values.seconds) * 2000);
    const line = await firstLine(ends);
    clearTimeout(deadline);
    const oursMs = ours();
    const othersMs = await machineBusyMs() - before - oursMs;
    await stop(ends);
    if (!line) throw new Error(`No result with ${dial} at ${calls} calls`);
    const result: EndsResult = JSON.parse(line);
    return { ...result, othersShare: Math.max(0, othersMs / (performance.now() - startMs)) };
  } finally {
    await stop(relay);
  }
}

/** The round that tells most about the dial and least about the machine's other programs. */
const quietest = (rounds: readonly Round[]) => rounds.toSorted((a, b) => a.othersShare - b.othersShare)[0]!;

function print({ dial, roundTripMs, calls, rounds }: Row): void {
  const { upMs, downMs, cpuMs, messages, callKb, othersShare } = quietest(rounds);
  const late = ({ p50, p99 }: Quantiles) =>
    [p50, p99].map((ms) => (ms - (roundTripMs ?? 0) / 2).toFixed(2)).join(" / ");
  const cells = [
    dial,
    roundTripMs ?? "loopback",
    calls,
    late(upMs),
    late(downMs),
    (1000 * cpuMs / messages).toFixed(1),
    (cpuMs / calls / Number(values.seconds)).toFixed(2),
    callKb.toFixed(0),
    (100 * othersShare).toFixed(0),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, async () => {
    await Promise.all([...running].map(stop));
    for (const { namespace } of [LEFT, RIGHT]) {
      new Deno.Command("ip", { args: ["netns", "del", namespace], stderr: "null" }).outputSync();
    }
    Deno.exit(1);
  });
}

console.log(
  `${values.format}, ${values.tls ? "TLS" : "no TLS"}, ${values.rounds} rounds of ${values.seconds} s\n\n` +
    "| dial | round trip, ms | calls | late to the model p50 / p99, ms | late to the caller p50 / p99, ms | " +
    "CPU ms per 1000 messages | CPU ms per call-second | KB per call | others, % of a core |\n" +
    "|---|---|---|---|---|---|---|---|---|",
);
const rows: Row[] = [];
try {
  for (const roundTripMs of roundTripsMs) {
    const run = async () => {
      for (const calls of callCounts) {
        const all = new Map<string, Round[]>(dials.map((dial) => [dial, []]));
        for (let round = 0; round < Number(values.rounds); round++) {
          for (const dial of dials) {
            await awaitQuiet();
            all.get(dial)!.push(await measure(dial, calls, roundTripMs));
          }
        }
        for (const [dial, rounds] of all) {
          rows.push({ dial, roundTripMs, calls, rounds });
          print(rows.at(-1)!);
        }
      }
    };
    await (roundTripMs === undefined ? run() : withWire(roundTripMs, run));
  }
} finally {
  await Deno.remove(dir, { recursive: true });
}
if (values.json) await Deno.writeTextFile(values.json, JSON.stringify({ ...values, rows }, null, 1));
