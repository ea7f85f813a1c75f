import { serveAmi } from "./ami.ts";
import { type Callers, placeCalls } from "./callers.ts";
import { serviceEnvironment } from "./environment.ts";
import type { SoakOptions } from "./options.ts";
import { ProcessWatch } from "./process-watch.ts";
import { type RunningService, startModel, startService } from "./processes.ts";
import type { Sounds } from "./sounds.ts";
import { type ProcessFigures, quantile, type Sample } from "./verdict.ts";

const SETTLE_LIMIT_MS = 30_000;
const SETTLE_STEP_MS = 500;
/** The probe inside tells each second. */
const PROBE_LIMIT_MS = 5000;

/**
 * Calls to the service in a process of its own, started as `deno task start` does, with the model in another.
 * @param onSample told of each sample as it is taken
 */
export async function soakProcess(
  options: SoakOptions,
  sounds: Sounds,
  forMs: number,
  onSample: (sample: Sample) => void,
): Promise<ProcessFigures> {
  const { seed, lengthMs, recoverySeconds, format, sampleMs } = options;
  const core: { callers?: Callers } = {};
  const startMs = performance.now();
  await using ami = serveAmi(options, (number) => core.callers?.hangUp(number));
  await using model = await startModel([seed, ...lengthMs].map(String));
  await using service = await startService(
    serviceEnvironment({ modelUrl: model.url, amiUrl: ami.url, recoverySeconds, format }),
  );
  await using watch = new ProcessWatch(service.pid);
  const sample = async (): Promise<Sample> => ({
    atMs: performance.now() - startMs,
    placed: core.callers?.placed ?? 0,
    live: await liveCalls(service),
    ...await watch.sample() ?? { rssBytes: 0, fds: 0, sockets: 0, threads: 0, cpuS: 0 },
    timers: service.log.inside?.timers ?? 0,
    heapBytes: service.log.inside?.heapBytes ?? 0,
  });

  await waitFor(() => service.log.inside !== undefined, PROBE_LIMIT_MS);
  const before = await sample();
  if (Number.isNaN(before.live)) {
    throw new Error(`The service does not tell its health: ${service.log.otherLines.join("\n")}`);
  }
  onSample(before);
  const callers = core.callers = placeCalls({
    ...options,
    sounds,
    port: service.port,
    forMs,
    mayGoOn: () => service.status() === undefined && service.log.stoppedBy === undefined,
  });
  let isOver = false;
  const finished = callers.finished.then(() => isOver = true);
  const samples: Sample[] = [];
  while (!isOver) {
    await waitFor(() => isOver, sampleMs);
    const next = await sample();
    samples.push(next);
    onSample(next);
  }
  await finished;

  let after = await sample();
  const isBack = () => after.live === 0 && after.fds <= before.fds && after.timers <= before.timers;
  for (let waitedMs = 0; waitedMs < SETTLE_LIMIT_MS && !isBack(); waitedMs += SETTLE_STEP_MS) {
    await waitFor(() => false, SETTLE_STEP_MS);
    after = await sample();
  }
  onSample(after);
  const diedEarly = service.status() !== undefined || service.log.stoppedBy !== undefined;
  const { stoppedBy } = service.log;
  const status = await service.stop();
  if (diedEarly) { for (const line of service.log.otherLines) console.error(`service: ${line}`); }
  return {
    before,
    samples,
    after,
    results: callers.results,
    lateMs: { p50: quantile(callers.lagsMs, 0.5), p99: quantile(callers.lagsMs, 0.99) },
    started: service.log.started,
    reasons: service.log.reasons,
    messages: service.log.messages,
    exitCode: status?.code,
    diedEarly,
    stoppedBy,
  };
}

/** NaN: it does not answer. */
async function liveCalls({ port }: RunningService): Promise<number> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(5000) });
    const { calls } = await response.json();
    return calls.live;
  } catch {
    return NaN;
  }
}

async function waitFor(isThere: () => boolean, limitMs: number): Promise<void> {
  const untilMs = performance.now() + limitMs;
  while (!isThere() && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(100, limitMs)));
  }
}
