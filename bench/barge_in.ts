/**
 * Who interrupts the agent: the caller, or noise and the agent's own echo? Real speech over a modelled telephone
 * line, with and without the interruption guard. `deno run --allow-read bench/barge_in.ts` prints the tables of
 * docs/barge-in.md; `--allow-read bench/barge_in.ts 10` with ten trials a row.
 */
import { DEFAULT_GUARD, type GuardSettings } from "../lib/call/guard.ts";
import { loadClips, phrase } from "./barge-in/clips.ts";
import { atLevel, cough, type Echo, type Random, randomFrom } from "./barge-in/line.ts";
import { type Outcome, runTrial, type Trial } from "./barge-in/trial.ts";

const SEED = 20261123;

/** What is compared: the API's plain behaviour, the guard by length alone, the guard with the echo detector. */
export const VARIANTS: readonly (GuardSettings | undefined)[] = [
  undefined,
  { ...DEFAULT_GUARD, echo: false },
  { ...DEFAULT_GUARD, echo: true },
];
const clips = loadClips();

/** What a caller does in a trial: the sound, from its first audible sample. */
type Says = (random: Random) => Int16Array;

export const sentence: Says = (random) => spoken(1000 + 1500 * random(), random);
const shortWord: Says = (random) => spoken(300 + 100 * random(), random);

function spoken(ms: number, random: Random): Int16Array {
  return atLevel(phrase(clips.callers, Math.round(ms), random), -30 + 10 * random());
}

/** The same trials for each variant, `count` of each. */
export function compare(
  count: number,
  seed: number,
  lossDb: number | undefined,
  noiseDbfs: number,
  says?: Says,
  variants = VARIANTS,
): Outcome[][] {
  return variants.map((settings) =>
    Array.from({ length: count }, (_, n) => {
      const random = randomFrom(seed + 7919 * n);
      for (let warm = 0; warm < 8; warm++) random();
      const echo: Echo | undefined = lossDb === undefined
        ? undefined
        : { delayMs: 20 + 480 * random(), lossDb };
      const trial: Trial = {
        agent: clips.agent,
        echo,
        noiseDbfs,
        ...(says && { says: { sound: says(random), atMs: SAYS_FROM_MS + SAYS_RANGE_MS * random() } }),
      };
      return { ...runTrial(trial, settings, random), saidAtMs: trial.says?.atMs };
    })
  );
}
const SAYS_FROM_MS = 1000;
const SAYS_RANGE_MS = 8500;
/** After the caller's first sound; no interruption by then is one missed. */
const MISSED_AFTER_MS = 3200;

export interface Summary {
  /** Interruptions with nobody speaking, a minute of agent speech. */
  readonly perMinute: number;
  /** Share of answers cut before, or without, the caller's speech. */
  readonly falseShare: number;
  /** Share of the others in which the caller was not let in. */
  readonly missedShare: number;
  /** From the caller's first sound to the interruption. */
  readonly medianMs: number;
  readonly p95Ms: number;
}

export function summarise(outcomes: readonly (Outcome & { saidAtMs?: number | undefined })[]): Summary {
  const falses = outcomes.filter((each) =>
    each.cutAtMs !== undefined && each.cutAtMs < (each.saidAtMs ?? Infinity)
  );
  const alone = outcomes.reduce((sum, each) => sum + Math.min(each.spokenMs, each.saidAtMs ?? Infinity), 0);
  const others = outcomes.filter((each) => !falses.includes(each));
  const delays = others.flatMap((each) => each.cutAtMs === undefined ? [] : [each.cutAtMs - each.saidAtMs!])
    .filter((ms) => ms < MISSED_AFTER_MS).sort((a, b) => a - b);
  const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(share * delays.length))] ?? NaN;
  return {
    perMinute: falses.length / (alone / 60_000),
    falseShare: falses.length / outcomes.length,
    missedShare: others.length === 0 ? NaN : 1 - delays.length / others.length,
    medianMs: at(0.5),
    p95Ms: at(0.95),
  };
}

const percent = (share: number) => Number.isNaN(share) ? "-" : `${Math.round(100 * share)} %`;
const whole = (ms: number) => Number.isNaN(ms) ? "-" : `${Math.round(ms)}`;
const lossName = (lossDb: number | undefined) => lossDb === undefined ? "no echo" : `${lossDb} dB`;
const row = (cells: readonly string[]) => console.log(`| ${cells.join(" | ")} |`);

function head(title: string, cells: readonly string[]): void {
  console.log(`\n### ${title}\n`);
  row(cells);
  row(cells.map(() => "---"));
}

function falseInterruptions(count: number): void {
  head("Nobody speaks: answers cut off (interruptions per minute of agent speech)", [
    "echo return loss",
    "line noise",
    "API alone",
    "guard, no echo detector",
    "guard",
  ]);
  for (const lossDb of [undefined, 30, 24, 18, 12, 6]) {
    for (const noiseDbfs of [-60, -45, -35, -30]) {
      const summaries = compare(count, SEED, lossDb, noiseDbfs).map(summarise);
      row([
        lossName(lossDb),
        `${noiseDbfs} dBFS`,
        ...summaries.map((each) => `${percent(each.falseShare)} (${each.perMinute.toFixed(1)})`),
      ]);
    }
  }
}

function sounds(count: number): void {
  head("The caller makes a sound: share of answers interrupted by it", [
    "sound",
    "echo return loss",
    "API alone",
    "guard, no echo detector",
    "guard",
  ]);
  for (const lossDb of [undefined, 18]) {
    for (const ms of [60, 120, 180, 240, 300, 400]) {
      for (const kind of ["cough", "voice"] as const) {
        const says: Says = (random) => kind === "cough" ? cough(ms, random) : spoken(ms, random);
        const summaries = compare(count, SEED + 1, lossDb, -60, says).map(summarise);
        row([
          `${kind}, ${ms} ms`,
          lossName(lossDb),
          ...summaries.map((each) => percent(1 - each.missedShare)),
        ]);
      }
    }
  }
}

function realInterruptions(count: number, name: string, says: Says): void {
  head(`${name}: cut before / missed, delay median / p95 ms`, [
    "echo return loss",
    "line noise",
    "API alone",
    "guard, no echo detector",
    "guard",
  ]);
  for (const lossDb of [undefined, 24, 18, 12, 6]) {
    for (const noiseDbfs of [-60, -45, -35]) {
      const summaries = compare(count, SEED + 2, lossDb, noiseDbfs, says).map(summarise);
      row([
        lossName(lossDb),
        `${noiseDbfs} dBFS`,
        ...summaries.map((each) =>
          `${percent(each.falseShare)} / ${percent(each.missedShare)}, ${whole(each.medianMs)} / ${
            whole(each.p95Ms)
          }`
        ),
      ]);
    }
  }
}

/** Once the echo's path is known: answers cut in their first, and after it, of two on one line. */
export function twoAnswers(count: number): void {
  head("Two answers on one line, nobody speaks: cut by the guard", [
    "echo return loss",
    "line noise",
    "in the first 2.5 s",
    "later",
  ]);
  const agent = new Int16Array(2 * clips.agent.length + PAUSE_SAMPLES);
  agent.set(clips.agent);
  agent.set(clips.agent, clips.agent.length + PAUSE_SAMPLES);
  for (const lossDb of [24, 18, 12, 6]) {
    for (const noiseDbfs of [-60, -45]) {
      const cuts = Array.from({ length: count }, (_, n) => {
        const random = randomFrom(SEED + 4 + 7919 * n);
        const echo: Echo = { delayMs: 20 + 480 * random(), lossDb };
        return runTrial({ agent, echo, noiseDbfs }, DEFAULT_GUARD, random).cutAtMs;
      });
      const early = cuts.filter((cutAtMs) => cutAtMs !== undefined && cutAtMs < 2500).length;
      const late = cuts.filter((cutAtMs) => cutAtMs !== undefined && cutAtMs >= 2500).length;
      row([lossName(lossDb), `${noiseDbfs} dBFS`, `${early} of ${count}`, `${late} of ${count - early}`]);
    }
  }
}
const PAUSE_SAMPLES = 3 * 8000;

/** Sounds of 150 to 350 ms that need no answer: a cough, or a "mhm". */
const noWord: Says = (random) => {
  const ms = 150 + 200 * random();
  return random() < 0.5 ? cough(Math.round(ms), random) : spoken(ms, random);
};

function lengths(count: number): void {
  head("minSpeechMs, at 18 dB echo return loss and -60 dBFS of noise", [
    "minSpeechMs",
    "sounds of 150 to 350 ms that interrupt",
    "short words of 300 to 400 ms missed",
    "sentences missed",
    "delay, median / p95 ms",
  ]);
  for (const minSpeechMs of [120, 180, 240, 300, 400, 600]) {
    const variants = [{ ...DEFAULT_GUARD, minSpeechMs }];
    const [sound, word, said] = [noWord, shortWord, sentence].map((says) =>
      summarise(compare(count, SEED + 3, 18, -60, says, variants)[0]!)
    );
    row([
      `${minSpeechMs}`,
      percent(1 - sound!.missedShare),
      percent(word!.missedShare),
      percent(said!.missedShare),
      `${whole(said!.medianMs)} / ${whole(said!.p95Ms)}`,
    ]);
  }
}

if (import.meta.main) {
  const count = Number(Deno.args[0] ?? 40);
  console.log(`${count} trials a row and variant, ${JSON.stringify(DEFAULT_GUARD)}`);
  falseInterruptions(count);
  twoAnswers(count);
  lengths(count);
  sounds(count);
  realInterruptions(count, "The caller says a sentence (1 to 2.5 s)", sentence);
  realInterruptions(count, "The caller says a short word (300 to 400 ms)", shortWord);
}
