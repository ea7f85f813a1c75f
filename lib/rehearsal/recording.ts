import { writeWav } from "../audio/wav.ts";
import type { LoadedScene } from "./load.ts";
import type { SceneOutcome } from "./stage.ts";

const LINE_HZ = 8000;
const MAX_NAME_CHARACTERS = 80;

/** A scene as a WAV file of 8 kHz: the caller on the left, the agent on the right. */
export function stereo({ caller, agent }: SceneOutcome["sound"]): Uint8Array<ArrayBuffer> {
  const length = Math.max(caller.length, agent.length);
  const both = new Int16Array(length * 2);
  for (let at = 0; at < length; at++) {
    both[at * 2] = caller[at] ?? 0;
    both[at * 2 + 1] = agent[at] ?? 0;
  }
  const file = writeWav(LINE_HZ, both);
  const header = new DataView(file.buffer);
  header.setUint16(22, 2, true); // channels
  header.setUint32(28, LINE_HZ * 4, true); // bytes per second
  header.setUint16(32, 4, true); // bytes per sample of both
  return file;
}

/** The name of a scene's file: `supportAgent-a-caller-who-wants-a-person.wav`. */
export function recordingName({ persona, name }: Pick<LoadedScene, "persona" | "name">): string {
  const words = name.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, "-");
  return `${persona.name}-${words.replace(/^-|-$/g, "").slice(0, MAX_NAME_CHARACTERS)}.wav`;
}
