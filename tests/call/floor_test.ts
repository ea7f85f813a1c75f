import { assertEquals } from "@std/assert";
import { Floor } from "../../lib/call/floor.ts";
import type { InterruptionGuard, Verdict } from "../../lib/call/guard.ts";
import { Playback } from "../../lib/call/playback.ts";
import { Responses } from "../../lib/call/responses.ts";
import { Turns } from "../../lib/call/turns.ts";
import { silentLog } from "../../lib/log.ts";
import { VirtualClock } from "../support/clock.ts";

const VAD = { type: "server_vad", create_response: true, interrupt_response: true } as const;
const REPORT_ONLY = { type: "server_vad", create_response: false, interrupt_response: false } as const;

function conversation(
  options: { guard?: { held: boolean; verdict: Verdict }; createResponse?: boolean } = {},
) {
  const clock = new VirtualClock();
  const acts: string[] = [];
  const send = (event: { type: string }) => void acts.push(event.type);
  const playback = new Playback(clock, 60);
  const responses = new Responses(clock, send, silentLog);
  const turns = new Turns({
    playback,
    responses,
    send,
    interruption: () => acts.push("interruption"),
    discard: () => {},
    onCut: () => {},
  });
  const guard = options.guard && {
    speechStarted: () => options.guard!.held ? "held" : "passed",
    speechStopped: () => options.guard!.verdict,
  };
  const floor = new Floor({
    clock,
    turns,
    responses,
    send,
    detection: { ...VAD, create_response: options.createResponse ?? true },
    guard: guard as InterruptionGuard | undefined,
    onCaller: () => acts.push("caller"),
    onIgnored: (itemId) => acts.push(`ignored ${itemId}`),
  });
  const speak = (ms: number) => {
    playback.generated("resp", "a", 0, ms);
    for (let left = ms; left > 0; left -= 20) playback.sent("a", Math.min(20, left), 20);
  };
  const turn = (itemId: string) => {
    floor.speechStarted();
    floor.speechStopped(itemId);
    floor.committed(itemId);
  };
  return { clock, acts, floor, responses, playback, speak, turn };
}

Deno.test("floor: the API's own turn-taking is left to it", () => {
  const { clock, acts, floor, responses, turn } = conversation();
  assertEquals(floor.detection, VAD);
  turn("u1");
  responses.created("r1", {});
  floor.answered();
  clock.advance(60_000);
  assertEquals(acts, ["caller", "caller"]);
  assertEquals(clock.pending, 0);
});

Deno.test("floor: once it is closed the API is told to answer nothing more, and we do not either", () => {
  for (const options of [{}, { guard: { held: false, verdict: "passed" as Verdict } }]) {
    const { clock, acts, floor, responses, turn } = conversation(options);
    turn("u1");
    responses.created("a1", { parley_request: "r1" });
    floor.answered();
    responses.done({ id: "a1", metadata: {} });
    floor.close();
    floor.close();
    assertEquals(floor.detection?.create_response, false);
    turn("u2");
    clock.advance(60_000);
    const sent = acts.filter((act) => act !== "caller");
    // With a guard the first turn was ours to answer, at once.
    assertEquals(sent, "guard" in options ? ["response.create", "session.update"] : ["session.update"]);
    assertEquals(clock.pending, 0);
  }
});

Deno.test("floor: a turn that lost its answer in a race is answered after all", () => {
  const { clock, acts, turn } = conversation();
  turn("u1");
  clock.advance(1500);
  assertEquals(acts.slice(2), ["response.create"]);
});

Deno.test("floor: a persona that has the API answer nothing is respected", () => {
  const { clock, acts, turn } = conversation({ createResponse: false });
  turn("u1");
  clock.advance(60_000);
  assertEquals(acts, ["caller", "caller"]);
});

Deno.test("floor: noise or an early hello can't cut a protected greeting", () => {
  const { acts, floor, playback, speak, turn } = conversation();
  floor.protect();
  assertEquals(floor.detection, REPORT_ONLY);
  speak(2000);
  turn("u1");
  assertEquals(acts, ["caller", "caller"]);
  assertEquals(playback.unheardMs(), 2060);
});

Deno.test("floor: what was said into a protected greeting is answered once it has been heard", () => {
  const { acts, floor, turn } = conversation();
  floor.protect();
  turn("u1");
  turn("u2");
  acts.length = 0;
  floor.open();
  assertEquals(acts, ["session.update", "response.create"]);
  assertEquals(floor.detection, VAD);
});

Deno.test("floor: who still speaks when the greeting ends is answered when they have finished", () => {
  const { clock, acts, floor } = conversation();
  floor.protect();
  floor.speechStarted();
  floor.open();
  assertEquals(acts, ["caller", "session.update"]);
  floor.speechStopped("u1");
  floor.committed("u1");
  clock.advance(1500);
  assertEquals(acts.slice(2), ["caller", "response.create"]);
});

Deno.test("floor: opening twice configures once", () => {
  const { acts, floor } = conversation();
  floor.open();
  floor.protect();
  floor.open();
  floor.open();
  assertEquals(acts, ["session.update"]);
});

Deno.test("floor: with a guard the API only reports speech, and each turn is answered by us", () => {
  const { acts, floor, turn } = conversation({ guard: { held: false, verdict: "passed" } });
  assertEquals(floor.detection, REPORT_ONLY);
  turn("u1");
  assertEquals(acts, ["caller", "caller", "response.create"]);
});

Deno.test("floor: what the guard ignores is deleted, not answered, and stops nothing", () => {
  const { acts, playback, speak, turn } = conversation({ guard: { held: true, verdict: "ignored" } });
  speak(2000);
  turn("u1");
  assertEquals(acts, ["conversation.item.delete", "ignored u1"]);
  assertEquals(playback.unheardMs(), 2060);
});

Deno.test("floor: when the guard lets the caller interrupt, the answer is cancelled and truncated", () => {
  const { clock, acts, floor, responses, speak } = conversation({
    guard: { held: true, verdict: "interrupted" },
  });
  responses.created("resp", {});
  speak(2000);
  clock.advance(500);
  floor.speechStarted();
  floor.interrupt();
  assertEquals(acts, ["interruption", "conversation.item.truncate", "response.cancel"]);
});

Deno.test("floor: a call that ends leaves no timer", () => {
  const { clock, floor, turn } = conversation();
  turn("u1");
  floor.clear();
  assertEquals(clock.pending, 0);
});
