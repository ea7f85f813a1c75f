/**
 * The service under many calls at once, beside a relay that does nothing with the audio and a bridge as it is commonly
 * written: CPU, latency, gaps, memory, set-up, calls per core. bench/README.md says how to read it.
 */
import { messageOf } from "../lib/errors.ts";
import { createBridges, type Ports, ROOT } from "./calls/bridges.ts";
import { endAll } from "./calls/child.ts";
import { readMachine } from "./calls/machine.ts";
import { type Options, readOptions, USAGE } from "./calls/options.ts";
import { profileOf } from "./calls/profile.ts";
import { machineLine, notes, runTable, summaryTable } from "./calls/report.ts";
import { measureAll } from "./calls/series.ts";

async function main(options: Options, date: Date): Promise<void> {
  const machine = await readMachine();
  console.error(machineLine(machine));
  const ports: Ports = { bridge: freePort(), model: freePort() };
  const bridges = await createBridges(options.bridges, {
    machine,
    ports,
    format: options.format,
    env: options.env,
  });
  const place = { machine, ports };

  if (options.profile) {
    const { seconds, warmSeconds, calls: [calls = 100] } = options;
    for (const bridge of bridges) {
      console.log(await profileOf({ bridge, calls, seconds, warmSeconds, ...place }));
    }
    return;
  }

  const figures = await measureAll(bridges, options, place, (what) => console.error(`  ${what}`));
  const { results, setUps, capacities } = figures;
  const remarks = [...figures.failures, ...notes(results, setUps)];
  const command = ["deno task bench:calls", ...Deno.args].join(" ");
  console.log([
    `${date.toISOString().slice(0, 10)}, ${machineLine(machine)}`,
    `\`${command}\``,
    "",
    runTable(results),
    "",
    summaryTable(results, setUps, capacities),
    ...(remarks.length > 0 ? ["", ...remarks.map((each) => `(!) ${each}`)] : []),
  ].join("\n"));
  if (options.json === undefined) return;
  const report = {
    date: date.toISOString(),
    command,
    machine,
    options,
    remarks,
    results,
    setUps,
    capacities,
  };
  const file = new URL(options.json, `file://${ROOT}`);
  await Deno.mkdir(new URL(".", file), { recursive: true });
  await Deno.writeTextFile(file, JSON.stringify(report, rounded, 2) + "\n");
  console.error(`Written: ${options.json}`);
}

/** A thousandth is more than anybody can measure. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 1000) / 1000 : value;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

if (import.meta.main) {
  if (Deno.args.includes("--help")) {
    console.log(USAGE);
    Deno.exit(0);
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => void endAll().finally(() => Deno.exit(1)));
  }
  const date = new Date();
  let options: Options;
  try {
    options = readOptions(Deno.args, date);
  } catch (error) {
    console.error(`${messageOf(error)}\n${USAGE}`);
    Deno.exit(2);
  }
  await main(options, date);
  Deno.exit(0);
}
