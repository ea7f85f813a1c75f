import { spanText, timeText } from "./words.js";

/** @import { Entry } from "./transcript.js" */

/**
 * The conversation as plain text.
 * @param {readonly Entry[]} entries
 * @param {string} title
 */
export function transcriptText(entries, title) {
  const lines = entries.map((entry) => `${timeText(entry.atMs, true)}  ${lineOf(entry)}`);
  return [title, "", ...lines, ""].join("\n");
}

/** @param {Entry} entry */
function lineOf(entry) {
  if (entry.kind === "note") return `(${entry.text})`;
  if (entry.kind === "tool") {
    const time = entry.durationMs === undefined ? "" : `, ${spanText(entry.durationMs)}`;
    return `[${entry.name}(${entry.arguments}) -> ${
      entry.text ?? (entry.state === "left" ? "the call ended" : entry.state)
    }${time}]`;
  }
  const who = entry.kind === "agent" ? "Agent" : "Caller";
  if (entry.state === "ignored") return `${who}: (noise, not answered)`;
  if (entry.state !== "interrupted") return `${who}: ${entry.text || "(speech without a transcript)"}`;
  const { heard, unheard } = heardOf(entry);
  return `${who}: ${heard} [${entry.atEnd ? "the call ended here" : "interrupted here"}]${
    unheard ? ` (not heard: ${unheard})` : ""
  }`;
}

/**
 * An interrupted answer in two: what was heard, and what was not.
 * @param {{ text: string, heardText?: string }} entry
 */
export function heardOf({ text, heardText = "" }) {
  const heard = heardText.trim();
  if (text.startsWith(heard)) return { heard, unheard: text.slice(heard.length).trim() };
  return { heard: heard || text, unheard: "" };
}
