/** One of several workers: the whole service in a thread of its own, on a port that it shares. The main module of its Worker. */
import type { CallEvent } from "../call/events.ts";
import { systemClock } from "../clock.ts";
import { readEnvironment } from "../config.ts";
import { ConfigError, messageOf } from "../errors.ts";
import { createLog, type Log } from "../log.ts";
import { Board } from "./board.ts";
import { Colleagues } from "./colleagues.ts";
import { compose, type Composed } from "./compose.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { prepare } from "./prepare.ts";
import { holdLife } from "./thread.ts";

const scope = globalThis as unknown as {
  readonly name: string;
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker): void;
  close(): void;
};
const post = (message: FromWorker) => scope.postMessage(message);

type Start = Extract<ToWorker, { type: "start" }>;

/** A worker that does its work. */
interface Working extends Composed {
  readonly colleagues: Colleagues;
  readonly log: Log;
}

const BEAT_MS = 500;
/** For the words to the callers, once an error was left unhandled; the main thread gives a little more. */
const WORDS_MS = 8_000;
/** For records and close frames, after that. */
const CLOSE_MS = 2_000;
/** What callers' lines are told then. */
const FAILED = "The service failed";

const alive = holdLife(scope.name).then(() => post({ type: "up" }));
let working: Promise<Working> | undefined;
let isDying = false;

for (const type of ["error", "unhandledrejection"] as const) {
  globalThis.addEventListener(type, (event) => {
    // Or the thread, and with it all of its sockets, would be gone at once.
    event.preventDefault();
    void die("reason" in event ? event.reason : (event as ErrorEvent).error);
  });
}

scope.onmessage = ({ data }) => {
  if (data.type === "start") working = alive.then(() => begin(data));
  // Where it could not begin, that was told.
  else void working?.then((worker) => hear(worker, data), () => {});
};

async function begin({ place, port, board: memory, generation, first }: Start): Promise<Working> {
  try {
    const { config, read } = await prepare(readEnvironment());
    const log = createLog({ level: config.logLevel, format: config.logFormat }).with({ worker: place + 1 });
    const board = Board.over(memory);
    const colleagues = new Colleagues({ place, board, clock: systemClock, post });
    const composed = await compose({
      config,
      read,
      log,
      worker: { together: (metrics) => colleagues.together(metrics), port, generation, quiet: !first, watch },
    });
    const worker = { ...composed, colleagues, log };
    beat(worker, () => board.beat(place));
    post({ type: "ready", port: composed.addr.port, about: composed.about });
    return worker;
  } catch (error) {
    post({ type: "faults", faults: error instanceof ConfigError ? error.faults : [messageOf(error)] });
    throw error;
  }
}

/** Tells the main thread which calls are here. */
function watch(event: CallEvent, uuid: string): void {
  if (event.type === "started") post({ type: "began", uuid, persona: event.persona });
  else if (event.type === "handoff") post({ type: "began", uuid, persona: event.to });
  else if (event.type === "ended") post({ type: "over", uuid });
}

/** Signs of life, and what others have to know and no event tells of. */
function beat({ service, circuit }: Composed, sign: () => void): void {
  let told = "[]";
  const next = () => {
    systemClock.after(BEAT_MS, next);
    sign();
    service.publish();
    const { away } = circuit.state;
    const now = JSON.stringify(away.map(({ model, reason }) => [model, reason]));
    if (now === told) return;
    told = now;
    post({ type: "away", away });
  };
  service.publish();
  next();
}

async function hear(worker: Working, message: ToWorker): Promise<void> {
  const { service, store, metrics, colleagues } = worker;
  switch (message.type) {
    case "reload":
      await store.reload(message.reason);
      return post({ type: "reloaded", generation: store.current.number });
    case "drain":
      await service.drain();
      return post({ type: "drained" });
    case "stop":
      return service.stop();
    case "close":
      await worker.close();
      return post({ type: "closed" });
    case "count":
      return post({ type: "counted", id: message.id, snapshot: await metrics.snapshot() });
    default:
      colleagues.hear(message, service);
  }
}

/** After an error that nobody handled, nothing here is to be trusted for long: the callers are told, then the thread ends. */
async function die(error: unknown): Promise<void> {
  if (isDying) return;
  isDying = true;
  const worker = await working?.catch(() => undefined);
  // It could not even begin, which was told.
  if (!worker) return scope.close();
  const { service, metrics, log } = worker;
  log.error("An error was left unhandled, this worker ends", { error: messageOf(error), at: whereOf(error) });
  post({ type: "dying", error: messageOf(error) });
  try {
    await service.abandon(FAILED, WORDS_MS);
    const late = new Promise<void>((resolve) => systemClock.after(CLOSE_MS, resolve));
    await Promise.race([worker.close(), late]);
    post({ type: "counted", id: 0, snapshot: await metrics.snapshot() });
  } finally {
    scope.close();
  }
}

/** The first line of the stack, where there is one. */
function whereOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return error.stack?.split("\n").find((line) => /^\s+at /.test(line))?.trim();
}
