/**
 * The callers: each a line of the phone's side that sends a frame every 20 ms and takes what comes back, and writes down
 * when. Run by bench/calls.ts.
 */
import { spread } from "../quantiles.ts";
import { clockOffset, type ClockReading, nowMs } from "./clock.ts";
import { giveUp, obey, tell } from "./control.ts";
import { Caller } from "./caller.ts";
import { EventLog, KINDS } from "./log.ts";
import { ROUND_MS, Rounds } from "./rounds.ts";
import { Sound } from "./sound.ts";
import { Ticker } from "./ticker.ts";
import { clientFrame } from "./wire.ts";

/** What the program is told: one JSON object as its argument. */
export interface CallersOptions {
  /** Where the bridge answers calls. */
  readonly port: number;
  /** Where the stand-in of the model is, to compare clocks. */
  readonly modelPort: number;
  readonly calls: number;
  /** Talk until told to stop; or hang up at the agent's first word, which costs what a call's set-up costs. */
  readonly hangUpAtOnce: boolean;
  /** Calls that are being set up at a time. */
  readonly atOnce: number;
  readonly log: string;
}

const FRAME_MS = 20;
const CLOCK_READINGS = 50;
/** A bridge that can't set up its calls in this time, or loses so many, gets no more of them. */
const SET_UP_LIMIT_MS = 40_000;
const FAILURES_MAX = 10;

const options: CallersOptions = JSON.parse(Deno.args[0] ?? "{}");
const log = new EventLog();
const frames = (await Sound.read()).callerFrames()
  .map((audio) => clientFrame(JSON.stringify({ type: "audio", audio })));
/** Who sends in each millisecond of a frame's time. */
const slots: Caller[][] = Array.from({ length: FRAME_MS }, () => []);
const rounds = new Rounds();
const callers: Caller[] = [];
const setUpMs: number[] = [];
const failures: string[] = [];
let next = 0;

/** Sets up calls, one after the other; several of these run side by side. */
async function setUp(untilMs: number): Promise<void> {
  while (next < options.calls && failures.length < FAILURES_MAX && nowMs() < untilMs) {
    const index = next++;
    const isWatched = Rounds.isWatched(index, options.calls);
    const caller = new Caller({
      index,
      port: options.port,
      log,
      frames,
      rounds: isWatched ? undefined : rounds,
    });
    try {
      setUpMs.push(await caller.begin());
      if (options.hangUpAtOnce) {
        caller.hangUp();
        continue;
      }
      callers.push(caller);
      slots[index * 7 % FRAME_MS]!.push(caller);
    } catch (error) {
      failures.push(String(error));
      caller.hangUp();
    }
  }
}

const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

async function compareClocks(): Promise<ClockReading[]> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: options.modelPort });
  conn.setNoDelay(true);
  const answer = new Float64Array(1);
  const bytes = new Uint8Array(answer.buffer);
  await conn.write(new TextEncoder().encode("CLOCK\n"));
  await conn.read(new Uint8Array(1));
  const readings: ClockReading[] = [];
  for (let round = 0; round < CLOCK_READINGS; round++) {
    const beforeMs = nowMs();
    await conn.write(bytes.subarray(0, 1));
    for (let at = 0; at < bytes.length;) at += await conn.read(bytes.subarray(at)) ?? bytes.length;
    readings.push({ beforeMs, toldMs: answer[0]!, afterMs: nowMs() });
  }
  conn.close();
  return readings;
}

const clock = clockOffset(await compareClocks().catch(giveUp));
const ticker = new Ticker((tick) => {
  rounds.tick(tick);
  for (const caller of slots[tick % FRAME_MS]!) caller.sendFrame();
});
const untilMs = nowMs() + SET_UP_LIMIT_MS;
await Promise.all(Array.from({ length: options.atOnce }, () => setUp(untilMs)));
tell({ ready: setUpMs.length, failures: failures.slice(0, 3), setUpMs: spread(setUpMs), clock });

await obey(async (command) => {
  if (command === "stop") {
    // For what callers have not read yet.
    await pause(ROUND_MS + 50);
    for (const caller of callers) {
      caller.hangUp();
      if (caller.session !== undefined) log.add(KINDS.session, caller.index, caller.session, nowMs());
    }
    // For the close frames, which are still under way.
    await pause(300);
    ticker.stop();
    await log.save(options.log);
    return { saved: true };
  }
  const lagMs = spread(ticker.takeLagsMs());
  return { atMs: nowMs(), lagMs, lost: callers.filter((caller) => !caller.isOpen).length };
});
