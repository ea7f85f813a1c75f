import type { Overrides } from "../config.ts";
import type { VariableName } from "./variables.ts";

type Kind = NonNullable<Overrides["turnDetection"]>;

/** The variables that only one kind of turn detection has. */
const KINDS: readonly (readonly [field: keyof Overrides, name: VariableName, kind: Kind])[] = [
  ["eagerness", "OPENAI_TURN_DETECTION_EAGERNESS", "semantic_vad"],
  ["threshold", "OPENAI_TURN_DETECTION_THRESHOLD", "server_vad"],
  ["silenceMs", "OPENAI_TURN_DETECTION_SILENCE_MS", "server_vad"],
  ["prefixPaddingMs", "OPENAI_TURN_DETECTION_PREFIX_PADDING_MS", "server_vad"],
  ["idleTimeoutMs", "OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS", "server_vad"],
];

/** The variables that are set and have no effect with this kind of turn detection. */
export function overridesWithoutEffect(kind: Kind, overrides: Overrides): VariableName[] {
  return KINDS.filter(([field, , of]) => of !== kind && overrides[field] !== undefined).map(([, name]) =>
    name
  );
}
