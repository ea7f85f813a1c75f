import { systemClock } from "./lib/clock.ts";
import { type Config, readConfig, readEnvironment } from "./lib/config.ts";
import type { Environment } from "./lib/config/environment.ts";
import { consoleAddress } from "./lib/console/address.ts";
import { ConfigError } from "./lib/errors.ts";
import { createLog, type Log } from "./lib/log.ts";
import { flags, whileWriting } from "./lib/permissions.ts";
import { watchFolders } from "./lib/persona/watch.ts";
import type { ToolPermissions } from "./lib/tools/define.ts";
import { AVR_DIR } from "./lib/tools/find.ts";
import { ListenError } from "./lib/workers/compose.ts";
import { prepare } from "./lib/workers/prepare.ts";
import { runAlone, type Running, runTogether } from "./lib/workers/running.ts";

async function main(): Promise<void> {
  const { config, log, running } = await start(readEnvironment());
  reloadOnRequest(running, config, log);
  announce(config, running);

  let firstMs: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, async () => {
      if (firstMs !== undefined) {
        if (systemClock.now() - firstMs > SAME_SIGNAL_MS) Deno.exit(0);
        return;
      }
      firstMs = systemClock.now();
      log.info("Stopping", { signal, calls: running.live });
      if (signal === "SIGTERM") await running.drain();
      else running.stop();
      await close(running, EXIT_LIMIT_MS[signal]);
      Deno.exit(0);
    });
  }
  void running.failed.then(async () => {
    log.error("The service can't go on, it drains and ends", { calls: running.live });
    await running.drain();
    await close(running, EXIT_LIMIT_MS.SIGTERM);
    Deno.exit(CAN_NOT_GO_ON);
  });
}

/** The lines' close frames are still under way. No client holds the exit. */
async function close(running: Running, limitMs: number): Promise<void> {
  await Promise.race([running.close(), new Promise<void>((late) => systemClock.after(limitMs, late))]);
}

/** As a program ends that found a fault of its own (EX_SOFTWARE of sysexits.h). */
const CAN_NOT_GO_ON = 70;
/** Ctrl-C in a terminal reaches us twice: from the terminal, and passed on by `deno task`. */
const SAME_SIGNAL_MS = 300;
/** For the lines' close frames. After a drain of 8 s it has to be over within the 10 s that docker gives. */
const EXIT_LIMIT_MS = { SIGINT: 3000, SIGTERM: 1500 };

/** Starts to answer calls, in as many threads as WORKERS says; tells every fault at once and ends the process. */
async function start(env: Environment): Promise<{ config: Config; log: Log; running: Running }> {
  try {
    const several = severalWorkers(env);
    if (several) return await started(several, (log) => runTogether(several, log));
    const { config, read } = await prepare(env);
    const alone = { ...config, workers: 1 };
    return await started(alone, (log) => {
      if (config.workers > 1) {
        log.warn("One thread answers calls while edits are watched for, whatever WORKERS says");
      }
      return runAlone(alone, read, log);
    });
  } catch (error) {
    if (error instanceof ListenError) console.error(error.message);
    else if (!(error instanceof ConfigError)) throw error;
    else console.error(`Could not start Parley:\n${error.faults.map((fault) => `  ${fault}`).join("\n")}`);
    Deno.exit(1);
  }
}

async function started(config: Config, run: (log: Log) => Promise<Running>) {
  const log = createLog({ level: config.logLevel, format: config.logFormat });
  for (const warning of config.warnings) log.warn("Doubtful configuration", { warning });
  return { config, log, running: await run(log) };
}

/** The configuration, if it is sound and asks for several workers. */
function severalWorkers(env: Environment): Config | undefined {
  try {
    const config = readConfig(env);
    // Who writes personas wants to see one log.
    return config.workers > 1 && !WHILE_WRITING ? config : undefined;
  } catch {
    return undefined;
  }
}

/** Edits are taken without a restart: at SIGHUP, and while one writes (`--dev`) at each save. */
function reloadOnRequest(running: Running, config: Config, log: Log): void {
  const hasTerminal = Deno.stdin.isTerminal();
  Deno.addSignalListener("SIGHUP", () => {
    // A terminal that is closed sends it too; then there is nobody left.
    if (hasTerminal && !Deno.stdin.isTerminal()) Deno.exit(HUNG_UP);
    running.reload("SIGHUP");
  });
  if (!WHILE_WRITING) return;
  const folders = [config.personasDir, config.tools.dir, AVR_DIR];
  watchFolders(folders, { clock: systemClock, log, onEdit: () => running.reload("edit") });
}

/** `deno task dev` */
const WHILE_WRITING = Deno.args.includes("--dev");
/** What a shell makes of the end by SIGHUP. */
const HUNG_UP = 129;

/** The few lines that tell an operator what runs here. */
function announce(config: Config, { addr, about: { personas, model: name, permissions } }: Running): void {
  const { hostname, port } = addr;
  const model = config.simulator
    ? "SIMULATOR - calls are answered by the embedded simulator, not by OpenAI (set OPENAI_API_KEY)"
    : `${name} at ${new URL(config.model.url).host}`;
  const page = consoleAddress(config.console, addr);
  console.log([
    `Parley answers calls at ws://${hostname}:${port}`,
    ...(page === undefined ? [] : [`  console      ${page}`]),
    `  personas     ${personas.join(", ")} (default: ${config.persona})`,
    `  model        ${model}`,
    `  permissions  ${granted(config, permissions)}`,
    ...(config.workers > 1 ? [`  workers      ${config.workers}`] : []),
    ...(WHILE_WRITING
      ? [`  edits        in ${config.personasDir} and ${config.tools.dir} count for the next call`]
      : []),
  ].join("\n"));
}

/** The flags of this process in short; the variables are those of .env.example. */
function granted(config: Config, needs: ToolPermissions): string {
  const extra = WHILE_WRITING ? whileWriting(needs) : needs;
  const [net, read, write] = ["net", "read", "write"].map((kind) =>
    flags(config, extra).find((flag) => flag.startsWith(`--allow-${kind}=`))?.split("=")[1]?.replaceAll(
      ",",
      ", ",
    )
  );
  const others = write === undefined ? "no write, run, ffi, sys" : `write: ${write}; no run, ffi, sys`;
  return `net: ${net}; read: ${read}; env: its own variables; ${others}`;
}

if (import.meta.main) await main();
