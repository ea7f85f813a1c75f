import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
} from "@std/assert";
import { say, script } from "../../lib/simulator/agent.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { audioMessage, dialIn, type Phone, samplesOf } from "../support/phone.ts";
import { startService } from "../support/service.ts";
import { dbfs, fixedSpeech, joined, sine, toneDbfs, voice } from "../support/sound.ts";

const isAudio = (message: { type: string }) => message.type === "audio";
const ofType = (type: string) => (message: { type: string }) => message.type === type;

/** All agent audio that has come so far. */
const heard = (phone: Phone) => joined(phone.messages.filter(isAudio).map(samplesOf));

/** Plays samples at 8 kHz into a call, as fast as it takes them. */
function speak(phone: Phone, samples: Int16Array): void {
  for (let at = 0; at < samples.length; at += 160) {
    phone.send(audioMessage(samples.subarray(at, at + 160)));
  }
}

/** One caller turn: a voice, then the silence that ends it. */
function turn(phone: Phone, ms = 1000): void {
  speak(phone, voice(ms));
  speak(phone, new Int16Array(8 * 900));
}

Deno.test("call: the agent speaks first, and its audio comes in frames of 320 bytes", async () => {
  await using service = startService();
  const phone = await dialIn(service.url, { uuid: "u-1" });
  const transcript = await phone.next("transcript", ofType("transcript"));
  assertEquals(transcript, { type: "transcript", role: "agent", text: "Museum of clocks, good morning." });
  const frames = phone.messages.filter(isAudio).map(samplesOf);
  assert(frames.length > 20 && frames.every(({ length }) => length === 160));
  assertGreater(dbfs(joined(frames)), -40);
  await phone.hangUp();
});

Deno.test("call: a caller's turn is answered, with the transcripts of both sides", async () => {
  await using service = startService();
  const phone = await dialIn(service.url);
  await phone.next("greeting", ofType("transcript"));
  turn(phone);
  const user = await phone.next("caller's words", (message) => message.role === "user");
  assertEquals(String(user.text).includes("speech"), true);
  await phone.next("answer", (message) => message.role === "agent");
  await phone.hangUp();
});

Deno.test("call: one call's audio never comes out in another (defect 1)", async () => {
  const tones = [500, 1700];
  let session = 0;
  await using service = startService({
    // Without the noise that G.711 adds itself.
    env: { OPENAI_AUDIO_FORMAT: "pcm" },
    simulator: {
      speech: {
        say: (_text, _voice) => Promise.resolve(sine(tones[session++ % 2]!, 1500, 24_000)),
        close() {},
      },
      pace: { createdMs: 0, firstMs: 5, deltaMs: 20, speed: 20, transcriptionMs: 0 },
    },
  });
  const phones = await Promise.all([dialIn(service.url), dialIn(service.url)]);
  await Promise.all(phones.map((phone) => phone.next("transcript", ofType("transcript"))));
  for (const phone of phones) {
    const audio = heard(phone).subarray(800, 11_200);
    const [louder, quieter] = tones.map((hz) => toneDbfs(audio, hz)).sort((a, b) => b - a);
    assertGreater(louder!, -7);
    assertLess(quieter!, -85);
  }
  await Promise.all(phones.map((phone) => phone.hangUp()));
});

Deno.test("call: full-scale speech is clamped, it never wraps round (defect 2)", async () => {
  const square = Int16Array.from(
    { length: 24_000 },
    (_, index) => Math.floor(index / 40) % 2 ? 32767 : -32768,
  );
  await using service = startService({ simulator: { speech: fixedSpeech(square) } });
  const phone = await dialIn(service.url);
  await phone.next("transcript", ofType("transcript"));
  const audio = heard(phone);
  // 300 Hz: 13.3 samples a half wave. In its middle the sign must be that of the square.
  for (let half = 4; half < 500; half++) {
    const middle = Math.round((half + 0.5) * 40 / 3 + 41 / 3);
    assertEquals(Math.sign(audio[middle]!), half % 2 ? 1 : -1, `half wave ${half}`);
    assertGreater(Math.abs(audio[middle]!), 25_000);
  }
  await phone.hangUp();
});

Deno.test("call: an answer's tail comes with it and not with the next answer (defect 3)", async () => {
  // 205 ms: ends in the middle of a frame, at full level.
  let answers = 0;
  await using service = startService({
    simulator: {
      agent: script([say("one"), say("two")]),
      speech: {
        say: () => Promise.resolve(answers++ === 0 ? sine(600, 205, 24_000) : new Int16Array(4920)),
        close() {},
      },
    },
  });
  const phone = await dialIn(service.url);
  await phone.next("first answer", ofType("transcript"));
  const first = heard(phone);
  assertEquals(first.length, 11 * 160);
  // The filter delays by 1.7 ms: the sound ends in sample 1654, and the rest is silence.
  assertGreater(dbfs(first.subarray(1600, 1650)), -12);
  assertLess(dbfs(first.subarray(1700)), -60);
  turn(phone);
  await phone.next("second answer", (message) => message.role === "agent");
  assertLess(dbfs(heard(phone).subarray(first.length)), -80);
  await phone.hangUp();
});

Deno.test("call: a second init opens no second session (defects 4 and 13)", async () => {
  await using service = startService();
  const phone = await dialIn(service.url, { uuid: "u-1" });
  // While the first dial is pending, and again when it is done.
  phone.send({ type: "init", uuid: "u-1" });
  phone.send({ type: "init", uuid: "u-2" });
  await phone.next("transcript", ofType("transcript"));
  phone.send({ type: "init", uuid: "u-1" });
  turn(phone);
  await phone.next("answer", (message) => message.role === "user");
  assertEquals(service.simulator.sessions.length, 1);
  assertEquals(service.service.calls.size, 1);
  await phone.hangUp();
});

Deno.test("call: harmless errors of the API never reach the line (defect 8)", async () => {
  await using service = startService({ simulator: { faults: { errorWhileActive: true } } });
  const phone = await dialIn(service.url);
  await phone.next("greeting", ofType("transcript"));
  service.simulator.sessions[0]!.send({
    type: "error",
    error: {
      type: "invalid_request_error",
      code: "response_cancel_not_active",
      message: "Cancellation failed: no active response found",
      param: null,
      event_id: null,
    },
  });
  turn(phone);
  await phone.next("answer", (message) => message.role === "agent");
  assertEquals(phone.messages.filter(ofType("error")), []);
  await phone.hangUp();
});

Deno.test("call: speaking into an answer stops it once and truncates it to what was heard (defect 10)", async () => {
  await using service = startService({
    env: { OPENAI_AUDIO_FORMAT: "pcm" },
    simulator: { agent: script([say("A long story.")]), speech: fixedSpeech(sine(400, 8000, 24_000)) },
  });
  const phone = await dialIn(service.url);
  await phone.next("audio", isAudio);
  const startedMs = performance.now();
  await phone.next("whole story", ofType("transcript"));
  await new Promise((resolve) => setTimeout(resolve, 400));
  turn(phone);
  await phone.next("interruption", ofType("interruption"));
  const heardMs = performance.now() - startedMs;
  const truncate = () => service.clientEvents.find(({ type }) => type === "conversation.item.truncate");
  await phone.next("answer", (message) => message.role === "agent");
  assertAlmostEquals(Number(truncate()?.audio_end_ms), heardMs - 60, 60);
  assertEquals(phone.messages.filter(ofType("interruption")).length, 1);
  const interrupted = service.events.find((event) => event.type === "interrupted");
  assertEquals(interrupted?.type === "interrupted" && interrupted.generatedMs, 8000);
  await phone.hangUp();
});

Deno.test("call: the caller speaking while nothing plays interrupts nothing (defect 10)", async () => {
  await using service = startService({ simulator: { speech: fixedSpeech(sine(400, 40, 24_000)) } });
  const phone = await dialIn(service.url);
  await phone.next("greeting", ofType("transcript"));
  await new Promise((resolve) => setTimeout(resolve, 150));
  turn(phone);
  await phone.next("answer", (message) => message.role === "agent");
  assertEquals(phone.messages.filter(ofType("interruption")), []);
  await phone.hangUp();
});

Deno.test("call: what the caller says before the model is ready is delivered in order (defect 12)", async () => {
  await using service = startService({
    personas: { assistant: definePersona({ instructions: "Wait.", greeting: false }) },
    simulator: { faults: { delayMs: 300 } },
  });
  const phone = await dialIn(service.url, { init: false });
  speak(phone, voice(200));
  phone.send({ type: "init", uuid: "u-1" });
  speak(phone, voice(800));
  speak(phone, new Int16Array(8 * 900));
  await phone.next("answer", (message) => message.role === "agent");
  // Whatever comes on top is silence: this line stops sending when it has nothing to say.
  assertGreaterOrEqual(Math.round(service.simulator.sessions[0]!.appendedMs), 1900);
  const update = service.clientEvents.findIndex(({ type }) => type === "session.update");
  const append = service.clientEvents.findIndex(({ type }) => type === "input_audio_buffer.append");
  assert(update >= 0 && append > update);
  await phone.hangUp();
});

Deno.test("call: OPENAI_TEMPERATURE does not make the API refuse the session (defect 14)", async () => {
  await using service = startService({ env: { OPENAI_TEMPERATURE: "0.8" } });
  assertEquals(service.config.warnings.filter((line) => line.includes("OPENAI_TEMPERATURE")).length, 1);
  const phone = await dialIn(service.url);
  await phone.next("greeting", ofType("transcript"));
  assert(!JSON.stringify(service.clientEvents).includes("temperature"));
  await phone.hangUp();
});

Deno.test("call: a hanging instruction URL costs its limit, then the file is taken (defect 15)", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "Instructions of the file.");
  const release = Promise.withResolvers<Response>();
  await using hanging = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => release.promise);
  {
    await using service = startService({
      env: {
        OPENAI_URL_INSTRUCTIONS: `http://127.0.0.1:${(hanging.addr as Deno.NetAddr).port}/`,
        OPENAI_FILE_INSTRUCTIONS: file,
      },
    });
    const phone = await dialIn(service.url);
    await phone.next("greeting", ofType("transcript"));
    assertEquals(service.simulator.sessions[0]!.config.instructions, "Instructions of the file.");
    await phone.hangUp();
  }
  release.resolve(new Response());
  await Deno.remove(file);
});

Deno.test("call: hanging up closes the model's socket within a second, also while it is being dialled", async () => {
  await using service = startService({ simulator: { faults: { delayMs: 5000 } } });
  const phone = await dialIn(service.url);
  const early = await dialIn(service.url);
  await early.hangUp();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await phone.hangUp();
  const untilMs = performance.now() + 1000;
  const open = () => service.simulator.sessions.filter(({ closed }) => !closed).length;
  while (open() > 0 && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(open(), 0);
  assertEquals(service.service.calls.size, 0);
});

Deno.test("call: a refused key is told to the line, once, and the line is closed", async () => {
  await using service = startService({ simulator: { faults: { refuseWith: "invalid_api_key" } } });
  const phone = await dialIn(service.url);
  await phone.closed;
  assertEquals(phone.messages.map(({ type }) => type), ["error"]);
  assertEquals(
    String(phone.messages[0]!.message),
    "The model's session ended: invalid_api_key (close code 3000)",
  );
});

Deno.test("call: a model that drops is dialled again, and the line hears nothing of it", async () => {
  await using service = startService();
  const phone = await dialIn(service.url);
  await phone.next("greeting", ofType("transcript"));
  service.simulator.sessions[0]!.end("server_error");
  while (service.simulator.sessions.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  turn(phone);
  await phone.next("answer", (message) => message.role === "agent");
  assertEquals(phone.messages.filter(ofType("error")), []);
  await phone.hangUp();
});

Deno.test("call: a later session.updated triggers nothing", async () => {
  await using service = startService({ simulator: { faults: { duplicate: ["session.updated"] } } });
  const phone = await dialIn(service.url);
  await phone.next("greeting", ofType("transcript"));
  turn(phone);
  await phone.next("answer", (message) => message.role === "agent");
  assertEquals(service.clientEvents.filter(({ type }) => type === "response.create").length, 1);
  await phone.hangUp();
});

Deno.test.each([["pcm"], ["pcmu"], ["pcma"]])("call: %s carries the agent's audio whole", async (format) => {
  await using service = startService({
    env: { OPENAI_AUDIO_FORMAT: format },
    simulator: { speech: fixedSpeech(sine(1000, 1000, 24_000)) },
  });
  const phone = await dialIn(service.url);
  await phone.next("transcript", ofType("transcript"));
  const audio = heard(phone);
  assertAlmostEquals(audio.length, 8000, 320);
  assertAlmostEquals(toneDbfs(audio.subarray(400, 7600), 1000), -6.02, 0.15);
  await phone.hangUp();
});

Deno.test("call: larger messages to the line carry the same audio, none of it later", async () => {
  await using service = startService({
    env: { LINE_FRAME_MS: "100" },
    simulator: { speech: fixedSpeech(sine(1000, 1000, 24_000)) },
  });
  const phone = await dialIn(service.url);
  await phone.next("transcript", ofType("transcript"));
  const messages = phone.messages.filter(isAudio);
  assertEquals(messages.every(({ audio }) => String(audio).length <= 2136), true);
  assertLess(messages.length, 20);
  assertAlmostEquals(heard(phone).length, 8000, 320);
  assertAlmostEquals(toneDbfs(heard(phone).subarray(400, 7600), 1000), -6.02, 0.15);
  await phone.hangUp();
});

Deno.test("call: nothing of what is said, of the prompt or the key is in the log", async () => {
  await using service = startService();
  const phone = await dialIn(`${service.url}/assistant?from=%2B15550100`);
  await phone.next("greeting", ofType("transcript"));
  turn(phone);
  await phone.next("answer", (message) => message.role === "agent");
  await phone.hangUp();
  const log = service.logged.join("\n");
  for (const secret of ["museum", "Museum", "speech", "sk-test", "5550100"]) {
    assert(!log.includes(secret), secret);
  }
});
