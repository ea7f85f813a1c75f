import { systemClock } from "../../lib/clock.ts";
import { silentLog } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import { definePersona } from "../../lib/persona/define.ts";
import type { CallRecord } from "../../lib/records/record.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import { NO_DELAY } from "../../lib/simulator/simulator.ts";
import type { Tool } from "../../lib/tools/tool.ts";
import { z } from "zod";
import { readExposition } from "./exposition.ts";
import { silence, speakInto } from "./mouth.ts";
import { dialIn, type PhoneMessage } from "./phone.ts";
import { startService } from "./service.ts";
import { sine, voice } from "./sound.ts";

export const MODEL = "gpt-realtime-2.1";
export const PERSONA = "desk";
export const TOOL_MS = 120;

const lookup: Tool = {
  name: "lookup",
  description: "Looks something up",
  parameters: z.toJSONSchema(z.object({})),
  timeoutMs: 5000,
  effect: "read",
  confirm: false,
  run: () => new Promise((resolve) => setTimeout(() => resolve({ kind: "output", text: "Found." }), TOOL_MS)),
};

const asks = (words: string) => ({
  outputs: [{ say: words }, { call: { name: "lookup", arguments: '{"of":"cuckoo"}' } }],
});

/**
 * A greeting; an answer that is interrupted; one with tools, whose audio is read from the cache in the end; a hang-up into
 * the last words. Over real sockets, in real time.
 */
export async function wholeCall() {
  const dir = await Deno.makeTempDir();
  const metrics = createMetrics({
    clock: systemClock,
    log: silentLog,
    known: {
      personas: () => [PERSONA],
      tools: () => ["lookup"],
      models: () => [MODEL],
      transcribers: () => ["gpt-transcribe"],
    },
  });
  await using it = startService({
    metrics,
    circuitClock: systemClock,
    personas: {
      [PERSONA]: definePersona({ instructions: "You are patient. ".repeat(40), greeting: "Hello." }),
    },
    tools: [lookup],
    env: {
      RECORDS_FILE: `${dir}/records.jsonl`,
      BUDGET_USD_PER_DAY: "5",
      LOG_TRANSCRIPTS: "true",
      OPENAI_TURN_DETECTION_SILENCE_MS: "200",
    },
    simulator: {
      pace: NO_DELAY,
      agent: script([
        say("Hello."),
        say("An answer that is very much longer than anybody would like to hear."),
        asks("Let me have a look at it, which may well take a moment or two or three."),
        asks("And once more."),
        say("It was found on the shelf, where it has been all the time."),
      ]),
      speech: { say: (text) => Promise.resolve(sine(400, 60 * text.length, 24_000)), close() {} },
      transcribe: () => "My number is four two 7.",
    },
  });
  const page = async () => {
    const text = await (await fetch(`${it.url.replace("ws:", "http:")}/metrics`)).text();
    return { text, ...readExposition(text) };
  };

  const startMs = performance.now();
  const phone = await dialIn(`${it.url}/${PERSONA}?from=%2B15550100`, { uuid: "u-42" });
  /** When the next such message comes. */
  const heard = async (what: string, test: (message: PhoneMessage) => boolean) => {
    const from = phone.messages.length;
    await phone.next(what, (message) => test(message) && phone.messages.indexOf(message) >= from);
    return performance.now();
  };
  const isAudio = ({ type }: PhoneMessage) => type === "audio";
  const firstAudioMs = await heard("greeting", isAudio) - startMs;
  await silence(phone, 600);

  const answered = heard("answer", isAudio);
  const firstWords = await speakInto(phone, voice(500), 400);
  const waitsMs = [await answered - firstWords.endMs];
  await silence(phone, 500);

  const interruption = heard("interruption", ({ type }) => type === "interruption");
  const cutting = speakInto(phone, voice(500), 500);
  const stoppedMs = await interruption;
  const next = heard("tools", isAudio);
  const secondWords = await cutting;
  waitsMs.push(await next - secondWords.endMs);
  const stopMs = stoppedMs - secondWords.startMs;
  await phone.next(
    "last words",
    ({ type, text }) => type === "transcript" && String(text).startsWith("It was"),
  );
  await silence(phone, 100);
  const live = await page();
  await phone.hangUp();
  const endMs = performance.now();
  while (it.service.calls.size > 0) await new Promise((wake) => setTimeout(wake, 2));
  it.service.stop();
  await it.service.gone();
  const health = await (await fetch(`${it.url.replace("ws:", "http:")}/healthz`)).json();
  const record: CallRecord = JSON.parse(await Deno.readTextFile(`${dir}/records.jsonl`));
  await Deno.remove(dir, { recursive: true });
  const { logged, serverEvents, events } = it;
  const lateMs = Math.max(firstWords.lateMs, secondWords.lateMs);
  const seen = { firstAudioMs, waitsMs, stopMs, lengthMs: endMs - startMs, lateMs };
  return { live, page: await page(), record, health, logged, serverEvents, events, seen };
}
