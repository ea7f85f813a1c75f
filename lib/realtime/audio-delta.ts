import type { ServerEvent } from "./events.ts";

type AudioDelta = Extract<ServerEvent, { type: "response.output_audio.delta" }>;

const TYPE = "response.output_audio.delta";
/** The keys before the audio are a few ids and numbers. */
const KEYS_MAX = 12;
const QUOTE = 0x22;

/**
 * An audio delta as the API writes it, its base64 last, without reading it as JSON: these are most of what a session
 * sends. Undefined for any other event and any other spelling, which the full parser is for: what comes out is a part of
 * the text as it stands, without escapes.
 */
export function audioDeltaIn(text: string): AudioDelta | undefined {
  if (text[0] !== "{" || !text.endsWith('"}')) return undefined;
  let type = "", responseId = "", itemId = "", contentIndex = 0;
  let at = 1;
  for (let keys = 0; keys < KEYS_MAX; keys++) {
    if (text.charCodeAt(at) !== QUOTE) return undefined;
    const keyEnd = text.indexOf('":', at + 1);
    if (keyEnd < 0) return undefined;
    const key = text.slice(at + 1, keyEnd);
    if (key.includes("\\")) return undefined;
    const from = keyEnd + 2;
    const isText = text.charCodeAt(from) === QUOTE;
    if (key === "delta") {
      const end = text.length - 2;
      if (type !== TYPE || !isText || text.indexOf('"', from + 1) !== end) return undefined;
      if (text.includes("\\", from + 1)) return undefined;
      return { type: TYPE, responseId, itemId, contentIndex, delta: text.slice(from + 1, end) };
    }
    // Ids are short; nothing in here looks through the audio.
    const end = isText ? text.indexOf('"', from + 1) : text.indexOf(",", from);
    if (end < 0) return undefined;
    const value = text.slice(isText ? from + 1 : from, end);
    if (isText ? value.includes("\\") : !/^\d{1,9}$/.test(value)) return undefined;
    if (key === "type") type = value;
    else if (key === "response_id") responseId = value;
    else if (key === "item_id") itemId = value;
    else if (key === "content_index") contentIndex = Number(value);
    if (key === "type" && value !== TYPE) return undefined;
    at = isText ? end + 2 : end + 1;
    if (text[at - 1] !== ",") return undefined;
  }
  return undefined;
}
