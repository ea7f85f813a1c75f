import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertMatch,
} from "@std/assert";
import { openCall, placeCall } from "../../lib/caller/caller.ts";
import type { CallerEvent } from "../../lib/caller/report.ts";
import { seeded } from "../audio/signals.ts";
import { VirtualClock } from "../support/clock.ts";
import { frameOf, samplesOf, serve } from "./service.ts";

/** Real sockets and real time, so the waits are short. */
const QUICK = { turnQuietMs: 60, endQuietMs: 100, noGreetingMs: 300, noAnswerMs: 1500, bargeInAfterMs: 100 };
const SPEECH = new Int16Array(1600).fill(5000);
const isLoud = (message: Record<string, unknown>) =>
  message.type === "audio" && samplesOf(message).some((s) => s !== 0);

/** The frames of 20 ms that were heard, without the silence about them. */
function heardFrames(recording: Int16Array): number[] {
  const frames = Array.from({ length: recording.length / 160 }, (_, index) => recording[index * 160]!);
  return frames.slice(
    frames.findIndex((value) => value !== 0),
    frames.findLastIndex((value) => value !== 0) + 1,
  );
}

Deno.test("a call goes as core makes it: init, frames of 320 bytes from the start, a close without a code", async () => {
  await using service = serve((call, { type }) => {
    if (type === "init") call.say(5);
  });
  const report = await placeCall({
    url: `${service.url}/supportAgent?from=2000`,
    uuid: "u-1",
    timing: QUICK,
  });
  const call = service.calls[0]!;
  assertEquals(await call.closed, 1005);
  assertEquals(call.url.pathname + call.url.search, "/supportAgent?from=2000");
  assertEquals(call.received[0]!.message, { type: "init", uuid: "u-1" });
  const audio = call.received.slice(1);
  assertEquals(new Set(audio.map(({ message }) => message.type)), new Set(["audio"]));
  assertEquals(new Set(audio.map(({ message }) => samplesOf(message).length)), new Set([160]));
  assertEquals(report.ended, "answered");
  assertEquals(heardFrames(report.heard), [1000, 1000, 1000, 1000, 1000]);
});

Deno.test("each call has a uuid of its own", async () => {
  await using service = serve((call) => call.close());
  await Promise.all([placeCall({ url: service.url }), placeCall({ url: service.url })]);
  const [a, b] = service.calls.map(({ received }) => received[0]!.message.uuid);
  assertMatch(String(a), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert(a !== b);
});

Deno.test("frames keep to absolute time: 50 a second, however late the timers are", async () => {
  await using service = serve(() => {});
  const clock = new VirtualClock();
  const call = await openCall({ url: service.url, clock, timing: { noAnswerMs: 60_000 } });
  // Timers come late by a little each, and once the process stands still.
  const random = seeded(1);
  while (clock.now() < 29_000) clock.advance(random() * 37);
  clock.advance(30_000 - clock.now());
  call.hangUp();
  assertEquals((await call.finished).durationMs, 30_000);
  assertEquals(clock.pending, 0);
  await service.calls[0]!.closed;
  assertEquals(service.calls[0]!.received.length, 1 + 30_000 / 20 + 1);
});

Deno.test("the caller waits for the greeting, speaks, hears the answer and hangs up", async () => {
  let loud = 0;
  await using service = serve((call, message) => {
    if (message.type === "init") call.say(10, 100);
    if (isLoud(message) && ++loud === 10) {
      setTimeout(() => {
        call.send({ type: "transcript", role: "user", text: "A question" });
        call.say(8, 200);
      }, 120);
    }
  });
  const events: CallerEvent[] = [];
  const report = await placeCall({
    url: service.url,
    steps: [{ say: SPEECH }],
    timing: QUICK,
    onEvent: (event) => events.push(event),
  });
  assertEquals(report.ended, "answered");
  assertEquals(
    events.map(({ type }) => type),
    ["first audio", "speaking", "turn ended", "transcript"],
  );
  assertEquals(report.transcript.map(({ role, text }) => ({ role, text })), [{
    role: "user",
    text: "A question",
  }]);
  const frames = heardFrames(report.heard);
  assertEquals(frames.filter((value) => value === 100).length, 10);
  assertEquals(frames.filter((value) => value === 200).length, 8);
  assertEquals(report.counts, { received: 18, played: 18, dropped: 0, interruptions: 0 });
  // Spoken after the greeting's 200 ms and 60 ms of silence.
  const speaking = events[1]!.atMs;
  assertGreaterOrEqual(speaking, 260);
  assertLess(report.firstAudioMs!, speaking);
  assertEquals(report.turns.length, 1);
  assertGreaterOrEqual(report.turns[0]!.latencyMs!, 100);
  assertLess(report.turns[0]!.latencyMs!, 1000);
});

Deno.test("silence at the end of a recording counts as waiting, not as speech", async () => {
  let loud = 0;
  await using service = serve((call, message) => {
    if (isLoud(message) && ++loud === 10) call.say(30, 200);
  });
  const say = new Int16Array(1600 + 8000);
  say.set(SPEECH);
  const report = await placeCall({ url: service.url, steps: [{ say }], timing: { ...QUICK, speakAtMs: 0 } });
  assertLess(report.turns[0]!.endedAtMs, 900);
  assertGreaterOrEqual(report.turns[0]!.latencyMs!, 0);
  assertLess(report.turns[0]!.latencyMs!, 800);
});

Deno.test("an interruption ends what the caller hears, at once", async () => {
  let turns = 0;
  let frames = 0;
  await using service = serve((call, message) => {
    if (!isLoud(message)) return;
    frames++;
    if (frames === 10) call.say(100, 100 * ++turns);
    // Speech over the answer.
    if (frames === 13) call.send({ type: "interruption" });
    if (frames === 20) call.say(5, 200);
  });
  const report = await placeCall({
    url: service.url,
    steps: [{ say: SPEECH }, { say: SPEECH }],
    timing: { ...QUICK, speakAtMs: 0, bargeIn: true },
  });
  assertEquals(report.counts.interruptions, 1);
  assertEquals(report.counts.received, 105);
  assertEquals(report.counts.played + report.counts.dropped, 105);
  const heard = heardFrames(report.heard);
  const first = heard.filter((value) => value === 100).length;
  // 100 ms before the caller cuts in, 60 ms until the service has noticed; a slow machine may take longer.
  assertGreaterOrEqual(first, 6);
  assertLess(first, 40);
  assertEquals(report.answers.map(({ interrupted, playedMs }) => [interrupted, playedMs]), [
    [true, 20 * first],
    [false, 100],
  ]);
});

Deno.test("a stall of the service is heard as a gap, and measured", async () => {
  await using service = serve((call, { type }) => {
    if (type !== "init") return;
    call.say(5);
    setTimeout(() => call.say(5), 250);
  });
  const report = await placeCall({ url: service.url, timing: { ...QUICK, endQuietMs: 1500 } });
  assertEquals(report.counts.played, 10);
  assertGreater(report.longestGapMs, 80);
  assertLess(report.longestGapMs, 1400);
  assertEquals(heardFrames(report.heard).filter((value) => value === 0).length, report.longestGapMs / 20);
});

Deno.test("keys are pressed one by one, in order with speech", async () => {
  let order = "";
  await using service = serve((call, message) => {
    if (message.type === "dtmf_digit") order += message.digit;
    if (message.digit === "#") call.say(5);
    if (isLoud(message) && !order.endsWith("S")) order += "S";
  });
  const report = await placeCall({
    url: service.url,
    steps: [{ press: "1*#" }, { say: SPEECH }],
    timing: { ...QUICK, speakAtMs: 0 },
  });
  assertEquals(order, "1*#S");
  const [one, star] = service.calls[0]!.received.filter(({ message }) => message.type === "dtmf_digit");
  assertGreaterOrEqual(star!.atMs - one!.atMs, 100);
  assertEquals(report.turns.map(({ latencyMs }) => latencyMs !== undefined), [true, false]);
});

Deno.test("when the service closes, the caller hears what core still holds", async () => {
  await using service = serve((call, { type }) => {
    if (type !== "init") return;
    call.say(10);
    call.send({ type: "error", message: "Could not go on" });
    call.close(1011);
  });
  const report = await placeCall({ url: service.url });
  assertEquals(report.ended, "closed by the service");
  assertEquals(heardFrames(report.heard).length, 10);
  assertEquals(report.errors, ["Could not go on"]);
  assertLess(report.durationMs, 2000);
});

Deno.test("hanging up in the middle keeps what was heard", async () => {
  await using service = serve((call, { type }) => {
    if (type === "init") call.say(500);
  });
  const hangUp = new AbortController();
  setTimeout(() => hangUp.abort(), 300);
  const report = await placeCall({ url: service.url, signal: hangUp.signal });
  assertEquals(report.ended, "hung up");
  assertEquals(await service.calls[0]!.closed, 1005);
  assertGreater(heardFrames(report.heard).length, 8);
  assertLess(report.durationMs, 5000);
});

Deno.test("messages that nobody understands don't end the call, bytes of JSON are read", async () => {
  await using service = serve((call, { type }) => {
    if (type !== "init") return;
    call.sendRaw("not JSON");
    call.sendRaw("[1]");
    call.sendRaw("null");
    call.send({ type: "audio", audio: "*" });
    call.send({ type: "audio" });
    call.send({ type: "something new" });
    call.sendRaw(new TextEncoder().encode(JSON.stringify({ type: "audio", audio: frameOf(7) })));
  });
  const events: CallerEvent[] = [];
  const report = await placeCall({ url: service.url, timing: QUICK, onEvent: (event) => events.push(event) });
  assertEquals(heardFrames(report.heard), [7]);
  assertEquals(events.filter(({ type }) => type === "bad message").length, 4);
});

Deno.test("playback may be asked in the middle of a call", async () => {
  await using service = serve((call, { type }) => {
    if (type === "init") call.say(500);
  });
  const call = await openCall({ url: service.url });
  while (call.playout.heardMs < 100) await new Promise((resolve) => setTimeout(resolve, 10));
  assertLess(call.playout.heardMs, 400);
  call.hangUp();
  assertEquals((await call.finished).ended, "hung up");
});
