import { assertEquals } from "@std/assert";
import { definePersona } from "../../lib/persona/define.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall } from "../support/virtual-call.ts";

const persona = definePersona({ instructions: "You tell of the clocks in the museum.", greeting: "Hello." });

const typesAfterEnd = ({ events }: ReturnType<typeof virtualCall>) =>
  events.slice(events.findIndex(({ type }) => type === "ended")).map(({ type }) => type);

Deno.test("aftermath: the bill for words that are being written down is waited for; what is still said is not written", async () => {
  const options = {
    persona,
    afterwards: "cost",
    simulator: { speech: fixedSpeech(sine(400, 500, 24_000)), pace: { transcriptionMs: 1_000 } },
  } as const;
  const it = virtualCall(options);
  await using _ = it;
  await it.silence(2_500);
  await it.hear(voice(800));
  await it.silence(1_200);
  it.call.end("hung_up");
  await it.clock.run(2_000);
  assertEquals(typesAfterEnd(it), ["ended", "transcription", "transcript", "settled"]);
  assertEquals(it.simulator.sessions[0]!.closed?.by, "client");

  // The caller hangs up while both speak.
  const speaking = virtualCall({
    ...options,
    persona: { ...persona, turn: { type: "server_vad", interruptResponse: false } },
    simulator: { speech: fixedSpeech(sine(400, 20_000, 24_000)), pace: { speed: 1 } },
  });
  await using __ = speaking;
  await speaking.silence(2_500);
  await speaking.hear(voice(800));
  speaking.call.end("hung_up");
  await speaking.clock.run(3_000);
  assertEquals(typesAfterEnd(speaking), ["ended", "response", "settled"]);
  assertEquals(speaking.ofType("input_audio_buffer.commit"), []);
});
