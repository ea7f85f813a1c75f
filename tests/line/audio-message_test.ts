import { assertEquals } from "@std/assert";
import { pcmToBase64 } from "../../lib/audio/base64.ts";
import { audioIn } from "../../lib/line/audio-message.ts";
import { VirtualClock } from "../support/clock.ts";
import { silentLog } from "../../lib/log.ts";
import { type LineSocket, openAvrLine } from "../../lib/line/avr.ts";
import { LINE_LIMITS } from "../../lib/line/limits.ts";

const SAMPLES = Int16Array.from({ length: 160 }, (_, index) => index * 191 - 15_000);
const AUDIO = pcmToBase64(SAMPLES);
const PLAIN = `{"type":"audio","audio":"${AUDIO}"}`;

/** What a line makes of a message. */
function heard(message: string): Int16Array[] {
  const frames: Int16Array[] = [];
  const socket: LineSocket = {
    readyState: 1,
    bufferedAmount: 0,
    send() {},
    close() {},
    onmessage: null,
    onclose: null,
    onerror: null,
  };
  const line = openAvrLine(socket, {
    init() {},
    audio: (samples) => frames.push(samples.slice()),
    digit() {},
    closed() {},
  }, { clock: new VirtualClock(), log: silentLog, limits: LINE_LIMITS });
  socket.onmessage!.call(socket as WebSocket, new MessageEvent("message", { data: message }));
  line.close();
  return frames;
}

Deno.test("audio message: as core writes it, it is read without the parser", () => {
  assertEquals(audioIn(PLAIN), AUDIO);
  assertEquals(heard(PLAIN), [SAMPLES]);
});

Deno.test.each<[name: string, message: string]>([
  ["spaces", JSON.stringify({ type: "audio", audio: AUDIO }, undefined, 2)],
  ["the audio first", JSON.stringify({ audio: AUDIO, type: "audio" })],
  ["a key behind", JSON.stringify({ type: "audio", audio: AUDIO, seq: 1 })],
  ["a key behind that is a text", JSON.stringify({ type: "audio", audio: AUDIO, note: "x" })],
  ["a key before", JSON.stringify({ seq: 1, type: "audio", audio: AUDIO })],
  ["a space at the end", `${PLAIN} `],
  ["a byte order of its own", `\n${PLAIN}\n`],
  ["escaped slashes", PLAIN.replaceAll("/", "\\/")],
  ["an escaped letter", PLAIN.replace(AUDIO, `\\u00${AUDIO.charCodeAt(0).toString(16)}${AUDIO.slice(1)}`)],
  ["an escaped type", PLAIN.replace('"audio",', '"\\u0061udio",')],
  ["the audio twice: the last one counts", PLAIN.replace('"audio":', '"audio":"AAAA","audio":')],
])("audio message: %s: another legal spelling means the same", (_, message) => {
  assertEquals(JSON.parse(message).audio, AUDIO);
  assertEquals(heard(message), [SAMPLES]);
});

Deno.test.each<[name: string, message: string]>([
  ["no base64", '{"type":"audio","audio":"!!!!"}'],
  ["nothing", '{"type":"audio","audio":""}'],
  ["half a sample", '{"type":"audio","audio":"AA=="}'],
  ["no JSON, though it ends like it", `{"type":"audio","audio":"${AUDIO}"x"}`],
])("audio message: %s is dropped", (_, message) => {
  assertEquals(heard(message), []);
});
