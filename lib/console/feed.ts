import type { CallEvent } from "../call/events.ts";
import type { Clock } from "../clock.ts";
import { costUsd, transcriptionUsd } from "../config/prices.ts";
import type { Tap } from "../realtime/connection.ts";
import { audioOf, elided } from "./elide.ts";

/** The part of the page's own socket that the feed uses. */
export type FeedSocket = Pick<WebSocket, "readyState" | "bufferedAmount" | "send">;

/** Tells a page what happens in its call, on the socket of that call. */
export interface Feed {
  readonly watch: (event: CallEvent) => void;
  readonly tap: Tap;
}

/** What the page gets. */
export interface FeedMessage {
  readonly type: "event";
  /** Since the socket was opened. */
  readonly atMs: number;
  readonly source: "call" | "model";
  /** As seen from the service. */
  readonly direction: "in" | "out";
  /** Messages that this one stands for: audio comes in many small ones. @default 1 */
  readonly count?: number;
  /** Messages before this one that were left out, as the page did not read in time. */
  readonly dropped?: number;
  readonly event: unknown;
}

interface Run {
  readonly atMs: number;
  readonly direction: "in" | "out";
  readonly type: string;
  count: number;
  characters: number;
}

const OPEN = 1;
/** Audio goes over the same socket and comes first. */
const UNSENT_BYTES_MAX = 256 * 1024;
/** Longest stretch of audio that is told as one message. */
const RUN_MS = 1000;
const APPEND = '{"type":"input_audio_buffer.append"';
const AUDIO_DELTA = "response.output_audio.delta";

/**
 * Makes a feed. It gives way when the socket is full, dropping what it can't send, and never throws: a call must not be
 * any the worse for being looked at.
 */
export function createFeed(socket: FeedSocket, clock: Clock): Feed {
  const startMs = clock.now();
  const runs = new Map<string, Run>();
  let dropped = 0;

  const sinceStart = () => Math.round(clock.now() - startMs);
  const direction = (from: "client" | "server") => from === "client" ? "out" : "in";

  function send(message: Omit<FeedMessage, "type" | "dropped">): void {
    if (socket.readyState !== OPEN) return;
    if (socket.bufferedAmount > UNSENT_BYTES_MAX) {
      dropped++;
      return;
    }
    socket.send(JSON.stringify({ type: "event", ...message, ...(dropped > 0 ? { dropped } : {}) }));
    dropped = 0;
  }

  function flush(run: Run): void {
    runs.delete(run.type);
    const { atMs, direction, count, type } = run;
    const key = type === AUDIO_DELTA ? "delta" : "audio";
    send({ atMs, source: "model", direction, count, event: { type, [key]: audioOf(run.characters) } });
  }

  /** Audio in many small messages is told once a second, or when anything else happens. */
  function audio(type: string, from: "client" | "server", characters: number): void {
    const run = runs.get(type) ??
      { atMs: sinceStart(), direction: direction(from), type, count: 0, characters: 0 };
    runs.set(type, run);
    run.count++;
    run.characters += characters;
    if (sinceStart() - run.atMs >= RUN_MS) flush(run);
  }

  function tell(source: "call" | "model", direction: "in" | "out", event: unknown): void {
    for (const run of [...runs.values()]) flush(run);
    send({ atMs: sinceStart(), source, direction, event });
  }

  const quietly = (act: () => void) => {
    try {
      act();
    } catch {
      // A socket that closes meanwhile; what it would have been told is of no use to anyone.
    }
  };

  return {
    watch: (event) => quietly(() => tell("call", "out", priced(event))),
    tap: (from, text) =>
      quietly(() => {
        // 50 a second: without reading all of it. The rest of such a message is its base64.
        if (text.startsWith(APPEND)) {
          return audio("input_audio_buffer.append", from, text.length - APPEND.length - 12);
        }
        const event: unknown = JSON.parse(text);
        const delta = audioDelta(event);
        if (delta === undefined) tell("model", direction(from), elided(event));
        else audio(AUDIO_DELTA, from, delta.length);
      }),
  };
}

function audioDelta(event: unknown): string | undefined {
  if (typeof event !== "object" || event === null) return undefined;
  const { type, delta } = event as { type?: unknown; delta?: unknown };
  return type === AUDIO_DELTA && typeof delta === "string" ? delta : undefined;
}

/** With what it cost, where it costs something: the page has no prices of its own. */
function priced(event: CallEvent) {
  const usd = event.type === "response"
    ? costUsd(event.model, event.usage)
    : event.type === "transcription"
    ? transcriptionUsd(event.model, event.usage)
    : undefined;
  return usd === undefined ? event : { ...event, costUsd: usd };
}
