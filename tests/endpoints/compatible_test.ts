import { assert, assertEquals, assertMatch } from "@std/assert";
import { z } from "zod";
import { silentLog } from "../../lib/log.ts";
import { createProbe } from "../../lib/realtime/probe.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { type Reply, say, script } from "../../lib/simulator/agent.ts";
import { betaManner } from "../../lib/simulator/beta-manner.ts";
import { type Manner, minimalManner, refusing } from "../../lib/simulator/manner.ts";
import type { SessionConfig } from "../../lib/simulator/session-config.ts";
import { createSimulator } from "../../lib/simulator/simulator.ts";
import type { Tool } from "../../lib/tools/tool.ts";
import { VirtualClock } from "../support/clock.ts";
import { audioMessage, dialIn } from "../support/phone.ts";
import { startService } from "../support/service.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall, type VirtualCallOptions } from "../support/virtual-call.ts";

const persona = definePersona({ instructions: "Answer the telephone.", greeting: "Hello." });
const speech = fixedSpeech(sine(400, 1000, 24_000));
const LOOK_UP: Reply = { outputs: [{ call: { name: "look_up", arguments: '{"room":3}' } }] };

function lookUp(ran: string[]): Tool {
  return {
    name: "look_up",
    description: "Looks something up",
    parameters: z.toJSONSchema(z.object({ room: z.number() })),
    timeoutMs: 5000,
    effect: "read",
    confirm: false,
    run: (args) => {
      ran.push(JSON.stringify(args));
      return Promise.resolve({ kind: "output", text: "A clock." });
    },
  };
}

function call(manner: Manner, replies: readonly Reply[], options: Partial<VirtualCallOptions> = {}) {
  return virtualCall({
    persona,
    ...options,
    simulator: { manner, speech, agent: script(replies), ...options.simulator },
  });
}

type It = ReturnType<typeof call>;

/** How often the agent has been heard to speak, by the pauses between. */
async function turn(it: It): Promise<void> {
  await it.hear(voice(600), 1500);
  await it.silence(3000);
}

const heardMs = ({ playout }: It) => Math.round(playout.heardTotalMs / 1000) * 1000;
const errors = ({ told }: It) => told.filter(({ type }) => type === "error");

const SMALL: [name: string, without: readonly string[]][] = [
  ["sends the least", []],
  ["does not tell that a response begins", ["response.created"]],
  ["does not tell what a turn of the caller consists of", [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
  ]],
  ["does not tell where the audio ends", ["response.output_audio.done"]],
  ["tells of a function call in its item alone", [
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
  ]],
  ["tells of a function call in its arguments alone", ["response.output_item.done"]],
];

for (const [name, without] of SMALL) {
  Deno.test(`small server that ${name}: each answer is heard once, and a tool runs once`, async () => {
    const ran: string[] = [];
    await using it = call(minimalManner(without), [say("Hello."), say("Room 3."), LOOK_UP, say("A clock.")], {
      tools: [lookUp(ran)],
    });
    await it.silence(6000);
    assertEquals([heardMs(it), it.ofType("response.create").length], [1000, 1]);
    await turn(it);
    assertEquals(heardMs(it), 2000);
    await turn(it);
    await it.silence(2000);
    assertEquals([heardMs(it), ran], [3000, ['{"room":3}']]);
    assertEquals(it.said(), ["Hello.", "Room 3.", "A clock."]);
    // Nothing is said any more, and nobody takes the session for dead.
    await it.silence(60_000);
    assertEquals([heardMs(it), it.simulator.sessions.length, errors(it)], [3000, 1, []]);
    assertEquals(it.events.filter(({ type }) => type === "model_lost"), []);
  });
}

Deno.test("small server that never tells the end of a response: the next turn is answered all the same", async () => {
  await using it = call(minimalManner(["response.done"]), [say("Hello."), say("One."), say("Two.")]);
  await it.silence(3000);
  await turn(it);
  await it.silence(40_000);
  it.call.callerText("Anything else?");
  await it.silence(3000);
  assertEquals(it.said().at(-1), "Two.");
  assertMatch(it.logged.join("\n"), /does not tell the end of a response/);
});

Deno.test("small server that tells an error and no end: the caller gets the answer at a second try", async () => {
  let failing = true;
  const least = minimalManner();
  const manner: Manner = {
    says(event) {
      if (failing && event.type.startsWith("response.") && event.type !== "response.created") {
        if (event.type !== "response.done") return [];
        failing = false;
        return [{
          type: "error",
          error: { type: "invalid_request_error", code: "inference_failed", message: "x" },
        }];
      }
      return least.says!(event);
    },
  };
  await using it = call(manner, [say("Lost."), say("Hello.")]);
  await it.silence(20_000);
  assertEquals([it.said(), errors(it)], [["Hello."], []]);
});

Deno.test("server that refuses fields: each is left out once, told in the log, and the call is had", async () => {
  const manner = refusing(
    "truncation",
    "audio.input.noise_reduction",
    "audio.input.turn_detection.idle_timeout_ms",
    "audio.input.transcription.model",
    "audio.output.speed",
  );
  await using it = call(manner, [say("Hello."), say("Yes.")], {
    persona: { ...persona, speed: 1.1, greeting: { say: "Hello.", protect: true } },
  });
  await it.silence(4000);
  await turn(it);
  assertEquals([it.said(), errors(it)], [["Hello.", "Yes."], []]);
  const { session } = it.ofType("session.update")[5]! as unknown as { session: Record<string, unknown> };
  assertEquals(Object.keys(session).includes("truncation"), false);
  // The one that opens the floor behind the greeting has learnt it as well.
  const last = it.ofType("session.update").find((event) => event.event_id === undefined)!;
  assertEquals(JSON.stringify(last).includes("idle_timeout_ms"), false);
  const told = it.logged.filter((line) => line.includes("refuses a field"));
  assertEquals(told.length, 5);
  assertMatch(told.join(), /audio\.input\.transcription.*unknown_parameter/);
});

Deno.test("server that refuses the session without a reason: it gets the least there is", async () => {
  const manner: Manner = {
    refuses: ({ type, session }) =>
      type === "session.update" && JSON.stringify(session).includes("gpt-transcribe")
        ? { type: "invalid_request_error", code: "session_update_error", message: "Failed to update session" }
        : undefined,
  };
  await using it = call(manner, [say("Hello.")]);
  await it.silence(4000);
  assertEquals([it.said(), errors(it)], [["Hello."], []]);
  assertMatch(it.logged.join("\n"), /tells no field, which goes on with the least there is/);
});

Deno.test("server that can't do without a field that it refuses: the call ends with the field's name", async () => {
  await using it = call(refusing("instructions"), []);
  await it.silence(1000);
  assertEquals(errors(it).map(({ text }) => text), [
    "The model refused the session's configuration: unknown_parameter (session.instructions)",
  ]);
});

Deno.test("server that takes another audio format than asked for: no noise, but an error that says what to set", async () => {
  const manner: Manner = {
    says(event) {
      if (event.type !== "session.updated") return [event];
      const format = { type: "audio/pcm", rate: 24_000 };
      return [{ ...event, session: { ...event.session, audio: { input: { format }, output: { format } } } }];
    },
  };
  await using it = call(manner, [say("Hello.")]);
  await it.silence(2000);
  assertEquals([heardMs(it), errors(it).map(({ text }) => text)], [0, [
    "The model refused the session's configuration: audio_format_not_taken (session.audio.input.format)",
  ]]);
  assertMatch(it.logged.join("\n"), /another audio format.*OPENAI_AUDIO_FORMAT/);
});

Deno.test("server whose errors have shapes of their own: they are told, and nothing else comes of them", async () => {
  const shapes: Record<string, unknown>[] = [
    { type: "error", error: "Something is wrong" },
    { type: "error", message: "Something is wrong", code: 42 },
    { error: { message: "Something is wrong" } },
    { type: "error" },
  ];
  const manner: Manner = {
    says: (event) =>
      event.type === "response.done" ? [...shapes.map((each) => ({ ...each })), event] : [event],
  };
  await using it = call(manner, [say("Hello."), say("Yes.")]);
  await it.silence(4000);
  await turn(it);
  assertEquals([it.said(), errors(it), it.simulator.sessions.length], [["Hello.", "Yes."], [], 1]);
});

Deno.test("slow server that answers a turn long after it is over: one answer, and none is asked for beside it", async () => {
  const pace = { createdMs: 4000 };
  await using it = call(minimalManner(), [say("Hello."), say("Yes.")], { simulator: { pace } });
  await it.silence(10_000);
  await it.hear(voice(600), 1500);
  await it.silence(12_000);
  assertEquals([it.said(), it.ofType("response.create").length], [["Hello.", "Yes."], 1]);
});

Deno.test("server that begins with an event that nobody knows: a dial of it succeeds", async () => {
  const manner: Manner = {
    says: (event) => [event.type === "session.created" ? { ...event, type: "conversation.created" } : event],
  };
  const clock = new VirtualClock();
  const simulator = createSimulator({ clock, manner, requireKey: false, seed: 1 });
  const told: (string | undefined)[] = [];
  const address = {
    url: "ws://model.example/v1/realtime",
    apiKey: undefined,
    connect: (url: string) => simulator.connect(url),
  };
  createProbe(address, { clock, log: silentLog })("gpt-realtime-2.1", (fault) => told.push(fault));
  await clock.run(1000);
  assertEquals(told, [undefined]);
});

Deno.test("small server over a real socket, without a key: greeting, question, answer", async () => {
  await using it = startService({
    modelEnv: (host) => ({ OPENAI_REALTIME_URL: `http://${host}/local/realtime` }),
    simulator: { manner: minimalManner(), requireKey: false },
  });
  const phone = await dialIn(it.url);
  await phone.next("greeting", ({ role }) => role === "agent");
  const samples = new Int16Array(8 * 1900);
  samples.set(voice(1000));
  for (let at = 0; at < samples.length; at += 160) phone.send(audioMessage(samples.subarray(at, at + 160)));
  await phone.next("answer", ({ role }) => role === "agent");
  await phone.hangUp();
  const [{ who }] = it.simulator.sessions as unknown as [
    { who: { url: URL; headers: Record<string, string> } },
  ];
  assertEquals([who.url.pathname, who.headers.authorization], ["/local/realtime", undefined]);
});

for (const isStrict of [true, false]) {
  Deno.test(`server that speaks beta, ${isStrict ? "and refuses" : "but takes"} what it can of today's words: a whole call`, async () => {
    const ran: string[] = [];
    await using it = call(betaManner(isStrict), [say("Hello."), say("Room 3."), LOOK_UP, say("A clock.")], {
      tools: [lookUp(ran)],
    });
    await it.silence(4000);
    const { config } = it.simulator.sessions[0]!;
    assertEquals([config.audio.input.format, config.audio.output.voice], [{ type: "audio/pcmu" }, "alloy"]);
    assertEquals(config.audio.input.turn_detection?.type, "server_vad");
    assert(config.instructions.includes("Answer the telephone."));
    await turn(it);
    await turn(it);
    await it.silence(2000);
    assertEquals([it.said(), ran, errors(it)], [["Hello.", "Room 3.", "A clock."], ['{"room":3}'], []]);
    assertEquals(it.said().length * 1000, heardMs(it));
  });
}

for (const isStrict of [true, false]) {
  Deno.test(`server that speaks beta, and tells so late (${isStrict}): the session is configured in its words`, async () => {
    await using it = call(betaManner(isStrict), [say("Hello.")], {
      persona: { ...persona, voice: "marin" },
      simulator: { faults: { delayMs: 300 } },
    });
    await it.silence(5000);
    const [{ config }] = it.simulator.sessions as unknown as [{ config: SessionConfig }];
    assertEquals([config.audio.output.voice, config.audio.output.format], ["marin", { type: "audio/pcmu" }]);
    assertEquals([it.said(), errors(it), it.ofType("session.update").length], [["Hello."], [], 2]);
  });
}

Deno.test("server that speaks beta: what was said comes with the call into the next session", async () => {
  await using it = call(betaManner(true), [say("Hello."), say("Room 3.")]);
  await it.silence(3000);
  await turn(it);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(4000);
  const told = JSON.stringify(it.simulator.sessions[1]!.items);
  assert(told.includes("Room 3."), told);
});
