import { assertEquals } from "@std/assert";
import type { Line } from "../../lib/line/line.ts";
import { KEPT_FRAMES, LineSwitch } from "../../lib/line/switch.ts";
import { VirtualClock } from "../support/clock.ts";

/** A line that notes what it is sent; a frame by its first sample. */
function phone(): Line & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    audio: (frame) => void told.push(`audio ${frame[0]}`),
    interruption: () => void told.push("interruption"),
    transcript: (role, text) => void told.push(`${role}: ${text}`),
    error: (message) => void told.push(`error ${message}`),
    close: () => void told.push("closed"),
  };
}

function switched() {
  const clock = new VirtualClock();
  const first = phone();
  const line = new LineSwitch(clock, first);
  const frame = new Int16Array(160);
  /** Frames numbered from...to, all in one buffer that is used again. */
  const speak = (from: number, to = from) => {
    for (let number = from; number <= to; number++) {
      frame.fill(number);
      line.audio(frame);
    }
  };
  return { clock, first, line, speak };
}

Deno.test("switch: while a line is there all goes to it, at once", () => {
  const { first, line, speak } = switched();
  speak(1, 2);
  line.interruption();
  line.transcript("agent", "Hello");
  line.error("No model");
  line.close();
  assertEquals(first.told, [
    "audio 1",
    "audio 2",
    "interruption",
    "agent: Hello",
    "error No model",
    "closed",
  ]);
});

Deno.test("switch: what is said while no line is there reaches the next one, once and in order", () => {
  const { first, line, speak } = switched();
  speak(1);
  line.detach();
  speak(2, 4);
  line.transcript("user", "Hi");
  line.transcript("agent", "Hello");
  const second = phone();
  const sent = line.attach(second);
  assertEquals(sent.map((frame) => frame[0]), [2, 3, 4]);
  speak(5);
  assertEquals(first.told, ["audio 1"]);
  assertEquals(second.told, ["audio 2", "audio 3", "audio 4", "user: Hi", "agent: Hello", "audio 5"]);
  line.detach();
  const third = phone();
  assertEquals(line.attach(third), []);
  assertEquals(third.told, []);
});

Deno.test("switch: a line that is still there is closed when another comes, and nothing is said twice", () => {
  const { first, line, speak } = switched();
  speak(1);
  const second = phone();
  assertEquals(line.attach(second), []);
  assertEquals([line.isOn(first), line.isOn(second)], [false, true]);
  speak(2);
  assertEquals(first.told, ["audio 1", "closed"]);
  assertEquals(second.told, ["audio 2"]);
});

Deno.test("switch: the old line's end finds the new one in its place already", () => {
  const clock = new VirtualClock();
  let wasOn: boolean | undefined;
  const first = { ...phone(), close: () => void (wasOn = line.isOn(first)) };
  const line = new LineSwitch(clock, first);
  line.attach(phone());
  assertEquals(wasOn, false);
});

Deno.test("switch: an interruption while no line is there drops what was kept, and is told before what follows", () => {
  const { line, speak } = switched();
  speak(1);
  line.detach();
  speak(2, 5);
  line.interruption();
  speak(6);
  const second = phone();
  assertEquals(line.attach(second).length, 1);
  assertEquals(second.told, ["interruption", "audio 6"]);
  line.detach();
  const third = phone();
  line.attach(third);
  assertEquals(third.told, []);
});

Deno.test("switch: a model that speaks for ever does not fill the memory: the oldest is dropped and counted", () => {
  const { line, speak } = switched();
  line.detach();
  speak(1, KEPT_FRAMES + 10);
  for (let count = 0; count < 1000; count++) line.transcript("agent", `${count}`);
  const second = phone();
  assertEquals(line.attach(second).length, KEPT_FRAMES);
  assertEquals(line.droppedFrames, 10);
  assertEquals(second.told[0], "audio 11");
  assertEquals(second.told.length, KEPT_FRAMES + 64);
  assertEquals(second.told.at(-1), "agent: 999");
});

Deno.test("switch: once the call is over a line that comes is closed, and nothing is kept for it", () => {
  const { first, line, speak } = switched();
  line.detach();
  speak(1);
  line.error("Nobody hears it");
  line.close();
  line.close();
  speak(2);
  line.transcript("agent", "Too late");
  line.interruption();
  line.detach();
  const late = phone();
  assertEquals(line.attach(late), []);
  assertEquals(late.told, ["closed"]);
  assertEquals(first.told, []);
});

Deno.test("switch: its presence tells which absence lasts and when each ended", () => {
  const { clock, line } = switched();
  const { presence } = line;
  assertEquals(presence.absence, undefined);
  clock.advance(100);
  line.detach();
  assertEquals([presence.absence, presence.returnedAtMs(0)], [0, undefined]);
  clock.advance(100);
  line.attach(phone());
  assertEquals([presence.absence, presence.returnedAtMs(0)], [undefined, 200]);
  line.attach(phone());
  assertEquals([presence.absence, presence.returnedAtMs(0), presence.returnedAtMs(1)], [
    undefined,
    200,
    undefined,
  ]);
  clock.advance(100);
  line.detach();
  assertEquals(presence.absence, 1);
  line.attach(phone());
  assertEquals([presence.returnedAtMs(0), presence.returnedAtMs(1)], [200, 300]);
});
