import { Call } from "../call/call.ts";
import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import { createLog, type Log } from "../log.ts";
import type { Personas } from "../persona/load.ts";
import { readVariables } from "../persona/variables.ts";
import type { ModelAddress } from "../realtime/connection.ts";
import { createSimulator, type Simulator } from "../simulator/simulator.ts";
import type { Speech } from "../simulator/speech.ts";
import type { Toolbox } from "../tools/load.ts";
import { brokenOff, missingLines, noteOf, unasked, understood } from "./afterwards.ts";
import type { LoadedScene } from "./load.ts";
import { Phone } from "./phone.ts";
import { CallRecord } from "./record.ts";
import { type Check, ScenePlayer } from "./scene.ts";
import { CallerWords, type Screenplay, screenplay } from "./screenplay.ts";
import { amiStandIn, lineGoes, SceneTools } from "./stand-ins.ts";
import { destinationOf, endLimitOf, inTime, queryOf } from "./surroundings.ts";
import { realTime, type SceneTime, virtualTime } from "./time.ts";
import { type TranscriptLine, transcriptOf } from "./transcript.ts";
import { CALLER_VOICE, type CallerVoice, held, recorded } from "./voice.ts";

/** All that scenes need of the world. */
export interface Cast {
  readonly personas: Personas;
  readonly toolsFor: Toolbox["toolsFor"];
  readonly config: Config;
  /** Of the callers. */
  readonly voice: CallerVoice;
  /** Of the simulated agent. */
  readonly agentVoice: Speech;
  /** The real model, in real time. @default the simulator, in virtual time */
  readonly model?: ModelAddress;
}

/** What became of a scene. */
export interface SceneOutcome {
  readonly scene: LoadedScene;
  readonly checks: readonly Check[];
  readonly ok: boolean;
  readonly transcript: readonly TranscriptLine[];
  /** What was made of the caller's turns, once they were written down. */
  readonly understood: readonly string[];
  /** What else may explain what went wrong: warnings, lines that nobody asked for. */
  readonly notes: readonly string[];
  /** How long the call was. */
  readonly callMs: number;
  /** How long it took to play. */
  readonly tookMs: number;
  /** Both sides from the beginning on, 8 kHz. */
  readonly sound: { readonly caller: Int16Array; readonly agent: Int16Array };
}

const UUID = "00000000-0000-4000-8000-000000000000";
/** The same answers at the same times, each time. */
const SEED = 7;
/** For the last of a call that has ended. */
const AFTERWARDS_MS = 100;

/** Plays one scene from the first ring to the hang-up. */
export async function playScene(scene: LoadedScene, cast: Cast): Promise<SceneOutcome> {
  const began = performance.now();
  const time = cast.model ? realTime() : virtualTime();
  const notes: string[] = [];
  const log = createLog({ level: "warn", format: "json", write: (line) => notes.push(noteOf(line)) });
  const play = screenplay(scene.steps);
  const persona = inTime(scene.persona, time);
  const record: CallRecord = new CallRecord(time.clock, () => phone.playout);
  const phone = new Phone({
    clock: time.clock,
    onInterruption: (droppedMs) => record.interruption(droppedMs),
    onError: (message) => record.errors.push(message),
  });
  const words = new CallerWords(() => time.clock.now());
  const simulator = cast.model ? undefined : simulate(play, words, held(cast.agentVoice, time), time, log);
  const tools = new SceneTools(time, scene.setting.tools ?? {});
  const ami = amiStandIn(scene.setting.ami ?? "done", {
    time,
    log,
    onRequest(request) {
      record.ami.push({ ...request, atMs: time.clock.now() });
      lineGoes(time.clock, request, () => call.end("hung_up"));
    },
  });
  const { variables, warnings } = readVariables(persona, queryOf(scene.setting.variables));
  notes.push(...warnings);
  const call: Call = new Call({
    uuid: UUID,
    line: phone.line,
    persona,
    personas: new Map([...cast.personas].map(([name, each]) => [name, inTime(each, time)])),
    toolsFor: (each) => tools.of(cast.toolsFor(each)),
    ami,
    variables,
    config: cast.config,
    endpoint: cast.model ?? addressOf(simulator!),
    phrases: { get: (of, kind) => of.sounds?.get(kind), prepare() {} },
    clock: time.clock,
    log,
    watch: (event) => record.watch(event),
    tap: (from, text) => record.tap(from, text),
  });
  const player = new ScenePlayer({
    time,
    phone,
    record,
    toolsRun: () => tools.running || ami.running,
    greets: persona.greeting !== false,
    endLimitMs: endLimitOf(persona),
    destination: (name) => destinationOf([persona, ...cast.personas.values()], name),
    sound: (what) =>
      typeof what === "string"
        ? cast.voice.say(what, scene.setting.voice ?? CALLER_VOICE)
        : recorded(scene.file, what),
    onWords: ({ words: text, samples }) => words.begin(text, samples),
    hangUp: () => call.end("hung_up"),
  });
  phone.connect(call);
  try {
    await time.pass(player.play(scene.steps));
  } catch (error) {
    player.checks.push({ what: "the scene can be played", ok: false, seen: messageOf(error) });
  } finally {
    call.end("hung_up");
    await simulator?.close();
    await time.pass(new Promise<void>((resolve) => time.clock.after(AFTERWARDS_MS, resolve)));
  }
  const checks = [...player.checks, ...record.errors.map(brokenOff), ...cast.model ? [] : unasked(play)];
  return {
    scene,
    checks,
    ok: checks.every(({ ok }) => ok),
    transcript: transcriptOf(record),
    understood: record.recognised,
    notes: [...notes, ...cast.model ? understood(record) : missingLines(play)],
    callMs: (record.endedMs ?? time.clock.now()) - record.startMs,
    tookMs: performance.now() - began,
    sound: { caller: phone.spoken(), agent: phone.playout.recording() },
  };
}

function simulate(
  { agent }: Screenplay,
  { transcribe }: CallerWords,
  speech: Speech,
  { clock }: SceneTime,
  log: Log,
): Simulator {
  return createSimulator({ clock, seed: SEED, speech, agent, transcribe, requireKey: false, log });
}

function addressOf(simulator: Simulator): ModelAddress {
  return {
    url: "wss://simulator.invalid/v1/realtime",
    apiKey: undefined,
    connect: (url, init) => simulator.connect(url, init),
  };
}
