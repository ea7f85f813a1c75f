/** Plays scenes without files and without a synthesizer: callers and agents speak in tones. */
import { readConfig } from "../../lib/config.ts";
import type { PersonaDefinition, Scene, Step } from "../../lib/persona/define.ts";
import type { LoadedPersona } from "../../lib/persona/load.ts";
import { playScene, type SceneOutcome } from "../../lib/rehearsal/stage.ts";
import { sceneOf } from "../../lib/rehearsal/schema.ts";
import { keptVoice } from "../../lib/rehearsal/voice.ts";
import { createToneSpeech } from "../../lib/simulator/speech.ts";
import { builtInTools, controlTools } from "../../lib/tools/built-in.ts";
import type { Tool } from "../../lib/tools/tool.ts";

export interface PlayOptions {
  persona?: PersonaDefinition;
  /** Others that the call can be handed to. */
  personas?: Record<string, PersonaDefinition>;
  /** Beside those that the persona itself brings. */
  tools?: readonly Tool[];
  /** Where recordings are. @default the project's folder */
  file?: string;
}

export const loaded = (name: string, persona: PersonaDefinition): LoadedPersona => ({
  ...persona,
  name,
  file: `${name}.ts`,
  warnings: [],
});

const GREETER: PersonaDefinition = { instructions: "Answer the telephone.", greeting: "Good day." };
const config = readConfig({ SIMULATOR: "always", LINE_LATENCY_MS: "0" });

export function play(
  scene: Scene | readonly Step[],
  { persona = GREETER, personas = {}, tools = [], file = "test.rehearsal.ts" }: PlayOptions = {},
): Promise<SceneOutcome> {
  const { steps, ...setting } = sceneOf(scene);
  const cast = new Map(
    Object.entries({ test: persona, ...personas }).map(([name, each]) => [name, loaded(name, each)]),
  );
  const toolsFor = (of: { readonly name: string }) => {
    const own = cast.get(of.name)!;
    return new Map(
      [...controlTools(own), ...builtInTools(own, {}), ...tools].map((tool) => [tool.name, tool]),
    );
  };
  return playScene({ persona: cast.get("test")!, file, name: "scene", setting, steps }, {
    personas: cast,
    toolsFor,
    config,
    voice: keptVoice(createToneSpeech()),
    agentVoice: createToneSpeech(),
  });
}

/** Each check as a line: what holds, and what was seen where something does not. */
export function told({ checks }: SceneOutcome): string[] {
  return checks.map(({ what, ok, seen }) => ok ? `ok: ${what}` : `failed: ${what}: ${seen}`);
}

/** The transcript without its times. */
export function said({ transcript }: SceneOutcome): string[] {
  return transcript.map(({ who, text, interrupted }) => `${who}: ${text}${interrupted ? " *" : ""}`);
}
