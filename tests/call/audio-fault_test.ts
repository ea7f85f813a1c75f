import { assert, assertEquals } from "@std/assert";
import { definePersona } from "../../lib/persona/define.ts";
import { fixedSpeech, sine } from "../support/sound.ts";
import { virtualCall } from "../support/virtual-call.ts";

const persona = definePersona({ instructions: "Answer.", greeting: "Hello." });
const speech = fixedSpeech(sine(400, 4000, 24_000));
const faultsOf = (it: ReturnType<typeof virtualCall>) =>
  it.events.flatMap((event) => event.type === "audio_fault" ? [[event.kind, event.ms] as const] : []);

Deno.test("audio fault: a call in which all is well tells none", async () => {
  const it = virtualCall({ persona, simulator: { speech } });
  await it.silence(8000);
  await it[Symbol.asyncDispose]();
  assertEquals(faultsOf(it), []);
});

Deno.test("audio fault: a model that speaks more slowly than one listens is told of, as long as the ear waited", async () => {
  await using it = virtualCall({
    persona,
    simulator: { speech, pace: { createdMs: 0, firstMs: 0, deltaMs: 200, speed: 0.8, transcriptionMs: 0 } },
  });
  await it.silence(8000);
  const [[kind, ms] = ["", 0], ...more] = faultsOf(it);
  assertEquals([kind, more.length], ["agent_late", 0]);
  assert(Math.abs(ms - 1000) < 200, `${ms}`);
});

Deno.test("audio fault: what the caller said and no session could take is told at the end", async () => {
  const it = virtualCall({ persona, simulator: { speech } });
  await it.silence(6000);
  it.simulator.faults.refuseStatus = 503;
  it.simulator.sessions[0]!.end("drop");
  await it.silence(14_000);
  await it[Symbol.asyncDispose]();
  assertEquals(faultsOf(it).map(([kind]) => kind), ["caller_dropped"]);
  assert(Math.abs(faultsOf(it)[0]![1] - 4000) < 200);
});
