import { assertEquals, assertThrows } from "@std/assert";
import { fromBase64, toBase64 } from "../../lib/console/page/call/base64.js";
import { peak, Recording } from "../../lib/console/page/call/recording.js";
import { pcmFromBase64, pcmToBase64 } from "../../lib/audio/base64.ts";
import { readWav } from "../../lib/audio/wav.ts";
import { sine } from "../support/sound.ts";

Deno.test("recording: a stereo WAV, the caller left and the agent right, each frame at its time", () => {
  const recording = new Recording();
  const caller = Int16Array.from({ length: 160 }, (_, index) => index);
  const agent = Int16Array.from({ length: 160 }, (_, index) => -2 * index);
  recording.add({ caller, agent });
  recording.add({ caller: agent, agent: caller });
  const bytes = recording.wav();
  const view = new DataView(bytes.buffer);
  const name = (at: number) => new TextDecoder().decode(bytes.subarray(at, at + 4));
  assertEquals([name(0), name(8), name(12), name(36)], ["RIFF", "WAVE", "fmt ", "data"]);
  assertEquals(view.getUint32(4, true), bytes.length - 8);
  // PCM, 2 channels, 8 kHz, 32000 bytes a second, 4 bytes a step, 16 bits.
  assertEquals([20, 22, 32, 34].map((at) => view.getUint16(at, true)), [1, 2, 4, 16]);
  assertEquals([24, 28, 40].map((at) => view.getUint32(at, true)), [8000, 32_000, 2 * 160 * 4]);
  const samples = new Int16Array(bytes.slice(44).buffer);
  assertEquals([samples[2 * 7], samples[2 * 7 + 1]], [7, -14]);
  assertEquals([samples[2 * 167], samples[2 * 167 + 1]], [-14, 7]);
  assertEquals(recording.durationMs, 40);
  // Our own reader knows it for what it is.
  assertThrows(() => readWav(bytes), Error, "2 channel(s), 16 bits, 8000 Hz");
});

Deno.test("recording: it ends after an hour rather than fill the page's memory, and goes on to show levels", () => {
  const recording = new Recording();
  const frame = new Int16Array(1);
  for (let count = 0; count < 181_000; count++) recording.add({ caller: frame, agent: frame });
  assertEquals(recording.isFull, true);
  assertEquals(recording.wav().length, 44 + 180_000 * 4);
  assertEquals(recording.callerPeaks.length, 181_000);
});

Deno.test("levels: the peak is that of the loudest sample, up or down", () => {
  assertEquals([peak(new Int16Array(160)), peak(Int16Array.of(3, -16_384, 9))], [0, 0.5]);
});

Deno.test("base64: samples reach the service as they are, and come back so", () => {
  const samples = sine(440, 20, 8000);
  assertEquals(toBase64(samples), pcmToBase64(samples));
  assertEquals(pcmFromBase64(toBase64(samples)), samples);
  assertEquals(fromBase64(pcmToBase64(samples)), samples);
  assertEquals(fromBase64("!"), undefined);
  assertEquals(fromBase64(""), new Int16Array(0));
});
