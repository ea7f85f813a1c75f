import { assert, assertEquals, assertGreater, assertMatch, assertRejects } from "@std/assert";
import { silentLog } from "../../lib/log.ts";
import type { Endpoint } from "../../lib/realtime/connection.ts";
import { type RenderRequest, renderWords } from "../../lib/realtime/render.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import { createSimulator, NO_DELAY, type SimulatorOptions } from "../../lib/simulator/simulator.ts";
import { refusing } from "../../lib/simulator/manner.ts";
import { VirtualClock } from "../support/clock.ts";
import { checkClient } from "../support/official.ts";
import { dbfs, fixedSpeech, joined, sine, toneDbfs } from "../support/sound.ts";

const WORDS = "One moment, please. I'm still here.";

/** Renders with a simulator of its own, in virtual time, as far as `ms`. */
async function render(
  simulator: SimulatorOptions = {},
  request: Partial<RenderRequest> = {},
  { ms = 60_000, signal, endpoint = {}, unchecked = false }: {
    ms?: number;
    signal?: AbortSignal;
    endpoint?: Partial<Endpoint>;
    unchecked?: boolean;
  } = {},
) {
  const clock = new VirtualClock();
  const sent: { type: string; session?: unknown; response?: unknown }[] = [];
  const faults: string[] = [];
  const model = createSimulator({
    clock,
    seed: 7,
    requireKey: false,
    pace: NO_DELAY,
    ...simulator,
    onClientEvent(event) {
      sent.push(event);
      if (!unchecked) faults.push(...checkClient(event));
    },
  });
  const rendered = renderWords(
    {
      url: "wss://model.example/v1/realtime",
      apiKey: undefined,
      connect: (url, init) => model.connect(url, init),
      ...endpoint,
    },
    {
      model: "gpt-realtime-2.1",
      voice: "marin",
      words: WORDS,
      instructions: "You are calm.",
      format: "pcm",
      ...request,
    },
    { clock, log: silentLog, ...(signal && { signal }) },
  );
  const outcome = rendered.then((samples) => ({ samples }), (error: Error) => ({ error }));
  await clock.run(ms);
  await model.close();
  const result = await outcome;
  assertEquals(faults, []);
  assertEquals(clock.pending, 0, "timers left");
  return { ...result, sent, sessions: model.sessions, clock };
}

async function faultOf(...args: Parameters<typeof render>): Promise<string> {
  const outcome = await render(...args);
  assert("error" in outcome, "it was rendered");
  const left = outcome.sessions.filter(({ closed }) =>
    !closed || (closed.by === "server" && closed.code === 1001)
  );
  assertEquals(left.length, 0, "a session was left open");
  return outcome.error.message;
}

Deno.test("render: the words come in the voice, at 8 kHz, through each format", async () => {
  const speech = fixedSpeech(sine(440, 1000, 24_000));
  for (const format of ["pcm", "pcmu", "pcma"] as const) {
    const outcome = await render({ speech }, { format, voice: "cedar" });
    assert("samples" in outcome);
    assertEquals(Math.abs(outcome.samples.length - 8000) <= 80, true, `${outcome.samples.length} samples`);
    assertGreater(toneDbfs(outcome.samples.subarray(400, 7600), 440), -7);
    assertEquals(outcome.sessions.map(({ closed }) => closed?.by), ["client"]);
    assertEquals(outcome.sessions[0]!.config.audio.output.voice, "cedar");
  }
});

Deno.test("render: its session hears nobody, knows no tool, and costs no more than the words", async () => {
  const { sent, sessions } = await render({}, { speed: 1.1 });
  const { config } = sessions[0]!;
  assertEquals(sent.map(({ type }) => type), ["session.update", "response.create"]);
  assertEquals(config.audio.input.turn_detection, null);
  assertEquals(config.audio.input.transcription, null);
  assertEquals([config.tools, config.output_modalities], [[], ["audio"]]);
  assertEquals([config.max_output_tokens, config.audio.output.speed], [2048, 1.1]);
  assertEquals(config.instructions, "You are calm.");
});

Deno.test("render: a model that does not reason is asked for nothing that it would refuse", async () => {
  const outcome = await render({}, { model: "gpt-realtime-1.5" });
  assert("samples" in outcome, "error" in outcome ? outcome.error.message : "");
});

Deno.test("render: the silence around the words goes, as the caller has waited long enough", async () => {
  const quiet = new Int16Array(24_000);
  const speech = fixedSpeech(joined([quiet, sine(440, 500, 24_000), quiet]));
  const outcome = await render({ speech });
  assert("samples" in outcome);
  assertEquals(Math.abs(outcome.samples.length - 750 * 8) <= 160, true, `${outcome.samples.length}`);
});

Deno.test("render: other words than those asked for are not kept", async () => {
  const agent = script([say("Sure! What would you like me to say?")]);
  assertEquals(await faultOf({ agent }), "The model said other words");
  assertEquals(await faultOf({ agent: script([{ outputs: [] }]) }), "The model said other words");
  assertEquals(
    await faultOf({ agent: script([{ outputs: [{ text: WORDS }] }]) }),
    "The model said other words",
  );
});

Deno.test("render: words in two messages are both kept, and both compared", async () => {
  const speech = fixedSpeech(sine(440, 500, 24_000));
  const two = script([{ outputs: [{ say: "One moment, please." }, { say: "I'm still here." }] }]);
  const outcome = await render({ agent: two, speech });
  assert("samples" in outcome);
  assertEquals(Math.abs(outcome.samples.length - 8000) <= 160, true, `${outcome.samples.length}`);
  const chatty = script([{ outputs: [{ say: WORDS }, { say: "And is there anything else for you?" }] }]);
  assertEquals(await faultOf({ agent: chatty, speech }), "The model said other words");
});

Deno.test("render: a voice that makes no sound is not kept", async () => {
  assertEquals(await faultOf({ speech: fixedSpeech(new Int16Array(24_000)) }), "The model's audio is silent");
});

Deno.test("render: a voice that does not end is cut off at 15 seconds and not kept", async () => {
  const speech = fixedSpeech(sine(440, 16_000, 24_000));
  assertEquals(await faultOf({ speech }), "The audio is longer than 15 seconds");
});

Deno.test("render: half the words, a failed response and a refused session are told as what they are", async () => {
  const failResponses = { how: "rate_limit_exceeded" } as const;
  assertEquals(await faultOf({ faults: { failResponses } }), "The response is failed: rate_limit_exceeded");
  const agent = script([{ outputs: [{ say: WORDS }], status: "incomplete" }]);
  assertMatch(await faultOf({ agent }), /^The response is incomplete: /);
  assertMatch(
    await faultOf({ manner: refusing("audio.output.format") }),
    /^The model refused it: unknown_parameter$/,
  );
});

Deno.test("render: an error beside the response does not end it", async () => {
  const outcome = await render({ faults: { errorWhileActive: true } });
  assert("samples" in outcome);
});

Deno.test("render: events that come twice ask for the words once", async () => {
  const { sent } = await render({ faults: { duplicate: ["session.updated"] } });
  assertEquals(sent.filter(({ type }) => type === "response.create").length, 1);
});

Deno.test("render: a refused dial, a wrong key and a dropped socket are told as what they are", async () => {
  assertMatch(await faultOf({ faults: { refuseStatus: 500 } }), /^The model's session ended: .*500/);
  assertMatch(
    await faultOf({ faults: { refuseWith: "invalid_api_key" } }),
    /invalid_api_key \(close code 3000\)/,
  );
  const end = { afterMs: 0, how: "drop" } as const;
  assertMatch(
    await faultOf({ faults: { end }, pace: {} }),
    /^The model's session ended: .*\(close code 0\)$/,
  );
  const connect = () => {
    throw new Error("Requires net access");
  };
  assertMatch(await faultOf({}, {}, { endpoint: { connect } }), /Requires net access/);
});

Deno.test("render: an answer that never comes is given up after 30 seconds", async () => {
  for (const lose of [["session.created", "session.updated"], ["response.done"]]) {
    assertEquals(
      await faultOf({ faults: { lose } }, {}, { ms: 30_000 }),
      "Took longer than 30000 ms",
    );
  }
});

Deno.test("render: a server that confirms nothing, or refuses a field that words can do without, is no hindrance", async () => {
  assert("samples" in await render({ faults: { lose: ["session.updated"] } }));
  assert("samples" in await render({}, { speed: 2 }, { unchecked: true }));
});

Deno.test("render: while the model is away it does not wait beside the calls for its turn", async () => {
  let cancelled = 0;
  const circuit = {
    enter(_: string, dial: { away?(): void }) {
      dial.away?.();
      return { cancel: () => void cancelled++, outcome() {} };
    },
  };
  const endpoint = { circuit } as unknown as Partial<Endpoint>;
  assertEquals(await faultOf({}, {}, { endpoint, ms: 1 }), "The model is away");
  assertEquals(cancelled, 1);
});

Deno.test("render: a process that ends takes its session along, also one that is being dialled", async () => {
  const before = AbortSignal.abort();
  const { sessions } = await render({}, {}, { signal: before });
  assertEquals(sessions.length, 0);
  for (const ms of [0, 100]) {
    const clock = new VirtualClock();
    const model = createSimulator({ clock, requireKey: false });
    const abort = new AbortController();
    const rendered = renderWords(
      { url: "wss://m.example", apiKey: undefined, connect: (url, init) => model.connect(url, init) },
      { model: "gpt-realtime-2.1", voice: "marin", words: WORDS, instructions: "", format: "pcm" },
      { clock, log: silentLog, signal: abort.signal },
    );
    if (ms > 0) await clock.run(ms);
    abort.abort();
    await assertRejects(() => rendered, Error, "Given up");
    await clock.run(1);
    assertEquals(model.sessions.every(({ closed }) => closed?.by === "client"), true);
    assertEquals(clock.pending, 0);
  }
});

Deno.test("render: what is rendered is loud enough to be speech, not a remnant", async () => {
  const outcome = await render();
  assert("samples" in outcome);
  assertGreater(dbfs(outcome.samples), -30);
  // The stand-in speaks 60 ms a character.
  assertEquals(Math.abs(outcome.samples.length / 8 - WORDS.length * 60) < 150, true);
});
