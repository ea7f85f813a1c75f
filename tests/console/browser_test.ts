import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { Resampler } from "../../lib/console/page/audio/resampler.js";
import { readWav, writeWav } from "../../lib/audio/wav.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import { createToneSpeech } from "../../lib/simulator/speech.ts";
import { CHROMIUM, type Page, startChromium } from "../support/chromium.ts";
import { startService, type TestService } from "../support/service.ts";
import { dbfs, joined } from "../support/sound.ts";

if (!CHROMIUM) console.log("No Chromium on this machine: the tests of the console in a browser are left out");

const GREETING = "Museum of clocks, good morning.";
const LONG_ANSWER = "We have clocks of every kind, and I could go on about them for a very long time. "
  .repeat(3);

const speech = (name: string) =>
  readWav(Deno.readFileSync(new URL(`../fixtures/speech/${name}.wav`, import.meta.url))).samples;
const silence = (ms: number) => new Int16Array(ms * 8);

/**
 * What the fake microphone hears, 48 kHz: a question once the greeting is over, and words into the answer to it. It
 * begins anew at its end, which is far away.
 */
async function microphone(): Promise<string> {
  const line = joined([
    silence(4000),
    speech("unidentified-no-callback").subarray(0, 8 * 1900),
    silence(2500),
    speech("agent-incorrect").subarray(0, 8 * 1500),
    silence(30_000),
  ]);
  const samples = new Resampler(8000, 48_000).push(Float32Array.from(line, (sample) => sample / 32_768));
  const path = await Deno.makeTempFile({ suffix: ".wav" });
  await Deno.writeFile(
    path,
    writeWav(48_000, Int16Array.from(samples, (sample) => Math.round(sample * 32_767))),
  );
  return path;
}

function museum(): TestService {
  return startService({
    simulator: {
      speech: createToneSpeech(),
      agent: script([say(GREETING), say(LONG_ANSWER), say("Of course.")]),
    },
  });
}

const pageOf = (service: TestService) => service.url.replace("ws:", "http:");
const textOf = (page: Page, selector: string) =>
  page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`);
const READY = `document.querySelectorAll(".persona").length > 0 && !document.querySelector("#call").disabled`;

/** What a browser complains of. */
function complaints(page: Page): string[] {
  return page.events.flatMap(({ method, params }) => {
    const isError = method === "Runtime.exceptionThrown" ||
      (method === "Log.entryAdded" && (params.entry as { level: string }).level !== "info") ||
      (method === "Runtime.consoleAPICalled" && params.type !== "log");
    return isError ? [JSON.stringify(params)] : [];
  });
}

/** Where the page's requests went. */
function requests(page: Page): string[] {
  return page.events.flatMap(({ method, params }) => {
    if (method === "Network.requestWillBeSent") return [(params.request as { url: string }).url];
    return method === "Network.webSocketCreated" ? [params.url as string] : [];
  });
}

async function press(page: Page, key: string, text = key): Promise<void> {
  await page.send("Input.dispatchKeyEvent", { type: "keyDown", key, text, code: key });
  await page.send("Input.dispatchKeyEvent", { type: "keyUp", key, code: key });
}

/** The file that a button saves. */
async function download(page: Page, folder: string, button: string, ending: string): Promise<Uint8Array> {
  await page.click(button);
  for (const untilMs = performance.now() + 10_000; performance.now() < untilMs;) {
    const file = [...Deno.readDirSync(folder)].find(({ name }) => name.endsWith(ending));
    if (file) return await Deno.readFile(`${folder}/${file.name}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited in vain for the download of a ${ending}`);
}

/** Both channels of a stereo WAV of 8 kHz and 16 bits. */
function channelsOf(bytes: Uint8Array): [left: Int16Array, right: Int16Array] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  assertEquals([view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true)], [2, 8000, 16]);
  const count = view.getUint32(40, true) / 4;
  assertEquals(bytes.length, 44 + count * 4);
  const channel = (offset: number) =>
    Int16Array.from({ length: count }, (_, index) => view.getInt16(44 + 4 * index + offset, true));
  return [channel(0), channel(2)];
}

/** The first moment from `fromMs` on at which so much is loud, or quiet, ms. */
function momentOf(samples: Int16Array, what: "loud" | "quiet", fromMs = 0, lastsMs = 100): number {
  for (let ms = Math.round(fromMs / 20) * 20; (ms + lastsMs) * 8 <= samples.length; ms += 20) {
    const level = dbfs(samples.subarray(ms * 8, (ms + lastsMs) * 8));
    if (what === "loud" ? level > -45 : level < -60) return ms;
  }
  return NaN;
}

Deno.test({
  name:
    "console in a browser: a call by keyboard and microphone, with an interruption, numbers and its recording",
  ignore: !CHROMIUM,
  async fn() {
    const voice = await microphone();
    await using service = museum();
    await using browser = await startChromium(voice);
    const { page, downloads } = browser;
    await page.goto(pageOf(service));
    await page.until("the personas", READY);
    const paintMs = await page.evaluate<number>(
      `performance.getEntriesByName("first-contentful-paint")[0].startTime`,
    );
    assertLess(paintMs, 1000);

    // The keyboard alone: the one big button.
    await page.evaluate(`document.querySelector("#call").focus()`);
    await press(page, "Enter", "\r");
    await page.until(
      "the greeting",
      `document.querySelector("#entries .agent .bubble")?.textContent === "${GREETING}"`,
    );
    await page.until("an interruption", `document.querySelector("#entries mark.cut")`, 25_000);
    await page.until("the answer to it", `document.querySelectorAll("#entries .agent").length >= 3`);
    assert(service.events.some(({ type }) => type === "interrupted"));
    const heard = await page.evaluate<string>(
      `document.querySelector("mark.cut").previousSibling.textContent`,
    );
    assert(LONG_ANSWER.startsWith(heard.trim()) && heard.trim() !== "", heard);
    assertStringIncludes(LONG_ANSWER, (await textOf(page, ".unheard")).replace("Not heard: ", ""));
    assertEquals(await page.evaluate(`document.querySelectorAll("#entries .caller").length`), 2);
    await page.until(
      "the question",
      `document.querySelector("#entries .caller .bubble").textContent.includes("s of speech")`,
    );

    await page.until("two answers in the chart", `document.querySelectorAll("#chart .answer").length === 2`);
    assertStringIncludes(await textOf(page, "#latency"), "s");
    assertStringIncludes(await textOf(page, "#cost"), "$0.0");

    // Keys and writing.
    await page.click("#keys");
    await press(page, "5");
    await page.until("the key", `document.querySelector("#entries").textContent.includes("Key 5")`);
    await page.evaluate(`document.querySelector("#text").focus()`);
    await page.send("Input.insertText", { text: "Are you open on Sundays?" });
    await press(page, "Enter", "\r");
    await page.until(
      "what was written",
      `document.querySelector("#entries").textContent.includes("on Sundays?")`,
    );
    const written = service.clientEvents.filter((event) => JSON.stringify(event).includes("on Sundays?"));
    assertEquals(written.map(({ type }) => type), ["conversation.item.create"]);

    await page.evaluate(`document.querySelector("#call").focus()`);
    await press(page, "Enter", "\r");
    await page.until("the end", `!document.querySelector("#after").hidden`);
    assertEquals(await textOf(page, "#ending"), "You hung up");

    const recording = await download(page, downloads, "#save-recording", ".wav");
    const [caller, agent] = channelsOf(recording);
    const lastedMs = caller.length / 8;
    assertGreater(lastedMs, 9000);
    // The greeting first; then the question; then words into the answer, which is silent soon after.
    const greetingMs = momentOf(agent, "loud");
    const questionMs = momentOf(caller, "loud");
    const answerMs = momentOf(agent, "loud", questionMs + 1900);
    const wordsMs = momentOf(caller, "loud", answerMs);
    const silentMs = momentOf(agent, "quiet", wordsMs);
    assertLess(greetingMs, 3000);
    assert(
      greetingMs < questionMs && questionMs < answerMs && answerMs < wordsMs,
      `${[greetingMs, questionMs, answerMs, wordsMs]}`,
    );
    assertLess(silentMs - wordsMs, 1500, "agent audio after the caller's words, ms");
    const duration = await page.evaluate<number>(`new Promise((resolve) => {
      const seek = document.querySelector("#seek");
      resolve(seek.hidden ? 0 : Number(document.querySelector("#lasted").textContent.match(/(\\d+):(\\d+)/)[2]));
    })`);
    assertEquals(duration, Math.floor(lastedMs / 1000) % 60);

    // It can be heard again, from any turn on.
    await page.click("#entries .caller .moment");
    await page.until(
      "the recording to play",
      `document.querySelector("#play").ariaLabel === "Pause the recording"`,
    );
    const from = await page.evaluate<string>(`document.querySelector("#seek").value`);
    assertGreater(Number(from), 200);
    await page.until("it to go on", `Number(document.querySelector("#seek").value) > ${from}`);
    await page.click("#play");

    const transcript = new TextDecoder().decode(await download(page, downloads, "#save-transcript", ".txt"));
    assertStringIncludes(transcript, `Agent: ${GREETING}`);
    assertStringIncludes(transcript, "[interrupted here]");
    const lines = new TextDecoder().decode(await download(page, downloads, "#save-events", ".jsonl")).trim()
      .split("\n");
    const events = lines.map((line) => JSON.parse(line));
    for (const source of ["call", "model", "line"]) {
      assert(events.some((each) => each.source === source), source);
    }
    assert(lines.every((line) => line.length < 10_000 && !line.includes("sk-test")));

    assertEquals(complaints(page), []);
    const { host } = new URL(service.url);
    assertEquals(requests(page).filter((url) => !url.startsWith("blob:") && new URL(url).host !== host), []);
    await Deno.remove(voice);
  },
});

Deno.test({
  name: "console in a browser: without a microphone a recording calls, on a narrow screen and in the dark",
  ignore: !CHROMIUM,
  async fn() {
    await using service = museum();
    await using browser = await startChromium(undefined);
    const { page } = browser;
    await page.send("Emulation.setDeviceMetricsOverride", {
      width: 390,
      height: 844,
      deviceScaleFactor: 2,
      mobile: true,
    });
    await page.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: "dark" }, {
        name: "prefers-reduced-motion",
        value: "reduce",
      }],
    });
    await page.goto(pageOf(service));
    await page.until("the personas", READY);
    const background = () => page.evaluate<string>(`getComputedStyle(document.body).backgroundColor`);
    const dark = await background();
    await page.click("#theme");
    assert(dark !== await background(), "the switch changes the colours");

    await page.click("#call");
    await page.until("what is wrong", `document.querySelector("#hint").classList.contains("bad")`);
    assertStringIncludes(await textOf(page, "#hint"), "microphone");
    assertEquals(service.events, []);

    await page.click("#call-with-sample");
    await page.until("the recording's words", `document.querySelector("#entries .caller.is-said")`, 20_000);
    assertStringIncludes(await textOf(page, "#entries .caller .bubble"), "s of speech");
    const widest = await page.evaluate<number>(`document.documentElement.scrollWidth`);
    assertEquals(widest, 390);

    await page.click("#tab-session");
    await page.until(
      "the session",
      `document.querySelector("#session").textContent.includes("session.update")`,
    );
    assertStringIncludes(await textOf(page, "#session"), "You answer the telephone of a museum.");
    await page.click("#tab-events");
    await page.until("the events", `document.querySelectorAll("#log li").length > 10`);
    await page.evaluate(`document.querySelector("#filter").focus()`);
    await page.send("Input.insertText", { text: "session.created model" });
    await page.until("the filter", `document.querySelectorAll("#log li").length === 1`);

    // Whatever can be pressed has a name.
    const nameless = await page.evaluate<string[]>(
      `[...document.querySelectorAll("button, input, select, summary")]
      .filter((each) => !(each.textContent.trim() || each.ariaLabel || each.labels?.length))
      .map((each) => each.outerHTML)`,
    );
    assertEquals(nameless, []);
    await page.click("#call");
    await page.until("the end", `!document.querySelector("#after").hidden`);
    assertEquals(complaints(page), []);
  },
});
