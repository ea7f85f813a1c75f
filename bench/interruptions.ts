/**
 * How well the modelled playback matches what a caller hears: real speech cuts into real answers at random points,
 * over real sockets, and the truncation told to the model is compared with the caller stand-in's own playback.
 *
 * Run: deno run --no-prompt --allow-net=127.0.0.1 --allow-read --allow-env bench/interruptions.ts
 */
import { readWav } from "../lib/audio/wav.ts";
import { openCall } from "../lib/caller/caller.ts";
import { systemClock } from "../lib/clock.ts";
import { readConfig } from "../lib/config.ts";
import { silentLog } from "../lib/log.ts";
import { oneGeneration } from "../lib/persona/generation.ts";
import { createService } from "../lib/server.ts";
import { createRandom } from "../lib/simulator/ids.ts";
import { createSimulator } from "../lib/simulator/simulator.ts";
import { createAmi } from "../lib/tools/ami.ts";
import { createFliteSpeech } from "../lib/simulator/speech.ts";
import { socketDial } from "../lib/realtime/socket/dial.ts";

const CALLS = 50;
const AT_ONCE = 5;
const STORY =
  "Welcome to the museum of clocks. In the first room you see a sundial from Athens, made of marble. " +
  "In the second room there is a water clock, which measured how long a lawyer was allowed to speak. " +
  "In the third room a monk built the first clock with an escapement, and it has been ticking ever since. " +
  "In the fourth room hangs a pendulum as long as a bus, and children like to guess where it will be next.";

interface Outcome {
  /** Truncation told to the model minus what the caller had heard, ms. */
  readonly errorMs: number;
  /** From the first word of the caller to the stop, ms. */
  readonly stopMs: number;
}

async function measure(lineLatencyMs: number, speech: Int16Array): Promise<Outcome[]> {
  const voice = createFliteSpeech({ log: silentLog });
  const simulator = createSimulator({ seed: 1, speech: voice });
  const model = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (r) => simulator.handler(r));
  const truncated = new Map<string, number>();
  const config = readConfig({
    OPENAI_API_KEY: "sk-bench",
    OPENAI_REALTIME_URL: `ws://127.0.0.1:${model.addr.port}/v1/realtime`,
    LINE_LATENCY_MS: String(lineLatencyMs),
  });
  const service = createService({
    config,
    generations: oneGeneration({
      personas: new Map([["assistant", {
        name: "assistant",
        file: "assistant.ts",
        warnings: [],
        instructions: "Guide the caller.",
        greeting: STORY,
      }]]),
      toolsFor: () => new Map(),
    }),
    ami: createAmi({ url: config.amiUrl }),
    endpoint: { ...config.model, connect: socketDial },
    clock: systemClock,
    log: silentLog,
    watch: (event, uuid) => event.type === "interrupted" && truncated.set(uuid, event.heardMs),
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, service.handler);
  const { next } = createRandom(lineLatencyMs + 1);

  async function interruptOnce(index: number): Promise<Outcome | undefined> {
    const uuid = `call-${index}`;
    let heardMs: number | undefined;
    let spokeAtMs = 0;
    let stoppedAtMs = 0;
    const call = await openCall({
      url: `ws://127.0.0.1:${server.addr.port}/`,
      uuid,
      steps: [{ say: speech }],
      timing: { speakAtMs: 1500 + next() * 12_000 },
      onEvent(event) {
        if (event.type === "speaking") spokeAtMs = event.atMs;
        if (event.type !== "interruption" || heardMs !== undefined) return;
        heardMs = call.playout.heardMs;
        stoppedAtMs = event.atMs;
        setTimeout(() => call.hangUp(), 200);
      },
    });
    await call.finished;
    const toldMs = truncated.get(uuid);
    if (heardMs === undefined || toldMs === undefined) return undefined;
    return { errorMs: toldMs - heardMs, stopMs: stoppedAtMs - spokeAtMs };
  }

  const outcomes: Outcome[] = [];
  for (let first = 0; first < CALLS; first += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, (_, index) => interruptOnce(first + index));
    for (const outcome of await Promise.all(batch)) if (outcome) outcomes.push(outcome);
  }
  service.stop();
  await simulator.close();
  await server.shutdown();
  await model.shutdown();
  voice.close();
  return outcomes;
}

const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;
const shown = (value: number) => value.toFixed(0);

const { samples } = readWav(await Deno.readFile(new URL("../samples/question.wav", import.meta.url)));
console.log(
  `| LINE_LATENCY_MS | interrupted | truncation minus heard, ms: min / median / max | first word to stop, ms: median / p95 |
| --- | --- | --- | --- |`,
);
for (const lineLatencyMs of [0, 60]) {
  const outcomes = await measure(lineLatencyMs, samples);
  const errors = outcomes.map(({ errorMs }) => errorMs);
  const stops = outcomes.map(({ stopMs }) => stopMs);
  console.log(
    `| ${lineLatencyMs} | ${outcomes.length} of ${CALLS} | ${shown(Math.min(...errors))} / ${
      shown(quantile(errors, 0.5))
    } / ${shown(Math.max(...errors))} | ${shown(quantile(stops, 0.5))} / ${shown(quantile(stops, 0.95))} |`,
  );
}
