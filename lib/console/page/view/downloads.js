import { transcriptText } from "../call/transcript-text.js";
import { timeText } from "../call/words.js";
import { button } from "./dom.js";

/** @import { Call } from "../call/call.js" */

/**
 * The files that a call leaves.
 * @param {() => { call: Call, persona: string, startedAt: Date } | undefined} last
 */
export function mountDownloads(last) {
  /**
   * @param {string} id
   * @param {string} ending
   * @param {(call: Call, title: string) => Blob} make
   */
  const mount = (id, ending, make) =>
    button(id).addEventListener("click", () => {
      const known = last();
      if (!known) return;
      const { call, persona, startedAt } = known;
      const stamp = localStamp(startedAt);
      const title = `Parley, ${persona}, ${stamp}, ${timeText(call.recording.durationMs)}`;
      save(make(call, title), `parley-${persona}-${stamp.replace(" ", "-").replace(":", "")}.${ending}`);
    });
  mount("save-recording", "wav", recordingOf);
  mount(
    "save-transcript",
    "txt",
    (call, title) => new Blob([transcriptText(call.transcript.entries, title)], { type: "text/plain" }),
  );
  mount("save-events", "jsonl", (call) => new Blob([call.log.text()], { type: "application/jsonl" }));
}

/** @param {Call} call */
export function recordingOf(call) {
  return new Blob([call.recording.wav()], { type: "audio/wav" });
}

/** `2027-03-14 15:04`. @param {Date} date */
function localStamp(date) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
