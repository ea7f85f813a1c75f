import type { Line, LineEnd } from "../line/line.ts";
import type { Entered } from "../server/together.ts";

/** What the worker with the socket tells the one with the call. */
type Inward =
  | { type: "audio"; samples: Int16Array }
  | { type: "digit"; digit: string }
  | { type: "closed"; end: LineEnd };

/** What the worker with the call tells the one with the socket; first whether the call is still there. */
type Outward =
  | { type: "accepted"; accepted: boolean }
  | { type: "audio"; samples: Int16Array }
  | { type: "interruption" }
  | { type: "transcript"; role: "user" | "agent"; text: string }
  | { type: "error"; message: string }
  | { type: "close" };

/** A line of one worker in the call of another. */
export interface Relay {
  /** The other worker is gone. */
  lost(): void;
}

/** The same, in the worker with the socket. */
export interface OutwardRelay extends Relay {
  /** The call, or undefined when the other worker has no such call any more. */
  readonly taken: Promise<Entered | undefined>;
  /** The other worker has not answered in time. */
  readonly giveUp: () => void;
}

// Samples are copied before they are sent: a part of a buffer would take all of that along.

const LOST = "The call was lost with the worker that had it";

/** In the worker with the socket: passes on what comes on the line. @param onOver nothing more comes or goes */
export function relayOut(line: Line, port: MessagePort, onOver: () => void): OutwardRelay {
  const { promise: taken, resolve } = Promise.withResolvers<Entered | undefined>();
  const tell = (message: Inward) => port.postMessage(message);
  const over = () => {
    port.close();
    onOver();
  };
  const entered: Entered = {
    callerAudio: (samples) => tell({ type: "audio", samples: samples.slice() }),
    callerDigit: (digit) => tell({ type: "digit", digit }),
    lineClosed(_, end) {
      tell({ type: "closed", end });
      over();
    },
  };
  port.onmessage = ({ data }: MessageEvent<Outward>) => {
    switch (data.type) {
      case "accepted":
        if (!data.accepted) over();
        return resolve(data.accepted ? entered : undefined);
      case "audio":
        return line.audio(data.samples);
      case "interruption":
        return line.interruption();
      case "transcript":
        return line.transcript(data.role, data.text);
      case "error":
        return line.error(data.message);
      case "close":
        return line.close();
    }
  };
  return {
    taken,
    giveUp() {
      entered.lineClosed(line, "vanished");
      resolve(undefined);
    },
    lost() {
      resolve(undefined);
      line.error(LOST);
      line.close();
      over();
    },
  };
}

/**
 * In the worker with the call: a line that is a socket of another worker's.
 * @param takeOver has the call go on there; undefined where there is no such call
 * @param onOver nothing more comes or goes
 */
export function relayIn(
  port: MessagePort,
  takeOver: ((line: Line) => Entered) | undefined,
  onOver: () => void,
): Relay | undefined {
  const tell = (message: Outward) => port.postMessage(message);
  tell({ type: "accepted", accepted: takeOver !== undefined });
  if (!takeOver) {
    port.close();
    return undefined;
  }
  const line: Line = {
    audio: (frame) => tell({ type: "audio", samples: frame.slice() }),
    interruption: () => tell({ type: "interruption" }),
    transcript: (role, text) => tell({ type: "transcript", role, text }),
    error: (message) => tell({ type: "error", message }),
    close: () => tell({ type: "close" }),
  };
  const call = takeOver(line);
  let closed = false;
  const end = (how: LineEnd) => {
    if (closed) return;
    closed = true;
    port.close();
    call.lineClosed(line, how);
    onOver();
  };
  port.onmessage = ({ data }: MessageEvent<Inward>) => {
    if (data.type === "audio") call.callerAudio(data.samples);
    else if (data.type === "digit") call.callerDigit(data.digit);
    else end(data.end);
  };
  return { lost: () => end("vanished") };
}
