import type {
  RealtimeAudioInputTurnDetection,
  RealtimeSessionCreateRequest,
} from "openai/resources/realtime/realtime";
import type { Persona } from "../persona/define.ts";

/** Whether the greeting must be heard to its end. */
export function protectsGreeting({ greeting }: Pick<Persona, "greeting">): boolean {
  return typeof greeting === "object" && greeting.protect === true;
}

/** The exact words to begin with; `false` for none, undefined for the model's own. */
export function greetingWords({ greeting }: Pick<Persona, "greeting">): string | false | undefined {
  return typeof greeting === "object" ? greeting.say : greeting;
}

/** A session with another turn detection: a protected greeting, or a guard, has its own. */
export function withDetection(
  session: RealtimeSessionCreateRequest,
  turn_detection: RealtimeAudioInputTurnDetection | null,
): RealtimeSessionCreateRequest {
  return { ...session, audio: { ...session.audio, input: { ...session.audio?.input, turn_detection } } };
}
