/** `deno task rehearse`: plays the rehearsals of the personas and tells in words what holds. Started by main.ts. */
import { join } from "node:path";
import { readEnvironment } from "../config.ts";
import type { Environment } from "../config/environment.ts";
import { ConfigError, messageOf } from "../errors.ts";
import { createLog } from "../log.ts";
import { loadPersonas } from "../persona/load.ts";
import type { ModelAddress } from "../realtime/connection.ts";
import { createFliteSpeech, createToneSpeech } from "../simulator/speech.ts";
import { loadTools } from "../tools/load.ts";
import { readArguments, type RehearsalArguments, USAGE } from "./arguments.ts";
import { configOf } from "./config.ts";
import { junit, junitOfFaults } from "./junit.ts";
import { type LoadedScene, loadScenes } from "./load.ts";
import { recordingName, stereo } from "./recording.ts";
import { reportScene, summary } from "./report.ts";
import { playScene, type SceneOutcome } from "./stage.ts";
import { CALLER_VOICE, type CallerVoice, keptVoice } from "./voice.ts";

export interface Output {
  out(line: string): void;
  error(line: string): void;
}

const HOLDS = 0;
const FAILED = 1;
const FAULTY = 2;

/** Runs the command; returns its exit code. */
export async function rehearseCommand(
  args: string[],
  environment: () => Environment,
  output: Output,
): Promise<number> {
  let asked: RehearsalArguments | undefined;
  try {
    asked = readArguments(args);
    if (asked.help) {
      output.out(USAGE);
      return HOLDS;
    }
    const outcomes = await rehearse(asked, environment(), output);
    if (asked.junit !== undefined) await Deno.writeTextFile(asked.junit, junit(outcomes));
    output.out(summary(outcomes));
    return outcomes.every(({ ok }) => ok) ? HOLDS : FAILED;
  } catch (error) {
    const faults = error instanceof ConfigError ? error.faults : [messageOf(error)];
    faults.forEach(output.error);
    if (asked?.junit !== undefined) await keepFaults(asked.junit, faults, output);
    return FAULTY;
  }
}

/** Plays the scenes one after the other, and tells of each as it ends. */
async function rehearse(
  { names, scene: part, live, record }: RehearsalArguments,
  env: Environment,
  output: Output,
): Promise<SceneOutcome[]> {
  const config = configOf(env, live);
  const personas = await loadPersonas(config.personasDir, { overrides: config.overrides });
  const log = createLog({ level: "warn", write: output.error });
  const toolbox = await loadTools({ personas, config, log });
  const flite = createFliteSpeech({ log });
  try {
    const { toolsFor } = toolbox;
    const all = await loadScenes({ dir: config.personasDir, personas, toolsFor, names });
    const scenes = all.filter(({ name }) =>
      part === undefined || name.toLowerCase().includes(part.toLowerCase())
    );
    if (scenes.length === 0) {
      throw new ConfigError([`There is no scene with these words in its name: ${part}`]);
    }
    const voice = keptVoice(flite);
    // The callers learn their lines while the first scenes are played.
    for (const scene of scenes) learn(scene, voice);
    // Nobody hears the agent, unless it is recorded.
    const agentVoice = record === undefined ? createToneSpeech() : flite;
    const model: ModelAddress | undefined = live
      ? { ...config.model, connect: (url, options) => new WebSocket(url, options) }
      : undefined;
    const cast = { personas, toolsFor, config, voice, agentVoice, ...model && { model } };
    const outcomes: SceneOutcome[] = [];
    if (record !== undefined) await Deno.mkdir(record, { recursive: true });
    for (const scene of scenes) {
      if (scene.persona !== scenes[outcomes.length - 1]?.persona) output.out(scene.persona.name);
      const outcome = await playScene(scene, cast);
      outcomes.push(outcome);
      reportScene(outcome).forEach(output.out);
      if (record !== undefined) {
        await Deno.writeFile(join(record, recordingName(scene)), stereo(outcome.sound));
      }
    }
    return outcomes;
  } finally {
    flite.close();
    toolbox.close();
  }
}

function learn({ steps, setting }: LoadedScene, voice: CallerVoice): void {
  for (const step of steps) {
    if ("what" in step && typeof step.what === "string") {
      // What goes wrong is told when the line is due.
      voice.say(step.what, setting.voice ?? CALLER_VOICE).catch(() => {});
    }
  }
}

async function keepFaults(file: string, faults: readonly string[], { error }: Output): Promise<void> {
  try {
    await Deno.writeTextFile(file, junitOfFaults(faults));
  } catch (cause) {
    error(`Could not write ${file}: ${messageOf(cause)}`);
  }
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  const output: Output = {
    out: (line) => void Deno.stdout.writeSync(encoder.encode(line + "\n")),
    error: (line) => void Deno.stderr.writeSync(encoder.encode(line + "\n")),
  };
  Deno.exit(await rehearseCommand(Deno.args, readEnvironment, output));
}
