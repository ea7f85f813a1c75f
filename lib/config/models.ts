/** What the Realtime API knows by name. Facts only; what to do with them is decided by who imports them. */

export const DEFAULT_MODEL = "gpt-realtime-2.1";
/** `whisper-1`, the former default, shuts down on 2027-02-26. */
export const DEFAULT_TRANSCRIPTION_MODEL = "gpt-transcribe";
export const DEFAULT_VOICE = "alloy";
/** As the telephone line has it, so nothing is converted twice (bench/formats.ts). */
export const DEFAULT_AUDIO_FORMAT = "pcmu";
/** What is kept of a long conversation: realtime/truncation.ts says why. */
export const DEFAULT_RETENTION_RATIO = 0.8;
export const DEFAULT_TOKEN_LIMIT = 24_000;

export const VOICES = [
  "alloy",
  "ash",
  "ballad",
  "cedar",
  "coral",
  "echo",
  "marin",
  "sage",
  "shimmer",
  "verse",
] as const;
/** A voice that the API ships. */
export type KnownVoice = typeof VOICES[number];

export const REASONING_EFFORTS = ["minimal", "low", "medium", "high", "xhigh"] as const;
/** How long a reasoning model thinks. */
export type ReasoningEffort = typeof REASONING_EFFORTS[number];

export const EAGERNESS = ["low", "medium", "high", "auto"] as const;
/** How soon `semantic_vad` takes a turn for ended. */
export type Eagerness = typeof EAGERNESS[number];

/** Ranges that the API enforces: one value outside of them makes it refuse the whole session.update. */
export const MAX_OUTPUT_TOKENS = 4096;
export const SPEED_RANGE = [0.25, 1.5] as const;
export const IDLE_TIMEOUT_RANGE_MS = [5_000, 30_000] as const;
/** From a minute of talk to the most that any model reads. */
export const TOKEN_LIMIT_RANGE = [1_000, 96_000] as const;

/** How long a model stays with us. */
export type Life =
  | { readonly state: "active" }
  | { readonly state: "ending"; readonly date: string; readonly successor: string }
  | { readonly state: "gone"; readonly successor: string };

const ACTIVE: Life = { state: "active" };
const ENDING_MODELS = [
  "gpt-realtime",
  "gpt-realtime-2025-08-28",
  "gpt-realtime-mini",
  "gpt-realtime-mini-2025-12-15",
];
const ENDING_TRANSCRIPTION_MODELS = [
  "whisper-1",
  "gpt-4o-transcribe",
  "gpt-4o-transcribe-diarize",
  "gpt-4o-mini-transcribe",
  "gpt-4o-mini-transcribe-2025-12-15",
];

/** What is known of a model; ids that are not known count as active, as new ones appear without notice. */
export function lifeOfModel(model: string): Life {
  const successor = model.includes("-mini") ? "gpt-realtime-2.1-mini" : "gpt-realtime-2.1";
  if (/^gpt-4o(-mini)?-realtime-preview(-\d{4}-\d\d-\d\d)?$/.test(model)) return { state: "gone", successor };
  if (ENDING_MODELS.includes(model)) return { state: "ending", date: "2027-01-20", successor };
  return ACTIVE;
}

/** The same for a model that transcribes the caller. */
export function lifeOfTranscriptionModel(model: string): Life {
  if (!ENDING_TRANSCRIPTION_MODELS.includes(model)) return ACTIVE;
  return { state: "ending", date: "2027-02-26", successor: DEFAULT_TRANSCRIPTION_MODEL };
}

/** Whether the model takes `reasoning`; others refuse the whole session.update for it. */
export function isReasoningModel(model: string): boolean {
  return /^gpt-realtime-2(\.|-|$)/.test(model);
}

/** Tokens of conversation that a model reads at most: its context, less its longest output. */
export function conversationTokens(model: string): number {
  return isReasoningModel(model) ? 96_000 : 27_904;
}

/** Whether the transcription model takes a `prompt`. */
export function takesTranscriptionPrompt(model: string): boolean {
  return model !== "gpt-realtime-whisper" && !model.endsWith("-diarize");
}

/** A voice of the API, or the id of a custom one (`voice_...`). */
export function isVoice(voice: string): boolean {
  return (VOICES as readonly string[]).includes(voice) || /^voice_\w+$/.test(voice);
}

/** The English name of a language code such as `de` or `pt-BR`; undefined if there is none. */
export function languageName(code: string): string | undefined {
  if (!/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(code)) return undefined;
  try {
    return new Intl.DisplayNames(["en"], { type: "language", fallback: "none" }).of(code);
  } catch {
    return undefined;
  }
}
