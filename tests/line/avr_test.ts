import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { type LineSocket, openAvrLine } from "../../lib/line/avr.ts";
import { LINE_LIMITS } from "../../lib/line/limits.ts";
import { createLog } from "../../lib/log.ts";
import { VirtualClock } from "../support/clock.ts";

function phone(onInit = (_uuid: string) => {}) {
  const told: string[] = [];
  const logged: string[] = [];
  const sent: string[] = [];
  const clock = new VirtualClock();
  const state = { unsentBytes: 0 };
  const closes: (readonly (number | string | undefined)[])[] = [];
  const socket: LineSocket = {
    readyState: 1,
    get bufferedAmount() {
      return state.unsentBytes;
    },
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (data) => void sent.push(String(data)),
    close: (...how) => void closes.push(how),
  };
  const line = openAvrLine(
    socket,
    {
      init: (uuid) => {
        told.push(`init ${uuid}`);
        onInit(uuid);
      },
      audio: (samples) => told.push(`audio ${samples.length}`),
      digit: (digit) => told.push(`digit ${digit}`),
      closed: (end) => told.push(end === "closed" ? end : `closed ${end}`),
    },
    { clock, limits: LINE_LIMITS, log: createLog({ level: "debug", write: (text) => logged.push(text) }) },
  );
  const bound = socket as unknown as { onmessage(event: unknown): void; onclose(event: unknown): void };
  return {
    line,
    told,
    logged,
    sent,
    closes,
    clock,
    state,
    receive: (data: unknown) => bound.onmessage({ data }),
    hangUp: (code = 1005) => bound.onclose({ code, wasClean: true }),
    vanish: (code = 0) => bound.onclose({ code, wasClean: false }),
  };
}

const text = (value: unknown) => JSON.stringify(value);
const FRAME = new Uint8Array(320).toBase64();

Deno.test("line takes AVR's messages as text", () => {
  const { told, receive } = phone();
  receive(text({ type: "init", uuid: "u-1" }));
  receive(text({ type: "audio", audio: FRAME }));
  receive(text({ type: "dtmf_digit", digit: "#" }));
  assertEquals(told, ["init u-1", "audio 160", "digit #"]);
});

Deno.test("line takes AVR's messages as binary JSON", () => {
  const { told, receive } = phone();
  receive(new TextEncoder().encode(text({ type: "init", uuid: "u-1" })).buffer);
  receive(new TextEncoder().encode(text({ type: "audio", audio: FRAME })).buffer);
  assertEquals(told, ["init u-1", "audio 160"]);
});

Deno.test("line gives a call without a uuid a name of its own", () => {
  for (const message of [{ type: "init" }, { type: "init", uuid: 7 }, { type: "init", uuid: "" }]) {
    const { told, receive } = phone();
    receive(text(message));
    assertMatch(told[0]!, /^init [0-9a-f]{8}-[0-9a-f-]{27}$/);
  }
});

Deno.test("line does not let two calls without a uuid share one", () => {
  const [one, two] = [phone(), phone()];
  one.receive(text({ type: "init" }));
  two.receive(text({ type: "init" }));
  assertNotEquals(one.told, two.told);
});

Deno.test("line ignores a second init", () => {
  const { told, receive } = phone();
  receive(text({ type: "init", uuid: "u-1" }));
  receive(text({ type: "init", uuid: "u-2" }));
  assertEquals(told, ["init u-1"]);
});

Deno.test.each([
  ["not base64", { type: "audio", audio: "%%%" }],
  ["an odd number of bytes", { type: "audio", audio: new Uint8Array(321).toBase64() }],
  ["nothing", { type: "audio", audio: "" }],
  ["a number", { type: "audio", audio: 5 }],
])("line drops audio that is %s and goes on", (_, message) => {
  const { told, logged, receive } = phone();
  receive(text(message));
  receive(text(message));
  receive(text({ type: "audio", audio: FRAME }));
  assertEquals(told, ["audio 160"]);
  assertEquals(logged.length, 1);
});

Deno.test.each([
  ["no JSON", "hello"],
  ["an array", "[]"],
  ["null", "null"],
  ["a prototype key", '{"__proto__":{"type":"init"}}'],
  ["an unknown type", '{"type":"comfort_noise"}'],
  ["a digit of two keys", '{"type":"dtmf_digit","digit":"12"}'],
  ["bytes that are no UTF-8", new Uint8Array([0xff, 0xfe, 0xfd]).buffer],
])("line survives a message that is %s", (_, data) => {
  const { told, receive } = phone();
  receive(data);
  receive(text({ type: "init", uuid: "u-1" }));
  assertEquals(told, ["init u-1"]);
});

Deno.test("line ends itself alone when handling a message throws", () => {
  const { told, closes, receive } = phone(() => {
    throw new Error("Boom");
  });
  receive(text({ type: "init", uuid: "u-1" }));
  assertEquals(told, ["init u-1", "closed"]);
  assertEquals(closes, [[1000]]);
});

Deno.test("line sends frames of 320 bytes, and the other messages as AVR names them", () => {
  const { line, sent } = phone();
  line.audio(new Int16Array(160).fill(258));
  line.interruption();
  line.transcript("agent", 'He said "hi"');
  line.error("No model");
  assertEquals(sent.map((each) => JSON.parse(each)), [
    { type: "audio", audio: new Uint8Array(new Int16Array(160).fill(258).buffer).toBase64() },
    { type: "interruption" },
    { type: "transcript", role: "agent", text: 'He said "hi"' },
    { type: "error", message: "No model" },
  ]);
});

Deno.test("line tells the end once, whoever hangs up, and nothing after it", () => {
  const ours = phone();
  ours.line.close();
  ours.hangUp();
  ours.receive(text({ type: "init", uuid: "late" }));
  assertEquals(ours.told, ["closed"]);

  const theirs = phone();
  theirs.hangUp();
  theirs.line.close();
  assertEquals(theirs.told, ["closed"]);
  assertEquals(theirs.closes, []);
});

Deno.test("line that is gone without a close frame has vanished, whatever code Deno gives it; with one it was hung up", () => {
  for (const code of [1000, 1001, 1005, 4000]) {
    const { told, hangUp, vanish } = phone();
    hangUp(code);
    vanish();
    assertEquals(told, ["closed"], `${code}`);
  }
  for (const code of [0, 1001, 1006]) {
    const { told, hangUp, vanish, clock } = phone();
    vanish(code);
    // Deno tells a line that answers no ping twice.
    hangUp();
    assertEquals(told, ["closed vanished"], `${code}`);
    assertEquals(clock.pending, 0);
  }
});

Deno.test("line logs nothing of what was said", () => {
  const { logged, receive } = phone();
  receive('{"type":"audio","audio":"secret words!"}');
  receive("secret words");
  receive(text({ type: "dtmf_digit", digit: "secret words" }));
  assert(logged.length === 3 && logged.every((entry) => !entry.includes("secret")));
});

Deno.test("line gives a call whose uuid could not be sent on in a header a name of its own", () => {
  for (const uuid of ["a b", "a\r\nX-Evil: 1", "\u00fc", "x".repeat(129)]) {
    const { told, receive } = phone();
    receive(text({ type: "init", uuid }));
    assertMatch(told[0]!, /^init [0-9a-f]{8}-[0-9a-f-]{27}$/);
  }
});

Deno.test("line that never says init ends at its deadline, told apart, and leaves no timer", () => {
  const { told, sent, logged, closes, clock } = phone();
  clock.advance(9_999);
  assertEquals(told, []);
  clock.advance(1);
  assertEquals(told, ["closed no_init"]);
  assertEquals(closes, [[1008, "No init came in time"]]);
  assertEquals(JSON.parse(sent[0]!), { type: "error", message: "Line ended: No init came in time" });
  assert(logged.some((entry) => entry.includes("limit=no_init")), logged.join("\n"));
  assertEquals(clock.pending, 0);
});

Deno.test("line that goes silent ends, one that sends anything does not", () => {
  const { told, receive, clock } = phone();
  receive(text({ type: "init", uuid: "u-1" }));
  for (let minute = 0; minute < 10; minute++) {
    clock.advance(60_000);
    receive(text({ type: "keep_alive" }));
  }
  clock.advance(119_999);
  assertEquals(told, ["init u-1"]);
  clock.advance(1);
  assertEquals(told, ["init u-1", "closed idle_line"]);
  assertEquals(clock.pending, 0);
});

Deno.test.each([
  ["text", (length: number) => "x".repeat(length)],
  ["bytes", (length: number) => new ArrayBuffer(length)],
])("line ends at a message of %s that is too long, before it is read", (_, make) => {
  const { told, receive, closes } = phone();
  receive(make(1024 * 1024));
  assertEquals(told, []);
  receive(make(1024 * 1024 + 1));
  assertEquals(told, ["closed message_size"]);
  assertEquals(closes, [[1009, "A message was too long"]]);
});

Deno.test("line ends at a flood, and hears nothing of what follows", () => {
  const { told, receive, closes, clock } = phone();
  receive(text({ type: "init", uuid: "u-1" }));
  for (let count = 0; count < 3000; count++) {
    if (count % 3 === 0) clock.advance(1);
    receive(text({ type: "dtmf_digit", digit: "1" }));
  }
  assertEquals(told.at(-1), "closed message_rate");
  assertEquals(told.length, 2 + 1000 + 199);
  assertEquals(closes, [[1008, "Too many messages came"]]);
});

Deno.test("line ends at messages that are too large together", () => {
  const { told, receive } = phone();
  for (let count = 0; count < 5; count++) receive("x".repeat(1024 * 1024 - 1));
  assertEquals(told, ["closed data_rate"]);
});

Deno.test("line of a core that catches up after ten seconds goes on", () => {
  const { told, receive, clock } = phone();
  receive(text({ type: "init", uuid: "u-1" }));
  clock.advance(10_000);
  for (let count = 0; count < 500; count++) receive(text({ type: "audio", audio: FRAME }));
  assertEquals(told.length, 501);
});

Deno.test("line that is not read drops agent audio, is told once, and ends when it stays so", () => {
  const { line, told, sent, logged, clock, state, receive } = phone();
  receive(text({ type: "init", uuid: "u-1" }));
  const frame = new Int16Array(160);
  state.unsentBytes = 1024 * 1024;
  line.audio(frame);
  assertEquals(sent.length, 1);
  state.unsentBytes++;
  for (let count = 0; count < 100; count++) line.audio(frame);
  assertEquals(sent.length, 1);
  assertEquals(logged.filter((entry) => entry.includes("slow")).length, 1);
  // What is no audio still goes out: an interruption above all.
  line.interruption();
  assertEquals(sent.length, 2);
  clock.advance(10_001);
  line.audio(frame);
  assertEquals(told, ["init u-1", "closed slow_line"]);
  assert(logged.some((entry) => entry.includes("frames=101")), logged.join("\n"));
});

Deno.test("line that sends nothing but rubbish does not fill the log", () => {
  const { logged, receive, hangUp } = phone();
  receive(text({ type: "init", uuid: "u-1" }));
  for (let count = 0; count < 100; count++) {
    receive("rubbish");
    receive(text({ type: "init", uuid: "u-2" }));
    receive(text({ type: "audio", audio: "!" }));
    receive(text({ type: "dtmf_digit", digit: "A" }));
  }
  assertEquals(logged.length, 4);
  hangUp();
  assertEquals(logged.length, 8);
  assert(logged.slice(4).every((entry) => entry.includes("count=100") && entry.includes("uuid=u-1")));
});
