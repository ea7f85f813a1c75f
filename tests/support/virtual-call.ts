import { Call } from "../../lib/call/call.ts";
import type { CallEvent } from "../../lib/call/events.ts";
import { Playout } from "../../lib/caller/playout.ts";
import { readConfig } from "../../lib/config.ts";
import type { Line } from "../../lib/line/line.ts";
import { LineSwitch } from "../../lib/line/switch.ts";
import { createLog } from "../../lib/log.ts";
import type { PersonaDefinition } from "../../lib/persona/define.ts";
import type { LoadedPersona } from "../../lib/persona/load.ts";
import {
  createSimulator,
  type ModelSocket,
  type SentEvent,
  type SimulatorOptions,
} from "../../lib/simulator/simulator.ts";
import { type Ami, createAmi } from "../../lib/tools/ami.ts";
import type { Tool } from "../../lib/tools/tool.ts";
import { VirtualClock } from "./clock.ts";
import { createAmiStandIn } from "./ami.ts";
import { checkClient, checkServer } from "./official.ts";

export interface VirtualCallOptions {
  persona: PersonaDefinition;
  variables?: Record<string, unknown>;
  env?: Record<string, string>;
  simulator?: SimulatorOptions;
  /** Others that the call may be handed to. */
  personas?: Record<string, PersonaDefinition>;
  tools?: readonly Tool[];
  /** @default one that does all it is asked for */
  ami?: Ami;
  /** What is kept for when the model is away. @default nothing */
  phrases?: Record<string, Int16Array>;
  /** Comes between the call and each socket of the model's. */
  between?: (socket: ModelSocket) => ModelSocket;
  /** What is asked of the model when the call is over. @default nothing */
  afterwards?: "cost" | "all";
  /** Told of each frame of agent audio as the line gets it; valid only during the call. */
  onFrame?: (frame: Int16Array) => void;
}

const loaded = (name: string, persona: PersonaDefinition): LoadedPersona => ({
  ...persona,
  name,
  file: `${name}.ts`,
  warnings: [],
});

/** A whole call in virtual time: the real call, the simulator, and a phone whose playback is the truth of what was heard. */
export function virtualCall(options: VirtualCallOptions) {
  const clock = new VirtualClock();
  const events: (CallEvent & { atMs: number })[] = [];
  const clientEvents: { type: string; atMs: number; [key: string]: unknown }[] = [];
  const serverEvents: SentEvent[] = [];
  const logged: string[] = [];
  const faults: string[] = [];
  const told: { type: string; text?: string; atMs: number }[] = [];
  const playout = new Playout(clock);
  const simulator = createSimulator({
    clock,
    seed: 7,
    requireKey: false,
    ...options.simulator,
    onClientEvent(event) {
      clientEvents.push({ ...event, atMs: clock.now() });
      faults.push(...checkClient(event));
    },
    onServerEvent(event) {
      serverEvents.push(event);
      faults.push(...checkServer(event));
    },
  });
  const note = (type: string, text?: string) =>
    told.push({ type, atMs: clock.now(), ...(text === undefined ? {} : { text }) });
  /** The line of one socket: the phone behind it is always the same. */
  const socket = (): Line => ({
    audio(frame) {
      options.onFrame?.(frame);
      playout.receive(frame);
    },
    interruption() {
      note("interruption");
      playout.interrupt();
    },
    transcript: (role, text) => note(role, text),
    error: (message) => note("error", message),
    close: () => note("closed"),
  });
  const line = new LineSwitch(clock, socket());
  const call = new Call({
    uuid: "u-1",
    line,
    persona: loaded("test", options.persona),
    personas: new Map(
      Object.entries(options.personas ?? {}).map(([name, persona]) => [name, loaded(name, persona)]),
    ),
    toolsFor: () => new Map((options.tools ?? []).map((tool) => [tool.name, tool])),
    ami: options.ami ?? createAmi({ url: "http://ami.test", fetch: createAmiStandIn().fetch }),
    variables: options.variables ?? {},
    config: readConfig({ SIMULATOR: "always", LINE_LATENCY_MS: "0", ...options.env }),
    endpoint: {
      url: "wss://model.example/v1/realtime",
      apiKey: undefined,
      connect(url, init) {
        const socket = simulator.connect(url, init);
        return options.between?.(socket) ?? socket;
      },
    },
    phrases: { get: (_, kind) => options.phrases?.[kind], prepare() {} },
    clock,
    log: createLog({ level: "debug", write: (line) => logged.push(line) }),
    watch: (event) => events.push({ ...event, atMs: clock.now() }),
    ...(options.afterwards ? { afterwards: options.afterwards } : {}),
  });

  /** Sends samples in real time, 20 ms at a time, then silence up to `ms`; without samples only silence. */
  async function hear(samples: Int16Array, ms = samples.length / 8): Promise<void> {
    for (let atMs = 0; atMs < ms; atMs += 20) {
      const frame = new Int16Array(160);
      frame.set(samples.subarray(atMs * 8, atMs * 8 + 160));
      call.callerAudio(frame);
      await clock.run(20);
    }
  }

  return {
    clock,
    call,
    playout,
    simulator,
    /** Its socket vanishes. */
    loseLine: () => line.detach(),
    /** Another socket comes. */
    bringLine: () => call.lineBack(line.attach(socket())),
    events,
    clientEvents,
    serverEvents,
    logged,
    /** What the line was told, apart from audio. */
    told,
    hear,
    /** Nothing said for so long, as a line that sends silence. */
    silence: (ms: number) => hear(new Int16Array(0), ms),
    /** Texts that the agent has said so far. */
    said: () => told.filter(({ type }) => type === "agent").map(({ text }) => text),
    ofType: (type: string) => clientEvents.filter((event) => event.type === type),
    async [Symbol.asyncDispose]() {
      call.end("shutdown");
      await simulator.close();
      await clock.run(100);
      if (clock.pending > 0) throw new Error(`Timers left after the call: ${clock.pending}`);
      if (faults.length > 0) throw new Error(`Events against the official types:\n${faults.join("\n")}`);
    },
  };
}
