import { spanText } from "./words.js";

/** @import { AnyEvent } from "./transcript.js" */

/** @type {Readonly<Record<string, (span: string) => string>>} */
const AUDIO_FAULTS = {
  caller_dropped: (span) => `${span} of the caller's audio was lost, as no session could take it`,
  agent_dropped: (span) => `${span} of the agent's audio was lost, as the line could not take it`,
  agent_late: (span) => `The agent's audio came ${span} late`,
};

/**
 * What is worth a line of the transcript though nobody said it; undefined for all other events of the call.
 * @param {AnyEvent} event
 * @returns {{ text: string, bad: boolean } | undefined}
 */
export function noteOf(event) {
  switch (event.type) {
    case "digit":
      return { text: `Key ${event.digit}`, bad: false };
    case "noted":
      return { text: `The model is told: ${event.text}`, bad: false };
    case "handoff":
      return { text: `${event.from} hands the call to ${event.to}`, bad: false };
    case "audio_fault": {
      const text = AUDIO_FAULTS[event.kind]?.(spanText(event.ms));
      return text === undefined ? undefined : { text, bad: true };
    }
    case "model_lost":
      return { text: `The model is lost and dialled again (${event.reason})`, bad: true };
    case "model_back":
      return { text: `The model is back after ${spanText(event.gapMs)}`, bad: false };
    case "rotated":
      return { text: "The model's session was replaced before it grew too old", bad: false };
    case "summarized":
      return { text: "The older turns became a summary", bad: false };
    default:
      return undefined;
  }
}
