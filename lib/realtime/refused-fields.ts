import type { RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import type { ApiError } from "./events.ts";
import { isFields } from "./json.ts";

/** A place in a session, such as `["audio", "input", "turn_detection"]`; of a tool its index: the list is the only one. */
export type Path = readonly string[];

/** Without these there is no call, or one whose sound is noise. What is in them stays with them. */
const NEEDED: readonly string[] = [
  "type",
  "instructions",
  "output_modalities",
  "audio.input.format",
  "audio.output.format",
];
/** What is nothing without this key of it goes as a whole. */
const KEYS_OF_ALL: ReadonlySet<string> = new Set(["type", "model", "name"]);
const MAX_PATH_CHARS = 200;

/** What these were called before general availability, as far as a call can do without them. */
const FORMER: ReadonlyMap<string, Path> = new Map([
  ["input_audio_noise_reduction", ["audio", "input", "noise_reduction"]],
  ["input_audio_transcription", ["audio", "input", "transcription"]],
  ["turn_detection", ["audio", "input", "turn_detection"]],
  ["voice", ["audio", "output", "voice"]],
  ["speed", ["audio", "output", "speed"]],
  ["max_response_output_tokens", ["max_output_tokens"]],
]);

/** The field of the session that an error names, as it names it. */
export function namedField({ param, message }: ApiError): string | undefined {
  return param ?? /['"`](session\.[\w.[\]]+)['"`]/.exec(message)?.[1];
}

/**
 * What of a session an error refuses: the field it names, or the whole of which that is the key. Undefined where it names
 * none, or one without which no call can be had.
 */
export function refusedField(error: ApiError): Path | undefined {
  const named = namedField(error);
  if (named === undefined || named.length > MAX_PATH_CHARS || !/^session\.[\w.[\]]+$/.test(named)) {
    return undefined;
  }
  const given = named.slice("session.".length).split(/[.[\]]+/).filter(Boolean);
  const all = [...FORMER.get(given[0]!) ?? given.slice(0, 1), ...given.slice(1)];
  // A tool as a whole: the server would take half of one for another.
  const path = all[0] === "tools" ? all.slice(0, 2) : all;
  const whole = path.length > 1 && KEYS_OF_ALL.has(path.at(-1)!) ? path.slice(0, -1) : path;
  const name = whole.join(".");
  const isNeeded = NEEDED.some((each) =>
    each === name || each.startsWith(`${name}.`) || name.startsWith(`${each}.`)
  );
  return isNeeded ? undefined : whole;
}

/** The session without these fields, the objects that are empty then, and the tools of these names. */
export function withoutFields(
  session: RealtimeSessionCreateRequest,
  paths: readonly Path[],
  tools: ReadonlySet<string>,
): RealtimeSessionCreateRequest {
  if (paths.length === 0 && tools.size === 0) return session;
  const copy = structuredClone(session);
  for (const path of paths) remove(copy, path);
  if (copy.tools) copy.tools = copy.tools.filter((tool) => !tools.has(toolName(tool)));
  return copy;
}

/** The name of the tool that a path leads to; undefined for any other path. */
export function toolAt({ tools }: RealtimeSessionCreateRequest, [list, index]: Path): string | undefined {
  const tool = list === "tools" && index !== undefined ? tools?.[Number(index)] : undefined;
  return tool && toolName(tool);
}

function toolName(tool: NonNullable<RealtimeSessionCreateRequest["tools"]>[number]): string {
  return tool.type === "mcp" ? `mcp ${tool.server_label}` : tool.name ?? "";
}

/** Whether the session has such a field. */
export function hasField(session: RealtimeSessionCreateRequest, path: Path): boolean {
  let at: unknown = session;
  for (const key of path) {
    if (!isFields(at) || !(key in at)) return false;
    at = at[key];
  }
  return true;
}

function remove(holder: unknown, [key, ...rest]: Path): void {
  if (!isFields(holder) || key === undefined) return;
  const own = holder as Record<string, unknown>;
  if (rest.length > 0) remove(own[key], rest);
  const isEmpty = isFields(own[key]) && Object.keys(own[key]).length === 0;
  if (rest.length === 0 || isEmpty) delete own[key];
}

/** The session with nothing but what a call needs, for a server that refuses it without a reason. */
export function neededFields(
  { type, instructions, output_modalities, audio, tools }: RealtimeSessionCreateRequest,
): RealtimeSessionCreateRequest {
  return {
    type,
    ...(instructions === undefined ? {} : { instructions }),
    ...(output_modalities === undefined ? {} : { output_modalities }),
    ...(tools === undefined ? {} : { tools }),
    audio: {
      ...(audio?.input?.format === undefined ? {} : { input: { format: audio.input.format } }),
      ...(audio?.output?.format === undefined ? {} : { output: { format: audio.output.format } }),
    },
  };
}
