import { basename } from "node:path";
import type { Edition } from "./edition.ts";
import type { Personas } from "./load.ts";
import type { Sounds } from "./sounds.ts";

/** What is compared. */
interface Loaded {
  readonly edition: Edition;
  readonly personas: Personas;
}

/**
 * Names the personas and tools whose files differ, those that they import and their recordings included, and those that
 * are gone; undefined where there are none.
 */
export function changes(before: Loaded, after: Loaded): Record<"changed" | "gone", string | undefined> {
  const changed = after.edition.files.filter((file) =>
    !after.edition.hasSame(file, before.edition) ||
    !haveSame(soundsOf(file, before), soundsOf(file, after))
  );
  const gone = before.edition.files.filter((file) => !after.edition.files.includes(file));
  return { changed: names(changed), gone: names(gone) };
}

function soundsOf(file: string, { personas }: Loaded): Sounds {
  return [...personas.values()].find((persona) => persona.file === file)?.sounds ?? new Map();
}

function haveSame(one: Sounds, other: Sounds): boolean {
  return one.size === other.size && [...one].every(([kind, samples]) => {
    const others = other.get(kind);
    return samples.length === others?.length && samples.every((sample, index) => sample === others[index]);
  });
}

function names(files: readonly string[]): string | undefined {
  if (files.length === 0) return undefined;
  return files.map((file) => basename(file).replace(/\.[a-z]+$/, "")).join(", ");
}
