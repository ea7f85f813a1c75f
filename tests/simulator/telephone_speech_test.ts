import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { readWav } from "../../lib/audio/wav.ts";
import { TestClient } from "./client.ts";

/** A person on the telephone; the licence is in the README beside the file. */
const speech = readWav(await Deno.readFile(new URL("../../samples/question.wav", import.meta.url))).samples;
const seconds = speech.length / 8000;

for (const format of ["pcm", "pcmu", "pcma"] as const) {
  for (
    const turns of [{ type: "server_vad" }, { type: "server_vad", silence_duration_ms: 700 }, {
      type: "semantic_vad",
    }]
  ) {
    Deno.test(`telephone speech as ${format} is one or a few turns by ${JSON.stringify(turns)}`, async () => {
      const client = await TestClient.open({ replies: [] });
      const wire = format === "pcm" ? { type: "audio/pcm", rate: 24000 } : { type: `audio/${format}` };
      client.update({
        audio: { input: { format: wire, turn_detection: { ...turns, interrupt_response: false } } },
      });
      await client.silence(1000, format);
      await client.hear(speech, format);
      await client.silence(2500, format);

      const started = client.all("input_audio_buffer.speech_started");
      const stopped = client.all("input_audio_buffer.speech_stopped");
      assertEquals(stopped.length, started.length);
      assertGreaterOrEqual(started.length, 1);
      assertLessOrEqual(started.length, 3);
      assertEquals(stopped.map(({ item_id }) => item_id), started.map(({ item_id }) => item_id));
      // The speech lies within what was handed over, and most of it was.
      assert(started[0]!.audio_start_ms >= 600 && started[0]!.audio_start_ms <= 1200);
      const heardMs = stopped.reduce(
        (sum, each, index) => sum + each.audio_end_ms - started[index]!.audio_start_ms,
        0,
      );
      assertGreaterOrEqual(heardMs, seconds * 1000 * 0.8);
      assertEquals(client.session.appendedMs, seconds * 1000 + 3500);
    });
  }
}
