import { fields, isFields, list, string } from "./json.ts";

/** What a server tells of a session, as far as it decides how to go on. Small servers tell nothing. */
export interface SessionTold {
  /** It is described as before general availability: the server wants to be spoken to so, too. */
  readonly isBeta?: true;
  /** How audio travels, such as `audio/pcmu`, or `audio/pcm 16000` for another rate than 24 kHz. */
  readonly input?: string;
  readonly output?: string;
}

const FORMER_FORMATS: ReadonlyMap<string, string> = new Map([
  ["pcm16", "audio/pcm"],
  ["g711_ulaw", "audio/pcmu"],
  ["g711_alaw", "audio/pcma"],
]);
const RATE_HZ = 24_000;

/** Reads the `session` of session.created and session.updated. */
export function sessionTold(value: unknown): SessionTold {
  const session = fields(value);
  const audio = fields(session.audio);
  const isBeta = !isFields(session.audio) &&
    (typeof session.input_audio_format === "string" || list(session.modalities).length > 0);
  const input = formatOf(isBeta ? session.input_audio_format : fields(audio.input).format);
  const output = formatOf(isBeta ? session.output_audio_format : fields(audio.output).format);
  return {
    ...(isBeta ? { isBeta } : {}),
    ...(input === "" ? {} : { input }),
    ...(output === "" ? {} : { output }),
  };
}

/** The format in one word; empty where none is told. */
export function formatOf(value: unknown): string {
  if (!isFields(value)) return FORMER_FORMATS.get(string(value)) ?? string(value);
  const { type, rate } = value;
  const isOther = typeof rate === "number" && rate !== RATE_HZ && type === "audio/pcm";
  return isOther ? `${type} ${rate}` : string(type);
}
