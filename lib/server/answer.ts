import { Call, type CallOptions } from "../call/call.ts";
import { startCeiling } from "../call/ceiling.ts";
import type { CallEvent } from "../call/events.ts";
import type { Feed } from "../console/feed.ts";
import { STAND_IN_AMI } from "../console/stand-in-ami.ts";
import { messageOf } from "../errors.ts";
import { HeldAudio } from "../call/held-audio.ts";
import type { Registry } from "../call/registry.ts";
import { openAvrLine } from "../line/avr.ts";
import { LINE_LIMITS } from "../line/limits.ts";
import type { Lease } from "../persona/generation.ts";
import type { LineFacts } from "../records/record.ts";
import type { RemoteParent, TracedCall, Traces } from "../traces.ts";
import type { Books } from "./books.ts";
import type { Door } from "./door.ts";
import { LiveCall } from "./live-call.ts";
import type { Entered, Together } from "./together.ts";

export interface AnswerOptions
  extends Omit<CallOptions, "uuid" | "line" | "watch" | "personas" | "toolsFor"> {
  readonly socket: WebSocket;
  readonly calls: Registry<LiveCall>;
  readonly door: Door;
  readonly books: Books;
  /** What the line's URL tells of the call, for its record. */
  readonly facts: LineFacts;
  /** Of the generation that the persona is from; released when the call that began with it is over, or none began. */
  readonly lease: Lease;
  /** Told of what happens in each call. */
  readonly watch?: ((event: CallEvent, uuid: string) => void) | undefined;
  /** Of the console's page, which is told of its call and may write in it. */
  readonly feed?: Feed | undefined;
  /** Told why a line that was let in may not begin a call. */
  readonly onRefused: (reason: string) => void;
  readonly traces?: Traces | undefined;
  /** Whose trace the call's is a part of. */
  readonly traceParent?: RemoteParent | undefined;
  /** Asks other workers for a live call that this one has not got. */
  readonly find?: Together["find"] | undefined;
}

/** Speaks with a socket: its `init` begins a call, or takes over the live one of that uuid. */
export function answerSocket(options: AnswerOptions): void {
  const { socket, calls, door, config, clock, feed, lease, lease: { generation } } = options;
  const log = options.log.with({ persona: options.persona.name });
  const early = new HeldAudio();
  let call: Entered | undefined;
  let closed = false;
  let hasBegun = false;
  const ami = feed ? STAND_IN_AMI : options.ami;
  /** In a call that this socket began. */
  let write = (_text: string) => {};
  const line = openAvrLine(socket, {
    init(uuid) {
      if (door.state === "closed") return line.close();
      // Core came back for a live call: its persona and variables stay, whatever this URL says.
      const own = calls.find(uuid);
      if (own) own.takeOver(line, options.persona.name);
      else if (options.find) return void elsewhere(uuid, options.find);
      enter(own ?? begin(uuid));
    },
    audio(samples) {
      if (call) call.callerAudio(samples);
      else early.push(samples);
    },
    digit: (digit) => call?.callerDigit(digit),
    ...(feed ? { text: (text: string) => write(text) } : {}),
    closed(end) {
      closed = true;
      call?.lineClosed(line, end);
      door.left(line);
      if (!hasBegun) lease.release();
    },
  }, {
    clock,
    log,
    limits: { ...LINE_LIMITS, idleMs: config.limits.lineIdleMs },
    frames: config.lineFrameMs / 20,
  });
  door.waits(line, socket);

  /** The line has its call, or was turned away. */
  function enter(entered: Entered | undefined): void {
    call = entered;
    door.left(line);
    for (const samples of early.take()) call?.callerAudio(samples);
  }

  /** What comes on the line is kept meanwhile, and so is its place. */
  async function elsewhere(uuid: string, find: Together["find"]): Promise<void> {
    const found = await find(uuid, line, options.persona.name);
    if (closed) return found?.lineClosed(line, "vanished");
    try {
      if (!found && door.state === "closed") line.close();
      else enter(found ?? begin(uuid));
    } catch (error) {
      log.error("Could not begin a call", { uuid, error: messageOf(error) });
      line.close();
    }
  }

  function begin(uuid: string): LiveCall | undefined {
    const reason = door.refusalFor(line);
    if (reason !== undefined) return turnAway(reason);
    const { limits: { lineGraceMs: graceMs, callMinutes: minutes } } = config;
    let cut = () => {};
    const { from, to } = options.facts;
    const persona = options.persona.name;
    const traced = options.traces?.begin({
      uuid,
      persona,
      generation: generation.number,
      parent: options.traceParent,
      from,
      to,
    });
    const book = options.books.open({
      uuid,
      persona,
      line: options.facts,
      traceId: traced?.traceId,
      cut: () => cut(),
    });
    const watch = (event: CallEvent) => {
      traced?.watch(event);
      options.watch?.(event, uuid);
      feed?.watch(event);
      book(event);
      if (event.type === "ended") over();
    };
    const live = new LiveCall({
      uuid,
      line,
      persona,
      graceMs,
      clock,
      log,
      begin(line) {
        const { number, personas, toolsFor } = generation;
        const tap = feed ? { tap: feed.tap } : {};
        const call = beginCall({
          ...options,
          ...tap,
          ...options.books.afterwards,
          ami,
          generation: number,
          personas,
          toolsFor,
          uuid,
          line,
          watch,
        }, traced);
        write = (text) => call.callerText(text);
        cut = () => call.cut();
        return call;
      },
    });
    hasBegun = true;
    calls.add(live);
    const end = () => live.end("time_limit");
    const stopCeiling = startCeiling({ clock, uuid, minutes, ami, log, end });
    // Never before this function returns: a call tells its end in a task of its own at the earliest.
    const over = () => {
      stopCeiling();
      live.over();
      calls.remove(live);
      lease.release();
      door.settle();
    };
    return live;
  }

  function turnAway(reason: string): undefined {
    options.onRefused(reason);
    line.error(`Could not take the call: ${reason}`);
    line.close();
  }
}

/** Begins a call; the requests that it leads to are shown as parts of its trace, where it has one. */
function beginCall(options: CallOptions, traced: TracedCall | undefined): Call {
  if (!traced) return new Call(options);
  const { traceId } = traced;
  const log = traceId === undefined ? options.log : options.log.with({ traceId });
  return traced.within(() => new Call({ ...options, log }));
}
