import { type EventLog, type Kind, KINDS } from "../load/log.ts";
import { Rounds } from "../load/rounds.ts";
import { type Spread, spread } from "../quantiles.ts";
import { playAnswer, type Played } from "./playout.ts";

/** How well the calls of one run went; all times in ms, of what happened within the window. */
export interface Figures {
  /** From a caller's frame leaving to its append reaching the model. */
  readonly toModelMs: Spread;
  /** From a delta leaving the model to the frame with its first sample reaching the caller. */
  readonly toCallerMs: Spread;
  /** The same of each answer's first delta alone. */
  readonly firstFrameMs: Spread;
  /** From `speech_started` to `interruption`, where an answer was being played. */
  readonly interruptionMs: Spread;
  /** Caller's frames, agent's deltas and interruptions that never arrived. */
  readonly lost: { readonly frames: number; readonly deltas: number; readonly interruptions: number };
  /** Silences inside the agent's answers as the phone's side plays them. */
  readonly gapsPerMinute: number;
  readonly longestGapMs: number;
  /** Calls of which it is not known which session they had. */
  readonly unmatched: number;
}

export interface Run {
  /** Of the processes of callers and model. */
  readonly callers: EventLog;
  readonly model: EventLog;
  /** How many there are. */
  readonly calls: number;
  /** What is counted, in the callers' time. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The model's clock minus the callers'. */
  readonly offsetMs: number;
}

/** Times and values of one kind of entry. */
interface Track {
  readonly timesMs: number[];
  readonly values: number[];
}

/** Resamplers hold a little back: an append counts as the frame that fills half of it. */
const HALF_FRAME_MS = 10;
const FRAME_MS = 20;
/** Clocks may differ by so much. */
const SLACK_MS = 0.5;
const INTERRUPTION_LIMIT_MS = 1000;

/** Puts the two logs together. */
export function measure({ callers, model, calls, fromMs, toMs, offsetMs }: Run): Figures {
  const lines = tracks(callers, 0), sessions = tracks(model, offsetMs);
  const isCounted = (timeMs: number) => timeMs >= fromMs && timeMs < toMs;
  const toModelMs: number[] = [], toCallerMs: number[] = [], firstFrameMs: number[] = [];
  const interruptionMs: number[] = [];
  const lost = { frames: 0, deltas: 0, interruptions: 0 };
  const played: Played[] = [];
  let unmatched = 0;

  for (const [index, line] of lines) {
    const number = line(KINDS.session).values[0] ?? -1;
    const session = sessions.get(number);
    if (!session) {
      unmatched++;
      continue;
    }
    for (const [sentMs, arrivedMs] of arrivals(line(KINDS.sent), session(KINDS.appended))) {
      if (!isCounted(sentMs)) continue;
      if (arrivedMs === undefined) lost.frames++;
      else if (Rounds.isWatched(number, calls)) toModelMs.push(arrivedMs - sentMs);
    }
    // Of the others it is not known when they heard.
    if (!Rounds.isWatched(index, calls)) continue;
    for (const answer of answers(session(KINDS.delta), line(KINDS.heard))) {
      for (const { startMs, sentMs, arrivedMs } of answer.deltas) {
        if (!isCounted(sentMs)) continue;
        if (arrivedMs === undefined) {
          lost.deltas++;
          continue;
        }
        toCallerMs.push(arrivedMs - sentMs);
        if (startMs === 0) firstFrameMs.push(arrivedMs - sentMs);
      }
      if (!isCounted(answer.begunMs)) continue;
      const stoppedMs = firstFrom(line(KINDS.stopped).timesMs, answer.begunMs);
      played.push(playAnswer(answer.heardMs, stoppedMs ?? Infinity));
    }
    const speech = session(KINDS.speech);
    for (const [at, speechMs] of speech.timesMs.entries()) {
      if (speech.values[at] !== 1 || !isCounted(speechMs)) continue;
      const stoppedMs = firstFrom(line(KINDS.stopped).timesMs, speechMs);
      if (stoppedMs === undefined || stoppedMs - speechMs > INTERRUPTION_LIMIT_MS) lost.interruptions++;
      else interruptionMs.push(stoppedMs - speechMs);
    }
  }

  const playedMs = played.reduce((sum, each) => sum + each.playedMs, 0);
  const gaps = played.reduce((sum, each) => sum + each.gaps, 0);
  return {
    toModelMs: spread(toModelMs),
    toCallerMs: spread(toCallerMs),
    firstFrameMs: spread(firstFrameMs),
    interruptionMs: spread(interruptionMs),
    lost,
    gapsPerMinute: playedMs === 0 ? 0 : gaps / playedMs * 60_000,
    longestGapMs: played.reduce((most, each) => Math.max(most, each.longestGapMs), 0),
    unmatched,
  };
}

/**
 * For each piece of audio that left: when, and when as much had arrived; undefined when it never had. What is more than had
 * left by then is silence that the bridge put in where it missed frames, and no frame.
 */
function arrivals(sent: Track, arrived: Track): [sentMs: number, arrivedMs: number | undefined][] {
  let at = 0, sentAudioMs = 0, arrivedAudioMs = 0;
  let left = 0, leftAudioMs = 0;
  return sent.timesMs.map((sentMs, index) => {
    sentAudioMs += sent.values[index]!;
    for (; at < arrived.timesMs.length && arrivedAudioMs < sentAudioMs - HALF_FRAME_MS; at++) {
      const byMs = arrived.timesMs[at]! + SLACK_MS;
      while (left < sent.timesMs.length && sent.timesMs[left]! <= byMs) leftAudioMs += sent.values[left++]!;
      arrivedAudioMs = Math.min(arrivedAudioMs + arrived.values[at]!, leftAudioMs);
    }
    const hasArrived = arrivedAudioMs >= sentAudioMs - HALF_FRAME_MS;
    return [sentMs, hasArrived ? arrived.timesMs[at - 1] : undefined];
  });
}

interface Answer {
  readonly begunMs: number;
  readonly deltas: { readonly startMs: number; readonly sentMs: number; arrivedMs: number | undefined }[];
  /** When each 20 ms of it came. */
  readonly heardMs: number[];
}

/** The answers of a session, with what came to the line from the begin of one to that of the next. */
function answers(deltas: Track, heard: Track): Answer[] {
  const found: Answer[] = [];
  for (const [at, sentMs] of deltas.timesMs.entries()) {
    const startMs = deltas.values[at]!;
    if (startMs === 0) found.push({ begunMs: sentMs, deltas: [], heardMs: [] });
    found.at(-1)?.deltas.push({ startMs, sentMs, arrivedMs: undefined });
  }
  let at = 0;
  for (const [index, answer] of found.entries()) {
    const fromMs = answer.begunMs - SLACK_MS;
    const toMs = (found[index + 1]?.begunMs ?? Infinity) - SLACK_MS;
    while (at < heard.timesMs.length && heard.timesMs[at]! < fromMs) at++;
    let audioMs = 0, next = 0;
    for (; at < heard.timesMs.length && heard.timesMs[at]! < toMs; at++) {
      const timeMs = heard.timesMs[at]!;
      audioMs += heard.values[at]!;
      for (let ms = FRAME_MS / 2; ms < heard.values[at]!; ms += FRAME_MS) answer.heardMs.push(timeMs);
      for (; next < answer.deltas.length && answer.deltas[next]!.startMs < audioMs; next++) {
        answer.deltas[next]!.arrivedMs = timeMs;
      }
    }
  }
  return found;
}

/** The first of some times, in order, that is not before a given one. */
function firstFrom(timesMs: readonly number[], fromMs: number): number | undefined {
  return timesMs.find((each) => each >= fromMs - SLACK_MS);
}

/** What happened in one call or session, by kind. */
type Tracks = (kind: Kind) => Track;

/** A log by index and kind. */
function tracks(log: EventLog, offsetMs: number): Map<number, Tracks> {
  const found = new Map<number, Tracks>();
  for (const { kind, index, value, timeMs } of log.entries()) {
    let of = found.get(index);
    if (!of) {
      const all: Track[] = Object.keys(KINDS).map(() => ({ timesMs: [], values: [] }));
      of = (kind) => all[kind]!;
      found.set(index, of);
    }
    const track = of(kind);
    track.timesMs.push(timeMs - offsetMs);
    track.values.push(value);
  }
  return found;
}
