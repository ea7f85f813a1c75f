import { assert, assertEquals, assertGreater, assertRejects, assertStringIncludes } from "@std/assert";
import { encodeMulaw } from "../../lib/audio/g711.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { layCable } from "../support/cable.ts";
import { VirtualClock } from "../support/clock.ts";
import { audioMessage, dialIn, type Phone } from "../support/phone.ts";
import { startService, type TestService, type TestServiceOptions } from "../support/service.ts";

const WORDS =
  "Museum of clocks, good morning. We are open from nine to five, and on Sundays from ten to four.";
const persona = (greeting: string) => definePersona({ instructions: "Speak.", greeting });
const personas = { assistant: persona(WORDS), supportAgent: persona("I am support.") };

/** A service that waits for lines as long as it may. */
const start = ({ env, ...options }: TestServiceOptions = {}) =>
  startService({ personas, ...options, env: { LINE_GRACE_SECONDS: "30", ...env } });

async function until(what: string, test: () => boolean): Promise<void> {
  for (let waitedMs = 0; !test(); waitedMs += 2) {
    assert(waitedMs < 10_000, `Waited in vain until ${what}`);
    await new Promise((wake) => setTimeout(wake, 2));
  }
}

const isAudio = ({ type }: { type: string }) => type === "audio";
const audioOf = (...phones: Phone[]) =>
  phones.flatMap(({ messages }) => messages.filter(isAudio).map(({ audio }) => String(audio)));
const isTranscript = ({ type }: { type: string }) => type === "transcript";
const ends = ({ events }: TestService) =>
  events.flatMap((event) => event.type === "ended" ? [event.reason] : []);
const isLost = (service: TestService) => () => service.logged.some((line) => line.includes("Line was lost"));

/** A service whose model speaks at its real pace, but only when told to: `speak` has it go on. */
function slow(options: TestServiceOptions = {}) {
  const clock = new VirtualClock();
  const service = start({
    ...options,
    simulator: { clock, pace: { createdMs: 0, firstMs: 0, deltaMs: 100, speed: 1, transcriptionMs: 0 } },
  });
  return {
    service,
    async speak(what: string, test: () => boolean): Promise<void> {
      await until(what, () => {
        clock.advance(10);
        return test();
      });
    },
    /** Until nothing that was said is under way any more. */
    settled: async (phone: Phone) => {
      for (let count = -1; count < phone.messages.length;) {
        count = phone.messages.length;
        await new Promise((wake) => setTimeout(wake, 100));
      }
    },
  };
}

const isDone = ({ serverEvents }: TestService) => () =>
  serverEvents.some(({ type }) => type === "response.done");

/** All of the greeting's frames, as a call without any trouble gets them. */
async function wholeGreeting(): Promise<string[]> {
  await using service = start();
  const phone = await dialIn(service.url);
  await phone.next("greeting", isTranscript);
  await until("it is whole", isDone(service));
  await phone.hangUp();
  return audioOf(phone);
}

Deno.test("takeover: an answer goes on where the vanished line left it, to the frame", async () => {
  const whole = await wholeGreeting();
  const { service, speak, settled } = slow();
  await using _ = service;
  await using cable = await layCable(service.url);
  const first = await dialIn(cable.url, { uuid: "u-1" });
  await speak("some of it was heard", () => audioOf(first).length >= 50);
  await settled(first);
  cable.pull();
  await first.closed;
  await until("the loss is noticed", isLost(service));
  await speak("all of it is said", isDone(service));
  const second = await dialIn(service.url, { uuid: "u-1" });
  await until("all of it has come", () => audioOf(first, second).length >= whole.length);
  await second.next("greeting", isTranscript);
  assertGreater(audioOf(second).length, 50);
  assertEquals(audioOf(first, second), whole);
  assertEquals(second.messages.filter(({ type }) => type === "interruption"), []);
  assertEquals([service.service.calls.answered, service.simulator.sessions.length], [1, 1]);
  assertEquals(ends(service), []);
  await second.hangUp();
  await until("the call has ended", () => service.service.calls.size === 0);
  assertEquals(ends(service), ["hung_up"]);
});

Deno.test("takeover: a socket that is still open is closed, and the answer goes on at the new one, to the frame", async () => {
  const whole = await wholeGreeting();
  const { service, speak } = slow();
  await using _ = service;
  const first = await dialIn(service.url, { uuid: "u-1" });
  await speak("some of it was heard", () => audioOf(first).length >= 50);
  const second = await dialIn(service.url, { uuid: "u-1" });
  assertEquals(await first.closed, 1000);
  await speak("all of it is said", isDone(service));
  await until("all of it has come", () => audioOf(first, second).length >= whole.length);
  assertEquals(audioOf(first, second), whole);
  assertEquals(ends(service), []);
  await second.hangUp();
  await until("the call has ended", () => service.service.calls.size === 0);
  assertEquals(service.service.calls.answered, 1);
});

Deno.test("takeover: what the caller said before init on the new socket reaches the model, in order, and so do keys", async () => {
  await using service = start({ env: { OPENAI_AUDIO_FORMAT: "pcmu" } });
  const first = await dialIn(service.url, { uuid: "u-1" });
  await first.next("greeting", isTranscript);
  const second = await dialIn(service.url, { init: false });
  const frames = [1000, 2000, 3000, 4000].map((level) => new Int16Array(160).fill(level));
  for (const frame of frames.slice(0, 3)) second.send(audioMessage(frame));
  second.send({ type: "init", uuid: "u-1" });
  second.send(audioMessage(frames[3]!));
  second.send({ type: "dtmf_digit", digit: "5" });
  await first.closed;
  await until("the key has come", () => service.events.some(({ type }) => type === "digit"));
  const heard = () =>
    service.clientEvents.filter(({ type }) => type === "input_audio_buffer.append")
      .map(({ audio }) => Uint8Array.fromBase64(String(audio)).toHex()).join("");
  const said = frames.map((frame) => encodeMulaw(frame).toHex()).join("");
  await until("all of it has come", () => heard().length >= said.length);
  assertStringIncludes(heard(), said);
  await second.hangUp();
});

Deno.test("takeover: a connection that is dead without anybody's knowing does not hold the call", async () => {
  await using service = start();
  await using cable = await layCable(service.url);
  const first = await dialIn(cable.url, { uuid: "u-1" });
  await first.next("greeting", isTranscript);
  cable.freeze();
  const second = await dialIn(service.url, { uuid: "u-1" });
  await until("it is taken over", () => service.logged.some((line) => line.includes("on a new socket")));
  second.send({ type: "dtmf_digit", digit: "5" });
  await until("the key has come", () => service.events.some(({ type }) => type === "digit"));
  cable.pull();
  await first.closed;
  await new Promise((wake) => setTimeout(wake, 50));
  assertEquals([service.service.calls.size, ends(service)], [1, []]);
  await second.hangUp();
});

Deno.test("takeover: of many sockets that race for one call a single one has it, and there is a single session", async () => {
  await using service = start();
  const phones = await Promise.all(
    Array.from({ length: 8 }, () => dialIn(service.url, { uuid: "u-1" })),
  );
  await until("all others are closed", () => phones.filter((phone) => phone.isClosed()).length === 7);
  await until("it is greeted", () => phones.some((phone) => phone.messages.some(isTranscript)));
  assertEquals([service.service.calls.size, service.service.calls.answered], [1, 1]);
  assertEquals(service.simulator.sessions.length, 1);
  assertEquals(ends(service), []);
  await phones.find((phone) => !phone.isClosed())!.hangUp();
  await until("the call has ended", () => service.service.calls.size === 0);
});

Deno.test("takeover: who does not come back in time is gone, and the call leaves nothing behind", async () => {
  const clock = new VirtualClock();
  await using service = startService({ personas, clock });
  await using cable = await layCable(service.url);
  const phone = await dialIn(cable.url, { uuid: "u-1" });
  await phone.next("greeting", isTranscript);
  cable.pull();
  await phone.closed;
  await until("the loss is noticed", isLost(service));
  clock.advance(1999);
  assertEquals(ends(service), []);
  clock.advance(1);
  assertEquals(ends(service), ["line_lost"]);
  assertEquals([service.service.calls.size, clock.pending], [0, 0]);
  const late = await dialIn(service.url, { uuid: "u-1" });
  await late.next("a greeting of its own", isTranscript);
  assertEquals(service.service.calls.answered, 2);
  await late.hangUp();
});

Deno.test("takeover: another path and query do not change the call's persona", async () => {
  await using service = start();
  const first = await dialIn(service.url, { uuid: "u-1" });
  await first.next("greeting", isTranscript);
  const second = await dialIn(`${service.url}/supportAgent?from=1`, { uuid: "u-1" });
  await first.closed;
  assertStringIncludes(
    service.logged.join("\n"),
    "the call's stays persona=assistant uuid=u-1 asked=supportAgent",
  );
  assertEquals(service.simulator.sessions.length, 1);
  await second.hangUp();
});

Deno.test("takeover: calls without a uuid are never mixed up", async () => {
  await using service = start();
  const [one, two] = await Promise.all([dialIn(service.url), dialIn(service.url)]);
  await one.next("greeting", isTranscript);
  await two.next("greeting", isTranscript);
  assertEquals([one.isClosed(), two.isClosed(), service.service.calls.size], [false, false, 2]);
  await Promise.all([one.hangUp(), two.hangUp()]);
});

Deno.test("takeover: at MAX_CALLS a lost line may come back, and whoever else comes in its place is turned away", async () => {
  await using service = start({ env: { MAX_CALLS: "1" } });
  await using cable = await layCable(service.url);
  const first = await dialIn(cable.url, { uuid: "u-1" });
  await first.next("greeting", isTranscript);
  // Nothing is missing: refused before the upgrade.
  await assertRejects(() => dialIn(service.url, { uuid: "u-1" }));
  cable.pull();
  await first.closed;
  await until("the loss is noticed", isLost(service));
  const other = await dialIn(service.url, { uuid: "u-2" });
  assertEquals(await other.closed, 1000);
  assertEquals(other.messages, [{
    type: "error",
    message: "Could not take the call: MAX_CALLS is reached: 1",
  }]);
  assertStringIncludes(service.logged.join("\n"), "Call refused status=503");
  // One for each call that lacks its line, no more.
  const silent = await dialIn(service.url, { init: false });
  await assertRejects(() => dialIn(service.url, { uuid: "u-1" }));
  silent.send({ type: "init", uuid: "u-1" });
  silent.send({ type: "dtmf_digit", digit: "5" });
  await until("the key has come", () => service.events.some(({ type }) => type === "digit"));
  assertEquals([service.service.calls.size, service.service.calls.answered, ends(service)], [1, 1, []]);
  await assertRejects(() => dialIn(service.url, { uuid: "u-2" }));
  await silent.hangUp();
});

Deno.test("takeover: while the service drains a lost line may come back, no call may begin, and the end is not delayed", async () => {
  await using service = start();
  await using cable = await layCable(service.url);
  const first = await dialIn(cable.url, { uuid: "u-1" });
  await first.next("greeting", isTranscript);
  let isDrained = false;
  const drained = service.service.drain().then(() => isDrained = true);
  await assertRejects(() => dialIn(service.url, { uuid: "u-2" }));
  cable.pull();
  await first.closed;
  await until("the loss is noticed", isLost(service));
  const other = await dialIn(service.url, { uuid: "u-2" });
  await other.closed;
  assertEquals(other.messages, [{
    type: "error",
    message: "Could not take the call: the service is stopping",
  }]);
  const second = await dialIn(service.url, { uuid: "u-1" });
  second.send({ type: "dtmf_digit", digit: "5" });
  await until("the key has come", () => service.events.some(({ type }) => type === "digit"));
  assertEquals(isDrained, false);
  await second.hangUp();
  await drained;
  assertEquals(ends(service), ["hung_up"]);
});
