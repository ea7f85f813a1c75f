import * as check from "./checks.ts";
import { DEFAULT_AUDIO_FORMAT } from "./models.ts";
import type { Variable } from "./variable.ts";

const AUDIO_FORMATS = ["pcm", "pcmu", "pcma"] as const;

/** The sound, and the phone's side; part of the table in variables.ts. */
export const TELEPHONY = {
  OPENAI_AUDIO_FORMAT: {
    group: "Telephony",
    default: DEFAULT_AUDIO_FORMAT,
    check: check.oneOf(...AUDIO_FORMATS),
    help:
      "Audio between Parley and the model: pcmu or pcma (G.711, 8 kHz, as the telephone line has it), or pcm (24 kHz).",
  },
  LINE_FRAME_MS: {
    group: "Telephony",
    default: "20",
    check: check.frameMs,
    help:
      "Milliseconds of agent audio in a message to the line, at most: 20, or up to 200 where core is known to take more.",
  },
  LINE_LATENCY_MS: {
    group: "Telephony",
    default: "60",
    check: check.wholeNumber(0, 2000),
    help:
      "Milliseconds from Parley to the caller's ear; how much of an interrupted answer was heard depends on it.",
  },
  AMI_URL: {
    group: "Telephony",
    alias: "AMI_ENDPOINT",
    default: "http://127.0.0.1:6006",
    check: check.httpUrl,
    help: "avr-ami, which transfers and hangs up.",
  },
} as const satisfies Readonly<Record<string, Variable>>;
