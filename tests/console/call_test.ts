import { assert, assertEquals } from "@std/assert";
import { Call, type CallSocket } from "../../lib/console/page/call/call.js";
import { SampleCaller } from "../../lib/console/page/call/sample-caller.js";
import type { EngineMessage } from "../../lib/console/page/audio/engine.js";

function callOf() {
  let nowMs = 1000;
  const sent: { type: string; [key: string]: unknown }[] = [];
  const told: EngineMessage[] = [];
  const phases: string[] = [];
  const closes: number[] = [];
  const socket = {
    readyState: 0,
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (data: unknown) => void sent.push(JSON.parse(String(data))),
    close: () => void closes.push(nowMs),
  } as unknown as CallSocket & { readyState: number };
  const call = new Call({
    socket,
    audio: (message: EngineMessage) => told.push(message),
    onChange: (change: string) => change === "phase" && phases.push(call.phase),
    uuid: "u-1",
    now: () => nowMs,
  });
  const handlers = socket as unknown as Record<"onopen" | "onmessage" | "onclose", (event: unknown) => void>;
  return {
    call,
    sent,
    told,
    phases,
    closes,
    wait: (ms: number) => nowMs += ms,
    open() {
      socket.readyState = 1;
      handlers.onopen({});
    },
    receive: (message: unknown) => handlers.onmessage({ data: JSON.stringify(message) }),
    receiveRaw: (data: unknown) => handlers.onmessage({ data }),
    close(wasClean = true) {
      socket.readyState = 3;
      handlers.onclose({ wasClean });
    },
    frame: (queuedMs = 0, loud = false) =>
      call.frame({
        caller: new Int16Array(160),
        agent: new Int16Array(160).fill(loud ? 9000 : 0),
        queuedMs,
        saying: false,
        lost: false,
      }),
  };
}

const event = (source: string, event: unknown, atMs = 0, more = {}) => ({
  type: "event",
  atMs,
  source,
  event,
  ...more,
});

Deno.test("page's call: init comes first, then 20 ms of audio each 20 ms, and nothing before the line is open", () => {
  const { call, sent, open, frame } = callOf();
  frame();
  call.press("5");
  assertEquals([sent.length, call.recording.durationMs], [0, 0]);
  open();
  frame();
  call.press("5");
  call.write("Hello");
  assertEquals(sent.map(({ type }) => type), ["init", "audio", "dtmf_digit", "text"]);
  assertEquals([sent[0]!.uuid, sent[2]!.digit, sent[3]!.text], ["u-1", "5", "Hello"]);
  assertEquals(call.recording.durationMs, 20);
});

Deno.test("page's call: agent audio is played, an interruption drops it and leaves its mark", () => {
  const { call, told, open, receive, wait } = callOf();
  open();
  receive({ type: "audio", audio: btoa("\x01\x00\x02\x00") });
  receive({ type: "audio", audio: "!" });
  wait(700);
  receive({ type: "interruption" });
  assertEquals(told, [{ type: "agent", samples: Int16Array.of(1, 2) }, { type: "interruption" }]);
  assertEquals(call.marks, [700]);
});

Deno.test("page's call: when the service hangs up, what the phone still holds is heard to its end", () => {
  const { call, sent, phases, closes, open, receive, close, frame } = callOf();
  open();
  receive(event("call", { type: "hang_up", reason: "agent_hung_up" }));
  // As a telephone does that was hung up: the service waits for it.
  assertEquals([call.phase, call.ending, closes.length], ["emptying", "agent_hung_up", 1]);
  close();
  receive(event("call", { type: "ended", reason: "hung_up" }));
  const before = sent.length;
  frame(40);
  frame(20);
  assertEquals(call.phase, "emptying");
  frame(0);
  assertEquals([call.phase, sent.length], ["over", before]);
  assertEquals([call.ending, ...phases], ["agent_hung_up", "live", "emptying", "over"]);
  assertEquals(call.recording.durationMs, 60);
});

Deno.test("page's call: a phone that never empties does not keep the call for ever", () => {
  const { call, open, close, frame, wait } = callOf();
  open();
  close();
  wait(15_001);
  frame(99_999);
  assertEquals(call.phase, "over");
});

Deno.test("page's call: whoever hangs up hears nothing more, and the call ends once", () => {
  const { call, told, phases, open, close, receive } = callOf();
  open();
  call.hangUp();
  call.hangUp();
  close();
  receive({ type: "audio", audio: btoa("\x01\x00") });
  assertEquals([call.ending, phases], ["hung_up", ["live", "over"]]);
  assertEquals(told, [{ type: "interruption" }, { type: "hush" }]);
});

Deno.test("page's call: a refused line, a lost one and a closed one are told apart", () => {
  const refused = callOf();
  refused.close(false);
  assertEquals([refused.call.phase, refused.call.ending], ["over", "refused"]);
  const lost = callOf();
  lost.open();
  lost.close(false);
  assertEquals([lost.call.phase, lost.call.ending], ["over", "lost"]);
  const closed = callOf();
  closed.open();
  closed.receive({ type: "error", message: "Could not take the call: full" });
  closed.close();
  closed.frame();
  assertEquals([closed.call.ending, closed.call.fault], ["closed", "Could not take the call: full"]);
});

Deno.test("page's call: who speaks follows the caller's words and the agent's sound", () => {
  const { call, open, receive, frame } = callOf();
  open();
  const speakers = [call.speaker];
  const after = (act: () => void) => {
    act();
    speakers.push(call.speaker);
  };
  after(() => frame(500, true));
  after(() => receive(event("call", { type: "caller_speaking" })));
  after(() => {
    for (let count = 0; count < 40; count++) frame();
    receive(event("call", { type: "caller_silent" }));
  });
  after(() => frame(100, true));
  // Between two words it is still the agent's turn.
  after(() => frame());
  after(() => {
    for (let count = 0; count < 40; count++) frame();
  });
  assertEquals(speakers, ["nobody", "agent", "caller", "thinking", "agent", "agent", "nobody"]);
});

Deno.test("page's call: the service's time is put on the page's by the message that was least under way", () => {
  const { call, open, receive, wait } = callOf();
  open();
  wait(500);
  receive(event("call", { type: "started" }, 10));
  wait(1000);
  // This one was quick: it left 1200 ms after the socket opened there, and 1500 have passed here.
  receive(event("call", { type: "digit", digit: "1" }, 1200));
  receive(event("call", { type: "digit", digit: "2" }, 1100));
  const at = call.log.entries.filter(({ source }) => source === "call").map(({ atMs }) => atMs);
  assertEquals(at, [500, 1500, 1400]);
});

Deno.test("page's call: what the service left out is counted, and rubbish is left alone", () => {
  const { call, open, receive, receiveRaw } = callOf();
  open();
  receiveRaw("rubbish");
  receiveRaw("[]");
  receiveRaw(new ArrayBuffer(3));
  receive({ type: "unheard of" });
  receive(event("model", { type: "response.done" }, 0, { direction: "in", dropped: 12 }));
  assertEquals(call.log.dropped, 12);
  assert(call.log.entries.some(({ event }) => event.type === "unheard of"));
});

Deno.test("a recording in the caller's place waits for the greeting's end, or begins where nobody greets", () => {
  const said: number[] = [];
  let nowMs = 0;
  const play = (speakerAt: (ms: number) => "agent" | "nobody" | "thinking") => {
    nowMs = 0;
    said.length = 0;
    const caller = new SampleCaller(() => said.push(nowMs), () => nowMs);
    for (; nowMs < 20_000; nowMs += 20) caller.tick(speakerAt(nowMs));
    return said;
  };
  assertEquals(play((ms) => ms >= 400 && ms < 2400 ? "agent" : "nobody"), [3300]);
  assertEquals(play((ms) => ms >= 400 && ms % 1000 < 700 ? "agent" : "nobody"), []);
  assertEquals(play(() => "nobody"), [4000]);
});
