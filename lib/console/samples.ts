import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";

/** A recording that can stand in for a caller's voice. */
export interface Sample {
  readonly name: string;
  /** For people. */
  readonly label: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const FOLDER = new URL("../../samples/", import.meta.url);
const SHIPPED = [{ name: "question", label: "A question", file: "question.wav" }];

/** Reads the recordings that are shipped; without them the page does without, as an image may leave them out. */
export function readSamples(log: Log, folder: URL = FOLDER): readonly Sample[] {
  return SHIPPED.flatMap(({ name, label, file }) => {
    try {
      return [{ name, label, bytes: Deno.readFileSync(new URL(file, folder)) }];
    } catch (error) {
      log.debug("Console has no sample to play", { file, error: messageOf(error) });
      return [];
    }
  });
}
