import type { PlayedAnswer, Playout } from "./playout.ts";
import type { EndReason } from "./script.ts";

/** What happens in a call, as it happens. `atMs` counts from `init`. */
export type CallerEvent =
  & { readonly atMs: number }
  & (
    | { readonly type: "first audio" }
    | { readonly type: "transcript"; readonly role: string; readonly text: string }
    | { readonly type: "interruption"; readonly droppedMs: number }
    | { readonly type: "error"; readonly message: string }
    | { readonly type: "speaking"; readonly durationMs: number }
    | { readonly type: "turn ended" }
    | { readonly type: "pressed"; readonly digit: string }
    | { readonly type: "bad message"; readonly what: string }
    | { readonly type: "closed"; readonly code: number }
  );

/** A turn of the caller. Times in ms from `init`. */
export interface CallerTurn {
  /** The end of the speech (not of silence after it), or the last key. */
  readonly endedAtMs: number;
  /** To the first audio of the answer, received; undefined when none came before the next turn. */
  readonly latencyMs: number | undefined;
}

/** A finished call. Times in ms from `init`. */
export interface CallReport {
  /** Why it ended: the script's reason, the service closed the line, or the caller was told to hang up. */
  readonly ended: EndReason | "closed by the service" | "hung up";
  readonly durationMs: number;
  /** What the caller heard from `init` on, silence included; 8 kHz. */
  readonly heard: Int16Array;
  /** `init` to the first audio message; undefined when none came. */
  readonly firstAudioMs: number | undefined;
  readonly turns: readonly CallerTurn[];
  readonly answers: readonly PlayedAnswer[];
  readonly counts: Playout["counts"];
  /** The longest silence inside an answer because its audio came late. */
  readonly longestGapMs: number;
  readonly transcript: readonly { role: string; text: string; atMs: number }[];
  /** What the service said in `error` messages. */
  readonly errors: readonly string[];
}

/** Sums up a call from its playback and its events. */
export function makeReport(
  call: {
    ended: CallReport["ended"];
    startMs: number;
    endMs: number;
    playout: Playout;
    /** When each turn ended, by the clock. */
    turnEndsMs: readonly number[];
    events: readonly CallerEvent[];
  },
): CallReport {
  const { startMs, endMs, playout, turnEndsMs, events } = call;
  const answers = playout.answers;
  const turns = turnEndsMs.map((endedMs, index) => {
    const nextMs = turnEndsMs[index + 1] ?? Infinity;
    const answer = answers.find(({ receivedAtMs }) => receivedAtMs >= endedMs && receivedAtMs < nextMs);
    return { endedAtMs: endedMs - startMs, latencyMs: answer && answer.receivedAtMs - endedMs };
  });
  return {
    ended: call.ended,
    durationMs: endMs - startMs,
    heard: playout.recording(),
    firstAudioMs: answers[0] && answers[0].receivedAtMs - startMs,
    turns,
    answers,
    counts: playout.counts,
    longestGapMs: Math.max(0, ...answers.map(({ longestGapMs }) => longestGapMs)),
    transcript: events.filter((event) => event.type === "transcript"),
    errors: events.filter((event) => event.type === "error").map(({ message }) => message),
  };
}
