/** Longest result that the model is told, in bytes of UTF-8, the note about the cut included. */
export const MAX_RESULT_BYTES = 16 * 1024;

const NOTE = "\n[Cut here: the result is longer than 16 KiB.]";
const encoder = new TextEncoder();

/** What the model is told of a tool's result: a text as it is, anything else as JSON. @throws for what JSON can't hold. */
export function resultText(value: unknown): string {
  if (typeof value === "string") return cut(value);
  return cut(JSON.stringify(value) ?? "Done.");
}

/** The text within the limit, with a note where something is missing. */
export function cut(text: string): string {
  const whole = text.toWellFormed();
  if (whole.length * 3 <= MAX_RESULT_BYTES) return whole;
  const buffer = new Uint8Array(MAX_RESULT_BYTES);
  if (encoder.encodeInto(whole, buffer).read === whole.length) return whole;
  const { read } = encoder.encodeInto(whole, buffer.subarray(NOTE.length));
  return whole.slice(0, read) + NOTE;
}

/** One line of an error's message, without a stack and not longer than a sentence or two. */
export function firstLine(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line.length > 300 ? `${line.slice(0, 300).toWellFormed()}...` : line;
}
