import { AgentAudio } from "./agent-audio.ts";
import { AgentSpeech } from "./agent-speech.ts";
import type { ConversationOptions } from "./conversation-options.ts";
import { Floor } from "./floor.ts";
import { InterruptionGuard, settingsOf } from "./guard.ts";
import { Latency } from "./latency.ts";
import { protectsGreeting } from "./opening.ts";
import type { Playback } from "./playback.ts";
import type { Responses } from "./responses.ts";
import type { Transcripts } from "./transcripts.ts";
import { Turns } from "./turns.ts";

export interface TurnTakingOptions extends
  Pick<
    ConversationOptions,
    "clock" | "config" | "line" | "log" | "persona" | "send" | "session" | "sentMs" | "tell" | "onAudio"
  > {
  readonly playback: Playback;
  readonly responses: Responses;
  readonly transcripts: Transcripts;
  /** The caller speaks in earnest. */
  readonly onCaller: () => void;
  /** The phone side dropped what it still played; so long after the caller began to speak, where that is known. */
  readonly onInterrupted: (sinceSpeechMs: number | undefined) => void;
}

/** Who speaks, who may be cut off, and what reaches the ear of it. */
export interface TurnTaking {
  readonly floor: Floor;
  readonly audio: AgentAudio;
  readonly latency: Latency;
  /** Only where the persona wants noise and echo told from words. */
  readonly guard: InterruptionGuard | undefined;
  /** There is a line again, which was sent these frames first: only now it is known when they play. */
  readonly lineBack: (frames: readonly Int16Array[]) => void;
  /** The session is gone, or the call is over: nothing waits any more. */
  readonly stop: () => void;
}

const FRAME_MS = 20;

/** Puts together what takes turns in a conversation. */
export function createTurnTaking(options: TurnTakingOptions): TurnTaking {
  const { clock, config, line, log, persona, send, session, playback, responses, transcripts } = options;
  const detection = session.audio?.input?.turn_detection ?? null;
  // Where nothing interrupts by the persona's own word, there is nothing to guard.
  const interruptible = detection !== null && detection.interrupt_response !== false;
  const guard = persona.interrupt && interruptible
    ? new InterruptionGuard({
      ...settingsOf(persona.interrupt),
      clock,
      agentAudible: () => playback.unheardWordsMs() > 0,
      onInterrupt: () => floor.interrupt(),
    })
    : undefined;
  const latency = new Latency({
    clock,
    sentMs: options.sentMs,
    silenceMs: detection?.type === "server_vad" ? detection.silence_duration_ms ?? 0 : 0,
    prefixMs: detection?.type === "server_vad" ? detection.prefix_padding_ms : undefined,
    onAnswered: (latencyMs, modelMs) => options.tell({ type: "answered", latencyMs, modelMs }),
  });
  const speech = new AgentSpeech({ ...options, latencyMs: config.lineLatencyMs });
  const audio = new AgentAudio({
    format: config.audioFormat,
    playback,
    responses,
    log,
    onLate: (ms) => options.tell({ type: "audio_fault", kind: "agent_late", ms }),
    onAudio() {
      latency.audio();
      options.onAudio();
    },
    send: (frame, playsAtMs) => {
      line.audio(frame);
      guard?.agentFrame(frame, playsAtMs);
      speech.frame(playsAtMs);
    },
  });
  const turns = new Turns({
    playback,
    responses,
    send,
    interruption: () => {
      line.interruption();
      guard?.agentSilent();
      speech.cut();
      options.onInterrupted(latency.speakingMs);
    },
    discard: () => audio.discard(),
    onCut: (cut, wasHeard) => transcripts.cut(cut, wasHeard ? latency.speakingMs : undefined),
  });
  const floor = new Floor({
    clock,
    turns,
    responses,
    detection,
    guard,
    send,
    onCaller: options.onCaller,
    onIgnored: (itemId) => transcripts.ignore(itemId),
  });
  if (protectsGreeting(persona)) floor.protect();
  const lineBack = (frames: readonly Int16Array[]) => {
    let playsAtMs = playback.endMs - frames.length * FRAME_MS;
    for (const frame of frames) {
      guard?.agentFrame(frame, playsAtMs);
      playsAtMs += FRAME_MS;
    }
  };
  const stop = () => {
    floor.clear();
    speech.stop();
  };
  return { floor, audio, latency, guard, lineBack, stop };
}
