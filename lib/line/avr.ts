import { pcmFromBase64, pcmToBase64 } from "../audio/base64.ts";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { audioIn } from "./audio-message.ts";
import { Batches } from "./batches.ts";
import { Backlog, type LineLimit, type LineLimits, Rate, Silence } from "./limits.ts";
import type { Line, LineEnd, LineEvents } from "./line.ts";

/** The part of a server-side WebSocket that a line uses. */
export type LineSocket = Pick<
  WebSocket,
  "readyState" | "bufferedAmount" | "send" | "close" | "onmessage" | "onclose" | "onerror"
>;

export interface AvrLineOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: LineLimits;
  /** Frames of 20 ms that a message of ours holds at most. @default {1} */
  readonly frames?: number;
}

const OPEN = 1;
const FRAME_SAMPLES = 160;
const FRAME_MS = 20;
const TEXT_MAX = 4000;
const INTERRUPTION = JSON.stringify({ type: "interruption" });
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Close codes of RFC 6455: message too big, and a policy broken. */
const TOO_BIG = 1009;
const POLICY = 1008;

const WORDS: Readonly<Record<LineLimit, string>> = {
  message_size: "A message was too long",
  message_rate: "Too many messages came",
  data_rate: "Too much data came",
  no_init: "No init came in time",
  idle_line: "No message came for too long",
  slow_line: "Agent audio was not read in time",
};

/**
 * Speaks AVR's protocol on a socket: JSON messages, as text or as bytes, audio as base64 PCM16 at 8 kHz.
 * A throw in a handler would end the process, so whatever goes wrong in here ends this line at most.
 */
export function openAvrLine(socket: LineSocket, events: LineEvents, options: AvrLineOptions): Line {
  const { clock, limits } = options;
  let { log } = options;
  let begun = false;
  let closed = false;
  let slowTold = false;
  const dropped = new Map<string, number>();
  const messageRate = new Rate(clock, limits.messagesPerSecond);
  const dataRate = new Rate(clock, limits.bytesPerSecond);
  const backlog = new Backlog(clock, limits);
  const silence = new Silence(clock, limits.idleMs, () => endAt("idle_line"));
  const stopInitDeadline = clock.after(limits.initMs, () => endAt("no_init"));

  const guarded = (what: string, act: () => void) => {
    try {
      act();
    } catch (error) {
      log.error("Could not handle the line's message, the call ends", { what, error: messageOf(error) });
      line.close();
    }
  };

  const send = (text: string) => {
    if (socket.readyState === OPEN) socket.send(text);
  };

  /** Told once of each kind; a line that sends nothing else must not fill the log. */
  function drop(what: string): void {
    const count = (dropped.get(what) ?? 0) + 1;
    dropped.set(what, count);
    if (count === 1) log.warn("Message of the line left out", { what });
  }

  function endAt(limit: LineLimit): void {
    if (closed) return;
    log.warn("Line reached a limit, the call ends", { limit });
    guarded("limit", () => line.error(`Line ended: ${WORDS[limit]}`));
    finish(limit, () => socket.close(limit === "message_size" ? TOO_BIG : POLICY, WORDS[limit]));
  }

  function finish(end: LineEnd, close?: () => void): void {
    if (closed) return;
    closed = true;
    silence.stop();
    stopInitDeadline();
    for (const [what, count] of dropped) if (count > 1) log.warn("Dropped more than once", { what, count });
    if (backlog.droppedFrames > 0) {
      log.warn("Agent audio was dropped, as the line was slow", { frames: backlog.droppedFrames });
    }
    try {
      close?.();
    } catch {
      // Already closing.
    }
    guarded("close", () => events.closed(end));
  }

  function limitBrokenBy(bytes: number, nowMs: number): LineLimit | undefined {
    if (bytes > limits.messageBytes) return "message_size";
    if (!messageRate.take(1, nowMs)) return "message_rate";
    return dataRate.take(bytes, nowMs) ? undefined : "data_rate";
  }

  function receive(message: Record<string, unknown>): void {
    switch (message.type) {
      case "audio": {
        const samples = typeof message.audio === "string" ? pcmFromBase64(message.audio) : undefined;
        if (samples) events.audio(samples);
        else drop("Audio message dropped: not base64 of 16-bit samples");
        return;
      }
      case "init": {
        if (begun) return drop("Second init ignored");
        begun = true;
        stopInitDeadline();
        const uuid = uuidOf(message.uuid);
        log = log.with({ uuid });
        events.init(uuid);
        return;
      }
      case "dtmf_digit":
        if (typeof message.digit === "string" && /^[0-9*#]$/.test(message.digit)) events.digit(message.digit);
        else drop("Digit dropped: not one of 0-9, * and #");
        return;
      case "text":
        if (!events.text) return drop("Text dropped: this line may not write");
        if (typeof message.text === "string" && message.text.length <= TEXT_MAX) events.text(message.text);
        else drop(`Text dropped: not a text of up to ${TEXT_MAX} characters`);
    }
  }

  socket.onmessage = ({ data }) =>
    guarded("message", () => {
      if (closed) return;
      const nowMs = clock.now();
      silence.note(nowMs);
      const broken = limitBrokenBy(typeof data === "string" ? data.length : data.byteLength, nowMs);
      if (broken) return endAt(broken);
      const audio = typeof data === "string" ? audioIn(data) : undefined;
      const samples = audio === undefined ? undefined : pcmFromBase64(audio);
      if (samples) return events.audio(samples);
      const message = parse(data);
      if (message) receive(message);
      else drop("Message dropped: not a JSON object");
    });
  // A close follows every error.
  socket.onerror = () => {};
  // Without a close frame it is not clean: the connection was reset or cut, or the other side answers no ping any more.
  socket.onclose = ({ wasClean }) => finish(wasClean ? "closed" : "vanished");

  const batches = new Batches(options.frames ?? 1, (samples) => {
    if (closed) return;
    const verdict = backlog.admit(socket.bufferedAmount, samples.length / FRAME_SAMPLES);
    if (verdict === "send") return send(`{"type":"audio","audio":"${pcmToBase64(samples)}"}`);
    if (verdict === "end") return endAt("slow_line");
    if (!slowTold) log.warn("Line is slow, agent audio is dropped");
    slowTold = true;
  });
  /** In the order of what was said. */
  const sendBehindAudio = (message: Record<string, unknown>) => {
    batches.flush();
    send(JSON.stringify(message));
  };

  const line: Line = {
    get droppedMs() {
      return backlog.droppedFrames * FRAME_MS;
    },
    audio: (frame) => batches.push(frame),
    interruption() {
      batches.drop();
      send(INTERRUPTION);
    },
    transcript: (role, text) => sendBehindAudio({ type: "transcript", role, text }),
    error: (message) => sendBehindAudio({ type: "error", message }),
    close() {
      batches.flush();
      finish("closed", () => socket.close(1000));
    },
  };
  return line;
}

function parse(data: string | ArrayBuffer): Record<string, unknown> | undefined {
  try {
    const text = typeof data === "string" ? data : decoder.decode(data);
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Core leaves the uuid out at times; the call still needs a name of its own. So does one whose uuid could not be sent on
 * in a header.
 */
function uuidOf(value: unknown): string {
  return typeof value === "string" && /^[\x21-\x7e]{1,128}$/.test(value) ? value : crypto.randomUUID();
}
