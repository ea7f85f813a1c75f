import type { Ending } from "../../../lib/simulator/faults.ts";
import type { Session } from "../../../lib/simulator/simulator.ts";
import { voice } from "../../support/sound.ts";
import { virtualCall } from "../../support/virtual-call.ts";
import { newAgent, personasOf, toolsFor } from "./agent.ts";
import { FRAME_SAMPLES, marked } from "./marks.ts";
import { noiseSpeech } from "./noise.ts";
import { type Wire, wireOf } from "./wire.ts";

export interface WorldOptions {
  /** Length of each utterance of the agent's. @default {2000} */
  readonly answerMs?: number;
  readonly handoffVoice?: "keep" | "switch";
  /** The first handshake is answered so much later. */
  readonly openMs?: number;
  /** The first session's events come so much later. */
  readonly delayMs?: number;
  /** The persona decides itself what interrupts it. */
  readonly guarded?: boolean;
  /** Where callers go whom no model answers. */
  readonly fallback?: { readonly extension: string };
  readonly env?: Record<string, string>;
  /** What may be under way to a session when it is lost. @default {0} */
  readonly inFlightMs?: number;
  /** Told of each event of the model's when the call has handled it. */
  readonly onEvent?: (type: string) => void;
}

/**
 * How long a session that has fallen silent may be spoken to until that is noticed: a rotation, a handoff or the call's end
 * may come before.
 */
const SILENCE_NOTICED_MS = 10_000;
const CHUNK_MS = 100;
const LOOK_MS = 40;
const speech = voice(5000);
/** Sounds of our own are softer than this, the agent's voice is not. */
const OWN_SOUND_PEAK = 2500;

/** A line frame as the phone got it. */
export interface LineFrame {
  readonly samples: Int16Array;
  readonly atMs: number;
  /** Louder than any sound of our own. */
  readonly isVoice: boolean;
}

/** An interruption as the phone got it. */
export interface LineInterruption {
  readonly atMs: number;
  /** Frames that the phone had got. */
  readonly frames: number;
  /** How many of them had begun to play, or had been dropped before. */
  readonly goneFrames: number;
}

/** A call in virtual time in which every frame of either side is known by its sound, and the agent never repeats itself. */
export type World = ReturnType<typeof startWorld>;

export function startWorld(options: WorldOptions = {}) {
  // Every run waits for its next dial as long.
  const { random } = Math;
  Math.random = () => 0.5;
  const wires: Wire[] = [];
  const frames: LineFrame[] = [];
  const interruptions: LineInterruption[] = [];
  let voiceFrames = 0;
  let mute = false;
  let spokenFrames = 0;

  const { agent, next } = newAgent();
  const it = virtualCall({
    ...personasOf(options),
    env: { OPENAI_AUDIO_FORMAT: "pcmu", ...options.env },
    tools: toolsFor(() => it.clock),
    simulator: {
      agent,
      speech: noiseSpeech(options.answerMs ?? 2000),
      faults: {
        ...(options.openMs === undefined ? {} : { openMs: options.openMs }),
        ...(options.delayMs === undefined ? {} : { delayMs: options.delayMs }),
      },
    },
    between(socket) {
      const wire = wireOf(socket, () => it.clock.now(), (type) => options.onEvent?.(type));
      wires.push(wire);
      return wire.socket;
    },
    onFrame(frame) {
      const isVoice = frame.some((sample) => Math.abs(sample) > OWN_SOUND_PEAK);
      if (isVoice) voiceFrames++;
      frames.push({ samples: frame.slice(), atMs: it.clock.now(), isVoice });
    },
  });

  const { playout } = it;
  const interrupt = playout.interrupt.bind(playout);
  playout.interrupt = () => {
    const { played, dropped } = playout.counts;
    interruptions.push({ atMs: it.clock.now(), frames: frames.length, goneFrames: played + dropped });
    return interrupt();
  };

  const open = (): Session[] => it.simulator.sessions.filter(({ closed }) => !closed);
  const isOver = () => it.events.some(({ type }) => type === "ended");
  /** The caller's next so many milliseconds. */
  async function send(ms: number, sound?: Int16Array): Promise<void> {
    const chunk = new Int16Array(ms * 8);
    for (let at = 0; at < chunk.length; at += FRAME_SAMPLES) {
      chunk.set(marked(spokenFrames, sound?.subarray(at, at + FRAME_SAMPLES)), at);
      if (!isOver()) spokenFrames++;
    }
    it.call.callerAudio(chunk);
    await it.clock.run(ms);
  }

  return {
    it,
    wires,
    frames,
    interruptions,
    isOver,
    /** Frames that the caller has sent: their numbers go from 0 to this. */
    get spokenFrames() {
      return spokenFrames;
    },
    /** What the agent answers next, in order; then, as without it, words of its own. */
    next,
    /** Ends the session in use; a handshake under way fails. */
    async lose(how: Ending) {
      const [used] = open();
      if (used) used.end(how);
      else wires.at(-1)?.socket.close();
      // Nothing is said to a session of whose end we are about to learn.
      await it.clock.run(0);
    },
    /** The session in use falls silent, and hears nothing; one that is being dialled does. */
    mute(): Session | undefined {
      mute = true;
      const [used] = open();
      used?.freeze();
      return used;
    },
    isGuarded: options.guarded === true,
    /** Caller audio that sessions may have been sent and not heard. */
    swallowedMsMax: () => mute ? SILENCE_NOTICED_MS : options.inFlightMs ?? 0,
    /** Frames of the agent's voice so far. */
    words: () => voiceFrames,
    /** The sessions that the model's side holds open, oldest first. */
    open,
    /** Nothing said for so long. */
    async listen(ms: number) {
      for (let at = 0; at < ms; at += CHUNK_MS) await send(Math.min(CHUNK_MS, ms - at));
    },
    async talk(ms: number) {
      for (let at = 0; at < ms; at += CHUNK_MS) {
        await send(CHUNK_MS, speech.subarray(at * 8, (at + CHUNK_MS) * 8));
      }
    },
    /** The caller is silent until it is so; a call that is over counts as well. */
    async until(what: string, isSo: () => boolean, limitMs = 10_000) {
      for (let at = 0; !isSo(); at += LOOK_MS) {
        if (at > limitMs) throw new Error(`Waited in vain for: ${what}`);
        await send(LOOK_MS);
        if (isOver()) return;
      }
    },
    count: (type: string) => it.serverEvents.filter((event) => event.type === type).length,
    async [Symbol.asyncDispose]() {
      Math.random = random;
      await it[Symbol.asyncDispose]();
    },
  };
}
