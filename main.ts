import { systemClock } from "./lib/clock.ts";
import { type Config, readConfig, readEnvironment } from "./lib/config.ts";
import { consoleAddress } from "./lib/console/address.ts";
import { ConfigError, messageOf } from "./lib/errors.ts";
import { createLog, type Log } from "./lib/log.ts";
import { createMetrics } from "./lib/metrics.ts";
import { flags, whileWriting } from "./lib/permissions.ts";
import { PersonaStore, type ReadPersonas, readPersonas } from "./lib/persona/store.ts";
import { watchFolders } from "./lib/persona/watch.ts";
import { Circuit } from "./lib/realtime/circuit.ts";
import type { ModelAddress } from "./lib/realtime/connection.ts";
import { createSocketDial } from "./lib/realtime/socket/dial.ts";
import { createProbe } from "./lib/realtime/probe.ts";
import { modelFor } from "./lib/realtime/session.ts";
import { createService, type Service } from "./lib/server.ts";
import { knownNames } from "./lib/server/known-names.ts";
import { listen, type Listening } from "./lib/server/listen.ts";
import type { ToolPermissions } from "./lib/tools/define.ts";
import { createAmi } from "./lib/tools/ami.ts";
import { AVR_DIR } from "./lib/tools/find.ts";

async function main(): Promise<void> {
  const { config, read } = await prepare();
  const log = createLog({ level: config.logLevel, format: config.logFormat });
  for (const warning of config.warnings) log.warn("Doubtful configuration", { warning });
  const store = await PersonaStore.open(read, { config, clock: systemClock, log });
  reloadOnRequest(store, config, log);

  const address = await modelEndpoint(config, log);
  const probe = createProbe(address, { clock: systemClock, log });
  const circuit = new Circuit({ clock: systemClock, log, probe });
  const metrics = createMetrics({
    clock: systemClock,
    log,
    known: knownNames(config, store),
    page: config.metrics !== "off",
  });
  metrics.bind({ dials: () => circuit.state });
  const service = createService({
    config,
    generations: store,
    ami: createAmi({ url: config.amiUrl, log }),
    endpoint: { ...address, circuit: metrics.gate(circuit) },
    clock: systemClock,
    log,
    metrics,
  });
  metrics.sampleDelay();
  const server = open(config, service.handler, log);
  announce(config, store.current, server.addr);

  let firstMs: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, async () => {
      if (firstMs !== undefined) {
        if (systemClock.now() - firstMs > SAME_SIGNAL_MS) Deno.exit(0);
        return;
      }
      firstMs = systemClock.now();
      log.info("Stopping", { signal, calls: service.calls.size });
      if (signal === "SIGTERM") await service.drain();
      else service.stop();
      circuit.stop();
      store.close();
      // The lines' close frames are still under way, and shutdown() cuts open sockets. No client holds the exit.
      const shut = service.gone().then(() => server.shutdown());
      await Promise.race([shut, new Promise<void>((late) => systemClock.after(EXIT_LIMIT_MS[signal], late))]);
      Deno.exit(0);
    });
  }
}

/** Ctrl-C in a terminal reaches us twice: from the terminal, and passed on by `deno task`. */
const SAME_SIGNAL_MS = 300;
/** For the lines' close frames. After a drain of 8 s it has to be over within the 10 s that docker gives. */
const EXIT_LIMIT_MS = { SIGINT: 3000, SIGTERM: 1500 };

/** Reads the configuration and all personas; tells every fault of both at once and ends the process. */
async function prepare(): Promise<{ config: Config; read: ReadPersonas }> {
  const env = readEnvironment();
  const faults: string[] = [];
  const keep = (error: unknown) => {
    faults.push(...(error instanceof ConfigError ? error.faults : [messageOf(error)]));
    return undefined;
  };
  let config: Config | undefined;
  try {
    config = readConfig(env);
  } catch (error) {
    keep(error);
  }
  const personasDir = env.PERSONAS_DIR ?? "./personas";
  const read = await readPersonas(config ?? { personasDir }).catch(keep);
  if (config && read && faults.length === 0) return { config, read };
  console.error(`Could not start Parley:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  Deno.exit(1);
}

/** Edits are taken without a restart: at SIGHUP, and while one writes (`--dev`) at each save. */
function reloadOnRequest(store: PersonaStore, config: Config, log: Log): void {
  const hasTerminal = Deno.stdin.isTerminal();
  Deno.addSignalListener("SIGHUP", () => {
    // A terminal that is closed sends it too; then there is nobody left.
    if (hasTerminal && !Deno.stdin.isTerminal()) Deno.exit(HUNG_UP);
    void store.reload("SIGHUP");
  });
  if (!WHILE_WRITING) return;
  const folders = [config.personasDir, config.tools.dir, AVR_DIR];
  watchFolders(folders, { clock: systemClock, log, onEdit: () => void store.reload("edit") });
}

/** `deno task dev` */
const WHILE_WRITING = Deno.args.includes("--dev");
/** What a shell makes of the end by SIGHUP. */
const HUNG_UP = 129;

/** Where the model is: the configured address, or the simulator inside this process. */
async function modelEndpoint({ simulator, model }: Config, log: Log): Promise<ModelAddress> {
  if (!simulator) return { ...model, connect: createSocketDial() };
  const { createFliteSpeech } = await import("./lib/simulator/speech.ts");
  const { createSimulator } = await import("./lib/simulator/simulator.ts");
  const embedded = createSimulator({ requireKey: false, speech: createFliteSpeech({ log }), log });
  return { url: model.url, apiKey: undefined, connect: (url, options) => embedded.connect(url, options) };
}

function open({ host, port }: Config, handler: Service["handler"], log: Log): Listening {
  try {
    return listen({ hostname: host, port, handler, clock: systemClock, log });
  } catch (error) {
    console.error(`Could not listen on ${host}:${port}: ${messageOf(error)} (HOST and PORT choose another)`);
    Deno.exit(1);
  }
}

/** The few lines that tell an operator what runs here. */
function announce(
  config: Config,
  { personas, toolbox: { permissions } }: PersonaStore["current"],
  { hostname, port }: Deno.NetAddr,
): void {
  const model = config.simulator
    ? "SIMULATOR - calls are answered by the embedded simulator, not by OpenAI (set OPENAI_API_KEY)"
    : `${modelFor(personas.get(config.persona)!, config)} at ${new URL(config.model.url).host}`;
  const page = consoleAddress(config.console, { hostname, port });
  console.log([
    `Parley answers calls at ws://${hostname}:${port}`,
    ...(page === undefined ? [] : [`  console      ${page}`]),
    `  personas     ${[...personas.keys()].join(", ")} (default: ${config.persona})`,
    `  model        ${model}`,
    `  permissions  ${granted(config, permissions)}`,
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
