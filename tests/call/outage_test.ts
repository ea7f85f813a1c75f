import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { definePersona } from "../../lib/persona/define.ts";
import { createAmi } from "../../lib/tools/ami.ts";
import { createAmiStandIn } from "../support/ami.ts";
import { dbfs, fixedSpeech, sine, toneDbfs } from "../support/sound.ts";
import { virtualCall, type VirtualCallOptions } from "../support/virtual-call.ts";

const persona = definePersona({ instructions: "Answer the telephone.", greeting: "Hello." });
/** Told apart by their tones. */
const PHRASES = { bridge: sine(600, 1000, 8000, 0.3), apology: sine(900, 2000, 8000, 0.3) };
const speech = fixedSpeech(sine(400, 1000, 24_000));

/** A call that was greeted and is quiet, and whose model is then away. */
async function awayCall(options: Partial<VirtualCallOptions> = {}) {
  const frames: { atMs: number; samples: Int16Array }[] = [];
  const it = virtualCall({
    persona,
    simulator: { speech },
    onFrame: (frame) => frames.push({ atMs: it.clock.now(), samples: frame.slice() }),
    ...options,
  });
  await it.silence(4000);
  it.simulator.faults.refuseStatus = 503;
  it.simulator.sessions[0]!.end("drop");
  const lostAtMs = it.clock.now();
  frames.length = 0;
  return { it, frames, lostAtMs };
}

const ended = (it: ReturnType<typeof virtualCall>) => {
  const event = it.events.at(-1);
  return event?.type === "ended" ? event.reason : undefined;
};

Deno.test("outage: a short gap is not filled with anything", async () => {
  const { it, frames } = await awayCall();
  await using _ = it;
  it.simulator.faults.refuseStatus = undefined;
  await it.silence(5000);
  assertEquals(it.events.filter(({ type }) => type === "model_back").length, 1);
  assertEquals(frames.length, 0);
});

Deno.test("outage: after 1.5 s a soft sound tells the caller that the line is alive, until the model is back", async () => {
  const { it, frames, lostAtMs } = await awayCall();
  await using _ = it;
  await it.silence(6000);
  assertGreater(frames[0]!.atMs - lostAtMs, 1400);
  assertLess(frames[0]!.atMs - lostAtMs, 1600);
  const samples = frames.flatMap(({ samples }) => [...samples]);
  const levelDbfs = dbfs(Int16Array.from(samples));
  assert(levelDbfs > -50 && levelDbfs < -30, `${levelDbfs}`);
  it.simulator.faults.refuseStatus = undefined;
  await it.silence(8000);
  const backAtMs = it.events.find(({ type }) => type === "model_back")!.atMs;
  assertEquals(frames.filter(({ atMs }) => atMs > backAtMs), []);
});

Deno.test("outage: words that are kept are said first, once, and whole", async () => {
  const { it, frames } = await awayCall({ phrases: PHRASES });
  await using _ = it;
  await it.silence(2000);
  // They have begun when the model comes back.
  it.simulator.faults.refuseStatus = undefined;
  await it.silence(8000);
  const samples = Int16Array.from(frames.flatMap(({ samples }) => [...samples]));
  assert(toneDbfs(samples.subarray(0, 8000), 600) > -15);
  assertEquals(it.playout.counts.received, it.playout.counts.played);
  assert(samples.length === 8000 || toneDbfs(samples.subarray(8000), 600) < -40);
});

Deno.test("outage: an answer that follows the sound is heard behind it, not in it", async () => {
  const { it } = await awayCall({ phrases: PHRASES });
  await using _ = it;
  await it.silence(1700);
  it.simulator.faults.refuseStatus = undefined;
  await it.silence(3000);
  assertEquals(it.playout.counts.dropped, 0);
  assertEquals(it.playout.counts.received, it.playout.counts.played);
});

Deno.test("outage: a model that stays away leads to the apology, and only then to the error", async () => {
  const { it, frames } = await awayCall({ phrases: { apology: PHRASES.apology } });
  await using _ = it;
  await it.silence(29_900);
  frames.length = 0;
  await it.silence(4000);
  const apology = Int16Array.from(frames.flatMap(({ samples }) => [...samples]));
  assert(toneDbfs(apology.subarray(4000, 16_000), 900) > -15);
  const errorAtMs = it.told.find(({ type }) => type === "error")!.atMs;
  assertGreater(errorAtMs - frames[0]!.atMs, 1900);
  assertEquals(it.told.at(-1)?.type, "closed");
  assertEquals(ended(it), "model_failed");
});

Deno.test("outage: a persona's fallback gets the call, by avr-ami, when the model stays away", async () => {
  const ami = createAmiStandIn();
  const { it } = await awayCall({
    persona: { ...persona, fallback: { extension: "2001", context: "internal" } },
    phrases: PHRASES,
    ami: createAmi({ url: "http://ami.test", fetch: ami.fetch }),
  });
  await using _ = it;
  await it.silence(45_000);
  assertEquals(ami.requests.map(({ path, body }) => [path, body]), [
    ["/transfer", { uuid: "u-1", exten: "2001", context: "internal", priority: 1 }],
  ]);
  assertEquals(it.told.filter(({ type }) => type === "error"), []);
  assertEquals(ended(it), "transferred");
});

Deno.test("outage: a fallback that refuses leaves the error", async () => {
  const ami = createAmiStandIn({ answers: 404 });
  const { it } = await awayCall({
    persona: { ...persona, fallback: { extension: "2001" } },
    ami: createAmi({ url: "http://ami.test", fetch: ami.fetch }),
  });
  await using _ = it;
  await it.silence(40_000);
  assertEquals(ami.requests.length, 1);
  assertEquals(it.told.slice(-2).map(({ type }) => type), ["error", "closed"]);
  assertEquals(ended(it), "model_failed");
});

Deno.test("outage: a wrong key is not tried again, the caller hears the apology at once", async () => {
  const { it, frames, lostAtMs } = await awayCall({ phrases: PHRASES });
  await using _ = it;
  it.simulator.faults.refuseStatus = undefined;
  it.simulator.faults.refuseWith = "invalid_api_key";
  await it.silence(6000);
  assertLess(frames[0]!.atMs - lostAtMs, 1500);
  assertEquals(it.playout.counts.received, it.playout.counts.played);
  assertEquals(ended(it), "model_failed");
});

Deno.test("outage: an answer refused for want of quota is a fatal cause as well", async () => {
  const error = {
    type: "insufficient_quota",
    code: "insufficient_quota",
    message: "You exceeded your quota.",
  };
  await using it = virtualCall({
    persona,
    phrases: PHRASES,
    simulator: { speech, agent: () => ({ outputs: [], status: "failed", error }) },
  });
  await it.silence(6000);
  assertEquals(it.playout.counts.received, 100);
  assertEquals(it.told.map(({ type }) => type), ["error", "closed"]);
  assertEquals(it.simulator.sessions.filter(({ closed }) => !closed), []);
});

Deno.test("outage: a caller who hangs up in the apology ends all of it", async () => {
  const ami = createAmiStandIn();
  const { it, frames } = await awayCall({
    persona: { ...persona, fallback: { extension: "2001" } },
    phrases: PHRASES,
    ami: createAmi({ url: "http://ami.test", fetch: ami.fetch }),
  });
  await using _ = it;
  await it.silence(30_500);
  it.call.end("hung_up");
  const { length } = frames;
  await it.clock.run(10_000);
  assertEquals(frames.length, length);
  assertEquals(ami.requests, []);
  assertEquals(ended(it), "hung_up");
});

Deno.test("shutdown: the agent says goodbye, and the call ends when it has been heard", async () => {
  const ami = createAmiStandIn();
  await using it = virtualCall({
    persona,
    simulator: { speech },
    ami: createAmi({ url: "http://ami.test", fetch: ami.fetch }),
  });
  await it.silence(4000);
  it.call.leave();
  await it.silence(5000);
  assertEquals(it.said().length, 2);
  assertEquals(it.playout.counts.received, it.playout.counts.played);
  assertEquals(ami.requests.map(({ path }) => path), ["/hangup"]);
  assertEquals(ended(it), "shutdown");
});

Deno.test("shutdown: without a model there is no goodbye to wait for", async () => {
  const { it } = await awayCall();
  await using _ = it;
  it.call.leave();
  assertEquals(ended(it), "shutdown");
});
