import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { writeWav } from "../../lib/audio/wav.ts";
import { readConfig } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { personaFlags } from "../../lib/permissions.ts";
import { type LoadedPersona, loadPersonas } from "../../lib/persona/load.ts";
import { runDeno } from "../support/run.ts";
import { sine, toneDbfs } from "../support/sound.ts";

const LISTS = new URL("../../lib/persona/main.ts", import.meta.url).pathname;

/** Loads the one persona of a folder that also holds these files. */
async function load(outage: unknown, files: Record<string, Uint8Array> = {}): Promise<LoadedPersona> {
  return await inFolder(outage, files, async (dir) => (await loadPersonas(dir)).get("one")!);
}

async function inFolder<T>(
  outage: unknown,
  files: Record<string, Uint8Array>,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${dir}/personas/sounds`, { recursive: true });
    await Deno.writeTextFile(
      `${dir}/personas/one.ts`,
      `export default { instructions: "x", outage: ${JSON.stringify(outage)} };`,
    );
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${dir}/personas/${name}`, bytes);
    }
    return await use(`${dir}/personas`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function faultOf(outage: unknown, files?: Record<string, Uint8Array>): Promise<string> {
  const { faults } = await assertRejects(() => load(outage, files), ConfigError);
  assertEquals(faults.length, 1);
  assert(faults[0]!.includes("/personas/one.ts: "), faults[0]);
  return faults[0]!.replace(/^.*\/personas\/one\.ts: /, "");
}

const wav = (ms: number, rateHz = 8000) => writeWav(rateHz, sine(440, ms, rateHz));

Deno.test("recordings of 8, 16 and 24 kHz come to the call at 8 kHz, at their own pitch and length", async () => {
  for (const rateHz of [8000, 16_000, 24_000]) {
    const { sounds } = await load({ bridge: { file: "a.wav" } }, { "a.wav": wav(500, rateHz) });
    assertEquals([...sounds!.keys()], ["bridge"]);
    const samples = sounds!.get("bridge")!;
    assertEquals(samples.length, 4000);
    assertGreater(toneDbfs(samples, 440), -7);
    assertLess(toneDbfs(samples, 880), -60);
  }
});

Deno.test("a recording may lie in a folder of the personas' folder; words are no recording", async () => {
  const outage = { bridge: "One moment.", apology: { file: "./sounds/sorry.wav" } };
  const { sounds } = await load(outage, { "sounds/sorry.wav": wav(100) });
  assertEquals([...sounds!.keys()], ["apology"]);
  assertEquals([...(await load({ bridge: "One moment." })).sounds!], []);
});

Deno.test("a recording out of the personas' folder is a fault, as the service could not read it", async () => {
  const fault = (file: string) =>
    `outage.bridge.file must be in the folder of the persona: ${JSON.stringify(file)}`;
  for (const file of ["../a.wav", "/etc/hostname", "sounds/../../a.wav", ".."]) {
    assertEquals(await faultOf({ bridge: { file } }), fault(file));
  }
});

Deno.test("a file whose name begins with two dots is in the folder all the same", async () => {
  const { sounds } = await load({ bridge: { file: "..a.wav" } }, { "..a.wav": wav(100) });
  assertEquals(sounds!.get("bridge")!.length, 800);
});

Deno.test.each(
  [
    ["missing", undefined, "does not exist"],
    [
      "no WAV",
      new TextEncoder().encode("<html>Not found</html>"),
      /^can't be used: it does not begin with RIFF/,
    ],
    ["stereo", stereo(), "can't be used: need mono 16-bit PCM, this is PCM, 2 channel(s), 16 bits, 8000 Hz"],
    [
      "of a CD's rate",
      writeWav(44_100, new Int16Array(4410)),
      "must have 8000, 16000 or 24000 Hz, not 44100",
    ],
    ["empty", writeWav(8000, new Int16Array(0)), "holds no sound"],
    [
      "longer than a caller listens",
      writeWav(8000, new Int16Array(15 * 8000 + 800)),
      "must not be longer than 15 seconds, and has 15.1",
    ],
    [
      "too large to be read",
      new Uint8Array(3 * 1024 * 1024),
      "must not be larger than 2097152 bytes, and has 3145728",
    ],
  ] as [string, Uint8Array | undefined, string | RegExp][],
)("a recording that is %s is a fault that names persona, field and file", async (_, bytes, expected) => {
  const fault = await faultOf({ apology: { file: "a.wav" } }, bytes ? { "a.wav": bytes } : {});
  assert(fault.startsWith("outage.apology.file "), fault);
  assert(fault.endsWith(': "a.wav"'), fault);
  const what = fault.slice("outage.apology.file ".length, -': "a.wav"'.length);
  if (typeof expected === "string") assertEquals(what, expected);
  else assert(expected.test(what), what);
});

Deno.test("a recording that is a folder is a fault and no hang", async () => {
  assertEquals(await faultOf({ bridge: { file: "sounds" } }), 'outage.bridge.file must be a file: "sounds"');
});

Deno.test("a recording of exactly 15 seconds is taken, and both faulty ones are told at once", async () => {
  const { sounds } = await load({ bridge: { file: "a.wav" } }, {
    "a.wav": writeWav(24_000, new Int16Array(15 * 24_000)),
  });
  assertEquals(sounds!.get("bridge")!.length, 15 * 8000);
  const both = { bridge: { file: "a.wav" }, apology: { file: "b.wav" } };
  const { faults } = await assertRejects(() => load(both), ConfigError);
  assertEquals(faults.length, 2);
});

Deno.test("reading recordings takes no right but those that the service has anyway", async () => {
  const outage = { bridge: { file: "sounds/a.wav" } };
  await inFolder(outage, { "sounds/a.wav": wav(100) }, async (dir) => {
    const env = { PERSONAS_DIR: dir, PERSONA: "one", TOOLS_DIR: `${dir}/none` };
    const rights = personaFlags(readConfig({ ...env, SIMULATOR: "always" }));
    const { code, out, error } = await runDeno(["--no-prompt", ...rights, LISTS], { env });
    assertEquals([code, error], [0, ""]);
    assert(/^ {2}outage {4}\{"bridge":\{"file":"sounds\/a\.wav"\}\}$/m.test(out), out);
  });
});

/** As writeWav() makes it, but the header tells two channels. */
function stereo(): Uint8Array {
  const bytes = writeWav(8000, new Int16Array(800));
  new DataView(bytes.buffer).setUint16(22, 2, true);
  return bytes;
}
