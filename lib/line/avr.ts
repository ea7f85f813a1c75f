import { pcmFromBase64, pcmToBase64 } from "../audio/base64.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Line, LineEvents } from "./line.ts";

/** The part of a server-side WebSocket that a line uses. */
export type LineSocket = Pick<
  WebSocket,
  "readyState" | "send" | "close" | "onmessage" | "onclose" | "onerror"
>;

const OPEN = 1;
const UUID_MAX_CHARS = 128;
const INTERRUPTION = JSON.stringify({ type: "interruption" });
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Speaks AVR's protocol on a socket: JSON messages, as text or as bytes, audio as base64 PCM16 at 8 kHz.
 * A throw in a handler would end the process, so whatever goes wrong in here ends this line at most.
 */
export function openAvrLine(socket: LineSocket, events: LineEvents, log: Log): Line {
  let begun = false;
  let closed = false;
  let badAudio = 0;

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

  function receive(message: Record<string, unknown>): void {
    switch (message.type) {
      case "audio": {
        const samples = typeof message.audio === "string" ? pcmFromBase64(message.audio) : undefined;
        if (samples) events.audio(samples);
        else if (++badAudio === 1) log.warn("Audio message dropped: not base64 of 16-bit samples");
        return;
      }
      case "init":
        if (begun) return log.info("Second init ignored");
        begun = true;
        events.init(uuidOf(message.uuid));
        return;
      case "dtmf_digit":
        if (typeof message.digit === "string" && /^[0-9*#]$/.test(message.digit)) events.digit(message.digit);
        else log.warn("Digit dropped: not one of 0-9, * and #");
    }
  }

  socket.onmessage = ({ data }) =>
    guarded("message", () => {
      if (closed) return;
      const message = parse(data);
      if (message) receive(message);
      else log.warn("Message dropped: not a JSON object");
    });
  // A close follows every error.
  socket.onerror = () => {};
  socket.onclose = () => {
    if (closed) return;
    closed = true;
    if (badAudio > 0) log.warn("Audio messages were dropped", { count: badAudio });
    guarded("close", () => events.closed());
  };

  const line: Line = {
    audio: (frame) => send(`{"type":"audio","audio":"${pcmToBase64(frame)}"}`),
    interruption: () => send(INTERRUPTION),
    transcript: (role, text) => send(JSON.stringify({ type: "transcript", role, text })),
    error: (message) => send(JSON.stringify({ type: "error", message })),
    close() {
      if (closed) return;
      closed = true;
      try {
        socket.close(1000);
      } catch {
        // Already closing.
      }
      guarded("close", () => events.closed());
    },
  };
  return line;
}

function parse(data: unknown): Record<string, unknown> | undefined {
  try {
    const text = typeof data === "string" ? data : decoder.decode(data as ArrayBuffer);
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

/** Core leaves the uuid out at times; the call still needs a name of its own. */
function uuidOf(value: unknown): string {
  return typeof value === "string" && value !== "" && value.length <= UUID_MAX_CHARS
    ? value
    : crypto.randomUUID();
}
