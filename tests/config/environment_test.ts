import { assert, assertEquals, assertMatch } from "@std/assert";
import { readConfig, readEnvironment } from "../../lib/config.ts";
import { mergeEnvironment } from "../../lib/config/environment.ts";
import { ENVIRONMENT_NAMES } from "../../lib/config/variables.ts";
import { runDeno } from "../support/run.ts";

/** The three lines as AVR's guide prints them. */
const GUIDE = String
  .raw`OPENAI_INSTRUCTIONS="Voice Affect: Energetic and animated; dynamic with variations in pitch and tone.\n\nTone: Excited and enthusiastic, conveying an upbeat and thrilling atmosphere. \n\nPacing: Rapid delivery when describing the game or the key moments (e.g., \"an overtime thriller,\" \"pull off an unbelievable win\") to convey the intensity and build excitement.\n\nSlightly slower during dramatic pauses to let key points sink in.\n\nEmotion: Intensely focused, and excited. Giving off positive energy.\n\nPersonality: Relatable and engaging. \n\nPauses: Short, purposeful pauses after key moments in the game."
OPENAI_INSTRUCTIONS="Voice Affect: Calm, composed, and reassuring; project quiet authority and confidence.\n\nTone: Sincere, empathetic, and gently authoritative—express genuine apology while conveying competence.\n\nPacing: Steady and moderate; unhurried enough to communicate care, yet efficient enough to demonstrate professionalism.\n\nEmotion: Genuine empathy and understanding; speak with warmth, especially during apologies (\"I'm very sorry for any disruption...\").\n\nPronunciation: Clear and precise, emphasizing key reassurances (\"smoothly,\" \"quickly,\" \"promptly\") to reinforce confidence.\n\nPauses: Brief pauses after offering assistance or requesting details, highlighting willingness to listen and support."
OPENAI_INSTRUCTIONS="Affect/personality: A cheerful guide \n\nTone: Friendly, clear, and reassuring, creating a calm atmosphere and making the listener feel confident and comfortable.\n\nPronunciation: Clear, articulate, and steady, ensuring each instruction is easily understood while maintaining a natural, conversational flow.\n\nPause: Brief, purposeful pauses after key instructions (e.g., \"cross the street\" and \"turn right\") to allow time for the listener to process the information and follow along.\n\nEmotion: Warm and supportive, conveying empathy and care, ensuring the listener feels guided and safe throughout the journey."`
  .split("\n");

/** What the lines mean: `\n` is a line break, `\"` a quote. */
function meaning(line: string): string {
  return line.slice('OPENAI_INSTRUCTIONS="'.length, -1).replaceAll("\\n", "\n").replaceAll('\\"', '"');
}

Deno.test("the guide's three lines work verbatim from .env", () => {
  assertEquals(GUIDE.length, 3);
  for (const line of GUIDE) {
    const { text } = readConfig(mergeEnvironment({}, line)).instructions;
    assertEquals(text, meaning(line));
    assert(text!.split("\n\n").length >= 5 && !text!.includes("\\"));
  }
});

Deno.test("the guide's three lines work when a compose list or docker --env-file leaves their quotes on", () => {
  for (const line of GUIDE) {
    const env = mergeEnvironment({ OPENAI_INSTRUCTIONS: line.slice(line.indexOf("=") + 1) }, "");
    assertEquals(readConfig(env).instructions.text, meaning(line));
  }
});

const QUOTES: [value: string, decoded: string][] = [
  [String.raw`"a\nb"`, "a\nb"],
  [String.raw`'a\nb'`, String.raw`a\nb`],
  [' "alloy" ', "alloy"],
  [String.raw`a\nb`, String.raw`a\nb`],
  ['"open', '"open'],
  ['"Hi," she said, "hello"', '"Hi," she said, "hello"'],
  [`it's "quoted"`, `it's "quoted"`],
  ["$HOME # no comment", "$HOME # no comment"],
];

Deno.test("only quotes around the whole of a real variable are taken off", () => {
  for (const [value, decoded] of QUOTES) {
    assertEquals(mergeEnvironment({ OPENAI_INSTRUCTIONS: value }, "").OPENAI_INSTRUCTIONS, decoded);
  }
});

Deno.test("quotes that a .env value means are not taken off a second time", () => {
  assertEquals(mergeEnvironment({}, `OPENAI_INSTRUCTIONS='"quoted"'`).OPENAI_INSTRUCTIONS, '"quoted"');
});

Deno.test("the real environment wins over .env, an empty value does not, an alias counts as its variable", () => {
  const file = "PORT=1\nHOST=b\nAMI_URL=http://file\nOPENAI_VOICE=ash";
  const env = mergeEnvironment({ PORT: "2", HOST: "", AMI_ENDPOINT: "http://real" }, file);
  assertEquals(
    readConfig(env),
    readConfig({ PORT: "2", HOST: "b", AMI_URL: "http://real", OPENAI_VOICE: "ash" }),
  );
});

Deno.test("a misspelt variable in .env is warned about, a stranger is not", () => {
  const { warnings } = readConfig(
    mergeEnvironment({}, "OPENAI_VOIVE=ash\nPERSONA_DIR=x\nDATABASE_URL=x\nMODEL=y"),
  );
  assertEquals(warnings.map((warning) => warning.split(" ")[0]), ["OPENAI_VOIVE", "PERSONA_DIR"]);
});

Deno.test("readEnvironment() reads the named variables and a .env file", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "LINE_LATENCY_MS=61");
    assertEquals(readEnvironment(file).LINE_LATENCY_MS, "61");
    assertEquals(readEnvironment("/nowhere/.env").LINE_LATENCY_MS, undefined);
  } finally {
    await Deno.remove(file);
  }
});

const PROBE = `
  import { readConfig, readEnvironment } from "${import.meta.resolve("../../lib/config.ts")}";
  try { console.log(readConfig(readEnvironment()).port); } catch (error) { console.log(error.message); }`;

async function probe(permissions: string[], dotenv?: string): Promise<string> {
  const cwd = await Deno.makeTempDir();
  try {
    if (dotenv !== undefined) await Deno.writeTextFile(`${cwd}/.env`, dotenv);
    await Deno.writeTextFile(`${cwd}/probe.ts`, PROBE);
    const { out, error } = await runDeno(["--no-prompt", ...permissions, "probe.ts"], {
      cwd,
      env: { PORT: "" },
    });
    return out + error;
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test("the environment can be read with the named variables alone, with or without .env or the right to it", async () => {
  const named = `--allow-env=${ENVIRONMENT_NAMES.join(",")}`;
  assertEquals(await probe([named, "--allow-read=.env"], "PORT=7001"), "7001\n");
  assertEquals(await probe([named, "--allow-read=.env"]), "6030\n");
  assertEquals(await probe([named], "PORT=7001"), "6030\n");
  assertEquals(await probe([], "PORT=7001"), "6030\n");
});

Deno.test("a .env value that refers to a variable outside of the permissions is a fault, not a crash", async () => {
  const named = `--allow-env=${ENVIRONMENT_NAMES.join(",")}`;
  const told = await probe([named, "--allow-read=.env"], "OPENAI_API_KEY=$HOME");
  assertMatch(told, /^\.env can't be read, put values that contain a \$ into single quotes: .*"HOME"/);
});
