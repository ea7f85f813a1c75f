import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { EndReason } from "../../lib/call/events.ts";
import type { Line, LineEnd } from "../../lib/line/line.ts";
import { createLog } from "../../lib/log.ts";
import { LiveCall } from "../../lib/server/live-call.ts";
import { VirtualClock } from "../support/clock.ts";

/** A live call that notes what it is told, and sockets that do no more than tell their end. */
function connected({ graceMs = 2000 } = {}) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const logged: string[] = [];
  const reasons: EndReason[] = [];
  const socket = (name: string): Line & { end(how: LineEnd): void } => {
    let over = false;
    const end = (how: LineEnd) => {
      if (over) return;
      over = true;
      told.push(`${name} ${how}`);
      live.lineClosed(line, how);
    };
    const line = {
      audio: (frame: Int16Array) => void told.push(`${name} audio ${frame[0]}`),
      interruption: () => void told.push(`${name} interruption`),
      transcript() {},
      error() {},
      close: () => end("closed"),
      end,
    };
    return line;
  };
  let sees!: Line;
  const first = socket("first");
  const live: LiveCall = new LiveCall({
    uuid: "u-1",
    line: first,
    persona: "assistant",
    graceMs,
    clock,
    log: createLog({ write: (line) => logged.push(line) }),
    begin(line) {
      sees = line;
      return {
        callerAudio: (samples) => void told.push(`caller ${samples[0]}`),
        callerDigit: (digit) => void told.push(`digit ${digit}`),
        lineBack: (frames) => void told.push(`back with ${frames.length}`),
        leave: () => void told.push("leave"),
        abandon: (message) => void told.push(`abandon: ${message}`),
        end(reason) {
          if (reasons.length > 0) return;
          reasons.push(reason);
          line.close();
          live.over();
        },
      };
    },
  });
  return { clock, told, logged, reasons, first, socket, live, say: (n: number) => sees.audio(frame(n)) };
}

const frame = (first: number) => new Int16Array(160).fill(first);

Deno.test("takeover: a hang-up ends the call at once, with nothing left to wait for", () => {
  const { clock, reasons, first, live } = connected();
  first.end("closed");
  assertEquals(reasons, ["hung_up"]);
  live.lineClosed(first, "vanished");
  assertEquals(clock.pending, 0);
});

Deno.test("takeover: a line that broke a limit is not waited for", () => {
  const { clock, reasons, first } = connected();
  first.end("message_rate");
  assertEquals(reasons, ["line_limit"]);
  assertEquals(clock.pending, 0);
});

Deno.test("takeover: a call whose line vanished ends after the grace time, and the log tells why", () => {
  const { clock, reasons, logged, first, live } = connected();
  first.end("vanished");
  assert(live.lacksLine);
  clock.advance(1999);
  assertEquals(reasons, []);
  clock.advance(1);
  assertEquals(reasons, ["line_lost"]);
  assertStringIncludes(logged.join("\n"), "Line was lost without a hang-up uuid=u-1 graceMs=2000");
  assertEquals(clock.pending, 0);
});

Deno.test("takeover: without a grace time it ends at once, by the same word", () => {
  const { clock, reasons, first } = connected({ graceMs: 0 });
  first.end("vanished");
  assertEquals(reasons, ["line_lost"]);
  assertEquals(clock.pending, 0);
});

Deno.test("takeover: who comes back within the grace time gets what was said meanwhile, and the call goes on", () => {
  const { clock, told, reasons, logged, first, socket, live, say } = connected();
  say(1);
  first.end("vanished");
  say(2);
  say(3);
  clock.advance(1500);
  const second = socket("second");
  live.takeOver(second, "assistant");
  assertEquals(live.lacksLine, false);
  say(4);
  assertEquals(told, [
    "first audio 1",
    "first vanished",
    "second audio 2",
    "second audio 3",
    "back with 2",
    "second audio 4",
  ]);
  assertStringIncludes(logged.join("\n"), "Same call on a new socket, it goes on there uuid=u-1 gapMs=1500");
  clock.advance(60_000);
  assertEquals(reasons, []);
  second.end("closed");
  assertEquals(reasons, ["hung_up"]);
});

Deno.test("takeover: the socket before is closed, and its end, whatever it is, does not end the call", () => {
  for (const late of ["closed", "vanished", "idle_line"] as const) {
    const { told, reasons, first, socket, live } = connected();
    live.takeOver(socket("second"), "assistant");
    assertEquals(told, ["first closed"]);
    live.lineClosed(first, late);
    assertEquals(reasons, []);
    assertEquals(live.lacksLine, false);
  }
});

Deno.test("takeover: of sockets that race for a call the last has it, the others are closed", () => {
  const { clock, told, reasons, first, socket, live, say } = connected();
  first.end("vanished");
  const [second, third, fourth] = [socket("second"), socket("third"), socket("fourth")];
  live.takeOver(second, "assistant");
  live.takeOver(third, "assistant");
  third.end("vanished");
  live.takeOver(fourth, "assistant");
  second.end("vanished");
  say(1);
  assertEquals(told.filter((each) => each.endsWith("closed")), ["second closed"]);
  assertEquals(told.at(-1), "fourth audio 1");
  clock.advance(60_000);
  assertEquals(reasons, []);
  assertEquals(clock.pending, 0);
});

Deno.test("takeover: the persona that the new socket's URL names is not the call's, and the log tells", () => {
  const { logged, socket, live } = connected();
  live.takeOver(socket("second"), "supportAgent");
  assertStringIncludes(logged.join("\n"), "asked=supportAgent");
});

Deno.test("takeover: a line that went quiet lacks one, one that has not been heard yet does not", () => {
  const { clock, live, socket } = connected();
  clock.advance(60_000);
  assertEquals(live.lacksLine, false);
  live.callerAudio(frame(1));
  clock.advance(499);
  assertEquals(live.lacksLine, false);
  clock.advance(1);
  assertEquals(live.lacksLine, true);
  live.takeOver(socket("second"), "assistant");
  assertEquals(live.lacksLine, false);
});

Deno.test("takeover: audio lost in a long gap is told at the call's end", () => {
  const { clock, logged, first, live, say } = connected({ graceMs: 30_000 });
  first.end("vanished");
  for (let count = 0; count < 1600; count++) say(1);
  clock.advance(30_000);
  assertStringIncludes(logged.join("\n"), "frames=100");
  assert(live.lacksLine);
});
