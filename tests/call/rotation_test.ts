import { assertEquals } from "@std/assert";
import { Rotation } from "../../lib/call/rotation.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { silentLog } from "../../lib/log.ts";
import { VirtualClock } from "../support/clock.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall } from "../support/virtual-call.ts";

function session(prepare: () => Promise<() => void>) {
  const clock = new VirtualClock();
  let quiet = true;
  const rotation = new Rotation({ clock, log: silentLog, ageMs: 3_300_000, isQuiet: () => quiet, prepare });
  return { clock, rotation, setQuiet: (value: boolean) => quiet = value };
}

Deno.test("rotation: waits for a pause to prepare the next session, and for another to use it", async () => {
  const acts: string[] = [];
  const it = session(() => {
    acts.push("prepare");
    it.setQuiet(false);
    return Promise.resolve(() => void acts.push("use"));
  });
  it.rotation.arm();
  it.setQuiet(false);
  await it.clock.run(3_310_000);
  assertEquals(acts, []);
  it.setQuiet(true);
  await it.clock.run(1000);
  assertEquals(acts, ["prepare"]);
  it.setQuiet(true);
  await it.clock.run(1000);
  assertEquals(acts, ["prepare", "use"]);
});

Deno.test("rotation: a session that can't be prepared is tried again, the old one goes on", async () => {
  let tries = 0;
  const it = session(() => ++tries < 3 ? Promise.reject(new Error("No")) : Promise.resolve(() => {}));
  it.rotation.arm();
  await it.clock.run(3_300_000 + 100_000);
  assertEquals(tries, 3);
});

Deno.test("rotation: a call that ends leaves no timer", () => {
  const it = session(() => Promise.resolve(() => {}));
  it.rotation.arm();
  it.rotation.stop();
  assertEquals(it.clock.pending, 0);
});

Deno.test("rotation: the caller notices nothing, no word is lost or said twice", async () => {
  await using it = virtualCall({
    persona: definePersona({ instructions: "Answer.", greeting: "Hello." }),
    env: { ROTATE_MINUTES: "1" },
    simulator: { speech: fixedSpeech(sine(400, 1000, 24_000)) },
  });
  await it.silence(59_000);
  // Somebody speaks when the time comes: it waits.
  await it.hear(voice(3000), 4000);
  await it.silence(6000);
  assertEquals(it.said().length, 2);
  assertEquals(it.simulator.sessions.map(({ closed }) => closed !== undefined), [true, false]);
  const [first, second] = it.simulator.sessions;
  assertEquals(second!.items.length, 4);
  assertEquals(it.events.filter(({ type }) => type === "model_lost"), []);
  // What the one did not hear the other did.
  const heardMs = first!.appendedMs + second!.appendedMs;
  assertEquals(Math.abs(heardMs - 69_000) < 200, true, `${heardMs}`);
  await it.hear(voice(600), 1500);
  await it.silence(2500);
  assertEquals(it.said().length, 3);
});

Deno.test("rotation: the time limit of a call counts from its beginning, whatever session it is in", async () => {
  await using it = virtualCall({
    persona: definePersona({
      instructions: "Answer.",
      greeting: "Hello.",
      limits: { minutes: 2, warning: "Soon over.", warningSeconds: 20, goodbye: "Goodbye." },
    }),
    env: { ROTATE_MINUTES: "1" },
    simulator: { speech: fixedSpeech(sine(400, 1000, 24_000)) },
  });
  await it.silence(101_000);
  assertEquals(it.simulator.sessions.length, 2);
  await it.silence(2000);
  assertEquals(it.said(), ["Hello.", "Soon over."]);
  await it.silence(22_000);
  assertEquals(it.said(), ["Hello.", "Soon over.", "Goodbye."]);
  assertEquals(it.events.at(-1)?.type, "ended");
});
