import { assert, assertEquals, assertGreater } from "@std/assert";
import { definePersona } from "../../lib/persona/define.ts";
import { createAmi } from "../../lib/tools/ami.ts";
import { createAmiStandIn } from "../support/ami.ts";
import { fixedSpeech, sine, toneDbfs } from "../support/sound.ts";
import { virtualCall, type VirtualCallOptions } from "../support/virtual-call.ts";

const persona = definePersona({ instructions: "Answer the telephone.", greeting: "Hello." });
const APOLOGY = sine(900, 2000, 8000, 0.3);

/** A call that was greeted; its model is well, and stays so. */
async function greetedCall(options: Partial<VirtualCallOptions> = {}) {
  const frames: Int16Array[] = [];
  const it = virtualCall({
    persona,
    simulator: { speech: fixedSpeech(sine(400, 1000, 24_000)) },
    onFrame: (frame) => frames.push(frame.slice()),
    ...options,
  });
  await it.silence(4000);
  frames.length = 0;
  return { it, frames };
}

const reasons = (it: ReturnType<typeof virtualCall>) =>
  it.events.flatMap((event) => event.type === "ended" ? [event.reason] : []);

Deno.test("abandon: the caller hears the apology, then the line is told and closed", async () => {
  const { it, frames } = await greetedCall({ phrases: { apology: APOLOGY } });
  await using _ = it;
  const atMs = it.clock.now();
  it.call.abandon("The service failed");
  it.call.abandon("The service failed");
  // What a drain does to calls must not end it before its words are heard.
  it.call.leave();
  await it.silence(4000);
  const samples = Int16Array.from(frames.flatMap((frame) => [...frame]));
  assert(toneDbfs(samples.subarray(4000, 15_000), 900) > -15);
  const [error, ...rest] = it.told.filter(({ atMs: toldMs }) => toldMs >= atMs);
  assertEquals([error?.type, error?.text, rest.map(({ type }) => type)], ["error", "The service failed", [
    "closed",
  ]]);
  assertGreater(error!.atMs - atMs, 1900);
  assertEquals(reasons(it), ["internal_error"]);
});

Deno.test("abandon: without a kept apology the line is told at once, and at the limit whatever is being said", async () => {
  const { it } = await greetedCall();
  await using _ = it;
  it.call.abandon("The service failed");
  await it.silence(100);
  assertEquals(it.told.slice(-2).map(({ type }) => type), ["error", "closed"]);

  const { it: long } = await greetedCall({ phrases: { apology: APOLOGY } });
  await using __ = long;
  long.call.abandon("The service failed");
  await long.silence(500);
  assertEquals(reasons(long), []);
  long.call.end("shutdown");
  assertEquals(long.told.slice(-2).map(({ type, text }) => [type, text]), [
    ["error", "The service failed"],
    ["closed", undefined],
  ]);
  assertEquals(reasons(long), ["internal_error"]);
});

Deno.test("abandon: a persona's fallback gets the call, and a caller who hangs up first has hung up", async () => {
  const ami = createAmiStandIn();
  const { it } = await greetedCall({
    persona: { ...persona, fallback: { extension: "2001" } },
    ami: createAmi({ url: "http://ami.test", fetch: ami.fetch }),
  });
  await using _ = it;
  it.call.abandon("The service failed");
  await it.silence(6000);
  assertEquals([ami.requests.map(({ path }) => path), reasons(it)], [["/transfer"], ["transferred"]]);

  const { it: other } = await greetedCall({ phrases: { apology: APOLOGY } });
  await using __ = other;
  other.call.abandon("The service failed");
  other.call.end("hung_up");
  assertEquals(reasons(other), ["hung_up"]);
});
