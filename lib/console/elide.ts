/** Characters of a text that are shown of it; instructions may be a thousand times as long. */
const TEXT_MAX = 4000;
/** Deeper than any event of the API; what is below is left out. */
const DEPTH_MAX = 12;

/** An event's copy to be looked at: audio by its length, long texts shortened, tokens of MCP servers left out. */
export function elided(event: unknown): unknown {
  return copy(event, isAudioDelta(event) ? ["audio", "delta"] : ["audio"], TEXT_MAX, DEPTH_MAX);
}

/** The whole of it, without the tokens of MCP servers, which are for these servers alone. */
export function withoutSecrets(value: unknown): unknown {
  return copy(value, [], Infinity, DEPTH_MAX);
}

/** How audio is shown. @param characters of its base64 */
export function audioOf(characters: number): string {
  return `(${Math.floor(characters * 3 / 4)} bytes)`;
}

function isAudioDelta(event: unknown): boolean {
  return typeof event === "object" && event !== null && "type" in event &&
    event.type === "response.output_audio.delta";
}

function copy(value: unknown, audioKeys: readonly string[], textMax: number, depth: number): unknown {
  if (typeof value === "string") {
    return value.length > textMax ? `${value.slice(0, textMax)}... (${value.length} characters)` : value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "...";
  if (Array.isArray(value)) return value.map((each) => copy(each, audioKeys, textMax, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (key === "authorization") return [key, "..."];
      if (typeof each === "string" && audioKeys.includes(key)) return [key, audioOf(each.length)];
      return [key, copy(each, audioKeys, textMax, depth - 1)];
    }),
  );
}
