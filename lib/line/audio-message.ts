const HEAD = '{"type":"audio","audio":"';
const TAIL = '"}';

/**
 * The base64 in an `audio` message spelled as core spells it, without reading it as JSON: 50 of these a second come from
 * every call. Undefined for any other spelling, which the full parser is for; so is what turns out not to be base64, as
 * with an escape or a second key in it.
 */
export function audioIn(message: string): string | undefined {
  if (!message.startsWith(HEAD) || !message.endsWith(TAIL)) return undefined;
  return message.slice(HEAD.length, -TAIL.length);
}
