import type { CallResult } from "./result.ts";

/** The service at one moment. */
export interface Sample {
  readonly atMs: number;
  /** Calls begun so far, and those that the service has now. */
  readonly placed: number;
  readonly live: number;
  readonly rssBytes: number;
  readonly fds: number;
  readonly sockets: number;
  readonly threads: number;
  readonly timers: number;
  readonly heapBytes: number;
  readonly cpuS: number;
}

/** What a soak of the service's own process saw. */
export interface ProcessFigures {
  readonly before: Sample;
  readonly samples: readonly Sample[];
  readonly after: Sample;
  readonly results: readonly CallResult[];
  /** How late the callers' own timer was: how busy the machine is. */
  readonly lateMs: { readonly p50: number; readonly p99: number };
  /** As its log tells it. */
  readonly started: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly messages: Readonly<Record<string, number>>;
  /** How it ended on SIGTERM; undefined: it did not. */
  readonly exitCode: number | undefined;
  readonly diedEarly: boolean;
  /** The signal that it was sent before. */
  readonly stoppedBy: string | undefined;
}

/** What a soak inside of this process saw. */
export interface InnerFigures {
  readonly results: readonly CallResult[];
  readonly started: number;
  readonly ended: number;
  /** Calls that ended more or less often than they began. */
  readonly unbalanced: readonly string[];
  /** Timers a second after the last call, by the lines that set them. */
  readonly lingering: Readonly<Record<string, number>>;
  /** Timers left after a while. */
  readonly timers: Readonly<Record<string, number>>;
  readonly live: number;
  /** Of the second half of the calls, after a garbage collection. */
  readonly heapBytesPerCall: number;
  /** Of how many calls. */
  readonly heapCalls: number;
  readonly messages: Readonly<Record<string, number>>;
}

export const LIMITS = {
  /** Memory climbs up to here, then it has to be flat. */
  warmUpCalls: 3000,
  /** Fewer samples after that tell nothing. */
  samplesMin: 12,
  /** Growth of the median from the middle third of the samples to the last. */
  rssGrowth: 0.03,
  rssGrowthBytes: 6 * 1024 * 1024,
  /** Connections that a client library keeps for a while. */
  fds: 8,
  timers: 2,
  heapBytesPerCall: 8192,
  heapCallsMin: 200,
  /** Half of the calls with a sound model are answered so soon, or the machine can't keep up. */
  firstAudioMs: 1000,
  /** Calls with a sound model that last so long have to be answered, but for a few when the machine is busy. */
  silentMs: 3500,
  silentShare: 0.01,
} as const;

/** What is wrong with the service's process: one line each, none when all is well. */
export function judgeProcess(figures: ProcessFigures): string[] {
  const { before, samples, after, results, started, reasons, messages } = figures;
  if (figures.diedEarly) {
    // What happens then is no news.
    return [`The service's process ended in the middle: ${figures.stoppedBy ?? `code ${figures.exitCode}`}`];
  }
  const faults = [...judgeCalls(results), ...judgeLog(messages)];
  const ended = Object.values(reasons).reduce((sum, each) => sum + each, 0);
  if (figures.exitCode !== 0) faults.push(`The service did not end with code 0: ${figures.exitCode}`);
  if (reasons.internal_error) faults.push(`Calls ended by internal errors: ${reasons.internal_error}`);
  if (started === 0) faults.push("The log tells of no calls");
  if (started !== ended) {
    faults.push(`The log tells of ${started} calls that started and ${ended} that ended`);
  }
  if (after.live !== 0) faults.push(`Calls still live after the end: ${after.live}`);
  if (after.fds > before.fds + LIMITS.fds) {
    faults.push(`File descriptors did not go back: ${before.fds} before, ${after.fds} after`);
  }
  if (after.timers > before.timers + LIMITS.timers) {
    faults.push(`Timers did not go back: ${before.timers} before, ${after.timers} after`);
  }
  const growth = rssGrowth(samples);
  if (
    growth &&
    growth.lastBytes - growth.middleBytes >
      Math.max(LIMITS.rssGrowthBytes, LIMITS.rssGrowth * growth.middleBytes)
  ) {
    const [middle, last] = [growth.middleBytes, growth.lastBytes].map((bytes) =>
      (bytes / 2 ** 20).toFixed(1)
    );
    faults.push(
      `Memory grows: RSS of ${middle} MB in the middle third after the warm-up, ${last} MB in the last`,
    );
  }
  return faults;
}

/** What is wrong with the service inside of this process. */
export function judgeInner(figures: InnerFigures): string[] {
  const { results, started, ended, unbalanced, timers, live, messages } = figures;
  const faults = [...judgeCalls(results), ...judgeLog(messages)];
  if (started !== ended || unbalanced.length > 0) {
    faults.push(
      `Calls that started: ${started}, that ended: ${ended}; not once each: ${
        unbalanced.slice(0, 5).join(", ")
      }`,
    );
  }
  if (live !== 0) faults.push(`Calls still live after the end: ${live}`);
  for (const [site, count] of Object.entries(timers)) faults.push(`Timers left, set by ${site}: ${count}`);
  const { heapBytesPerCall, heapCalls } = figures;
  if (heapCalls >= LIMITS.heapCallsMin && heapBytesPerCall > LIMITS.heapBytesPerCall) {
    faults.push(`Memory grows by ${Math.round(heapBytesPerCall)} bytes a call, over ${heapCalls} calls`);
  }
  return faults;
}

/** The medians that tell whether memory still grows; undefined when there is too little to tell. */
export function rssGrowth(
  samples: readonly Sample[],
): { readonly middleBytes: number; readonly lastBytes: number } | undefined {
  const warm = samples.filter(({ placed, live }) => placed >= LIMITS.warmUpCalls && live > 0);
  if (warm.length < LIMITS.samplesMin) return undefined;
  const third = Math.floor(warm.length / 3);
  const rss = warm.map(({ rssBytes }) => rssBytes);
  return { middleBytes: median(rss.slice(third, 2 * third)), lastBytes: median(rss.slice(-third)) };
}

function judgeCalls(results: readonly CallResult[]): string[] {
  const faults: string[] = [];
  const tell = (what: string, which: readonly CallResult[]) => {
    if (which.length === 0) return;
    const examples = which.slice(0, 5).map(({ plan: { number, behaviour, fault, persona } }) =>
      `${number} (${behaviour}, ${fault ?? persona})`
    );
    faults.push(`${what}: ${which.length} calls, such as ${examples.join(", ")}`);
  };
  const of = (...outcomes: CallResult["outcome"][]) =>
    results.filter(({ outcome }) => outcomes.includes(outcome));
  tell("Line cut without a word", of("cut"));
  tell(
    "Refused without a reason",
    of("refused").filter(({ plan, end }) => plan.behaviour !== "wrong_persona" || end.status !== 404),
  );
  const soundOf = (which: readonly CallResult[]) => which.filter(({ plan }) => plan.persona === "steady");
  const waitsMs = soundOf(results).flatMap(({ firstAudioMs }) => firstAudioMs ?? []);
  if (median(waitsMs) > LIMITS.firstAudioMs) {
    const shown = `${Math.round(median(waitsMs))} ms to the first audio at the median`;
    // Then whatever comes late tells nothing of the service.
    return [...faults, `The machine can't keep up, ${shown}: let fewer call at a time with --parallel`];
  }
  tell("Line hangs, or its close was not answered", of("stuck"));
  tell("Line was not opened", of("not_opened"));
  const breaking = results.filter(({ plan: { behaviour } }) =>
    behaviour === "floods" || behaviour === "giant"
  );
  tell("Limit not enforced", soundOf(breaking).filter(({ outcome }) => outcome !== "limited"));
  tell("Ended by the service, though the model was sound", soundOf(of("told_error", "reset")));
  tell("Agent did not hang up, though the model was sound", soundOf(of("gave_up")));
  const listening = soundOf(results).filter(({ plan: { behaviour }, lastedMs }) =>
    (behaviour === "hangs_up" || behaviour === "agent_ends") && lastedMs >= LIMITS.silentMs
  );
  const silent = listening.filter(({ firstAudioMs }) => firstAudioMs === undefined);
  // Where many were only just heard in time, the machine is to blame.
  const isBusy = quantile(waitsMs, 1 - LIMITS.silentShare) > LIMITS.silentMs;
  if (!isBusy && silent.length > LIMITS.silentShare * listening.length) tell("Agent was never heard", silent);
  return faults;
}

/** A guard that had to catch something is a bug that it caught. */
function judgeLog(messages: Readonly<Record<string, number>>): string[] {
  return Object.entries(messages).filter(([message]) => message.startsWith("error: Could not handle")).map((
    [message, times],
  ) => `Log, ${times} times: ${message}`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
