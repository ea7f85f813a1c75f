import { pcmFromBase64, pcmToBase64 } from "../audio/base64.ts";
import { type Clock, systemClock } from "../clock.ts";
import { dial } from "./dial.ts";
import { Mouth } from "./mouth.ts";
import { FRAME_MS, Playout } from "./playout.ts";
import { type CallerEvent, type CallReport, makeReport } from "./report.ts";
import { type Action, DEFAULT_TIMING, type Hearing, Script, type Step, type Timing } from "./script.ts";

/** A call as the caller wants it. */
export interface CallOptions {
  /** The service's address, the persona in its path or query: `ws://127.0.0.1:6030/supportAgent`. */
  readonly url: string;
  /** What the caller says and presses, in this order. @default nothing: listens to the greeting */
  readonly steps?: readonly Step[];
  /** @default {DEFAULT_TIMING} */
  readonly timing?: Partial<Timing>;
  /** @default a random one */
  readonly uuid?: string;
  /** @default the machine's */
  readonly clock?: Clock;
  /** Told of what happens, as it happens. */
  readonly onEvent?: (event: CallerEvent) => void;
  /** Hangs up. */
  readonly signal?: AbortSignal;
}

/** A call under way. */
export interface OngoingCall {
  /** What the caller hears: the truth about playback. */
  readonly playout: Playout;
  readonly finished: Promise<CallReport>;
  hangUp(): void;
}

const CLOSE_LIMIT_MS = 2000;

/**
 * Makes a whole call as avr-core does and resolves when it has ended.
 * @throws RefusedError when the service does not take it
 */
export async function placeCall(options: CallOptions): Promise<CallReport> {
  return await (await openCall(options)).finished;
}

/**
 * Opens a call; resolves once `init` has been sent.
 * @throws RefusedError when the service does not take it
 */
export async function openCall(options: CallOptions): Promise<OngoingCall> {
  return converse(await dial(options.url), options);
}

function converse(socket: WebSocket, options: CallOptions): OngoingCall {
  const clock = options.clock ?? systemClock;
  const script = new Script(options.steps ?? [], { ...DEFAULT_TIMING, ...options.timing });
  const startMs = clock.now();
  const playout = new Playout(clock);
  const mouth = new Mouth();
  const events: CallerEvent[] = [];
  const turnEndsMs: number[] = [];
  const { promise, resolve } = Promise.withResolvers<CallReport>();
  let ticks = 0;
  let cancelTick = () => {};
  let ended: CallReport["ended"] | undefined;

  const hearing = (): Hearing => ({
    nowMs: clock.now() - startMs,
    heardTotalMs: playout.heardTotalMs,
    quietMs: playout.quietMs,
  });
  // An event without its time, of each kind.
  type Untimed<Event> = Event extends unknown ? Omit<Event, "atMs"> : never;
  const tell = (event: Untimed<CallerEvent>) => {
    const timed = { ...event, atMs: clock.now() - startMs } as CallerEvent;
    events.push(timed);
    options.onEvent?.(timed);
  };
  const send = (message: Record<string, unknown>) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };

  function act(action: Action): void {
    if (action.do === "end") return end(action.why);
    mouth.begin(action.step, clock.now());
    if ("say" in action.step) tell({ type: "speaking", durationMs: action.step.say.length / 8 });
  }

  function sendFrame(): void {
    const { frame, digit, done } = mouth.next(clock.now());
    send({ type: "audio", audio: pcmToBase64(frame) });
    if (digit !== undefined) {
      send({ type: "dtmf_digit", digit });
      tell({ type: "pressed", digit });
    }
    if (!done) return;
    tell({ type: "turn ended" });
    turnEndsMs.push(clock.now());
    playout.newTurn();
    script.done(hearing());
  }

  function tick(): void {
    // Each frame has its place in absolute time: what a late timer missed is made up for at once.
    for (; ended === undefined && startMs + ticks * FRAME_MS <= clock.now(); ticks++) {
      const action = socket.readyState === WebSocket.OPEN ? script.next(hearing()) : undefined;
      if (action) act(action);
      sendFrame();
      // Closing the line does not hang up the phone: what core holds is still played.
      if (socket.readyState === WebSocket.CLOSED && playout.queuedMs === 0) end("closed by the service");
    }
    if (ended === undefined) cancelTick = clock.after(startMs + ticks * FRAME_MS - clock.now(), tick);
  }

  function receive(message: Record<string, unknown>): void {
    switch (message.type) {
      case "audio": {
        const samples = typeof message.audio === "string" ? pcmFromBase64(message.audio) : undefined;
        if (!samples) {
          return tell({ type: "bad message", what: "audio that is not base64 of 16-bit samples" });
        }
        playout.receive(samples);
        if (playout.counts.received === 1) tell({ type: "first audio" });
        return;
      }
      case "interruption":
        return tell({ type: "interruption", droppedMs: playout.interrupt() * FRAME_MS });
      case "transcript":
        return tell({ type: "transcript", role: String(message.role), text: String(message.text) });
      case "error":
        return tell({ type: "error", message: String(message.message) });
    }
  }

  function end(why: CallReport["ended"]): void {
    if (ended !== undefined) return;
    ended = why;
    cancelTick();
    const endMs = clock.now();
    const report = makeReport({ ended, startMs, endMs, playout, turnEndsMs, events });
    options.signal?.removeEventListener("abort", hangUp);
    closed(socket).then(() => resolve(report));
  }
  const hangUp = () => end("hung up");

  socket.onmessage = ({ data }) => {
    if (ended !== undefined) return;
    const message = parse(data);
    if (message) receive(message);
    else tell({ type: "bad message", what: "no JSON object" });
  };
  socket.onerror = () => {};
  socket.onclose = ({ code }) => {
    if (ended === undefined) tell({ type: "closed", code });
  };
  send({ type: "init", uuid: options.uuid ?? crypto.randomUUID() });
  options.signal?.addEventListener("abort", hangUp);
  if (options.signal?.aborted) hangUp();
  else tick();
  return { playout, finished: promise, hangUp };
}

/** Closes the socket as a hang-up does, without a code, and waits for the other side, but not for long. */
async function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, CLOSE_LIMIT_MS);
    socket.onclose = () => {
      clearTimeout(timer);
      resolve();
    };
    socket.close();
  });
}

function parse(data: unknown): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(
      typeof data === "string" ? data : new TextDecoder().decode(data as ArrayBuffer),
    );
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}
