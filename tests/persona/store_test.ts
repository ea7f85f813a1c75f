import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { writeWav } from "../../lib/audio/wav.ts";
import { readConfig } from "../../lib/config.ts";
import { createLog } from "../../lib/log.ts";
import type { Generation } from "../../lib/persona/generation.ts";
import { PersonaStore, readPersonas } from "../../lib/persona/store.ts";
import { VirtualClock } from "../support/clock.ts";
import { type Folder, makeFolder } from "../support/folder.ts";
import { sine } from "../support/sound.ts";
import { toolCall } from "../support/tool-call.ts";

interface World {
  readonly store: PersonaStore;
  readonly folder: Folder;
  readonly clock: VirtualClock;
  /** Without what is for debugging. */
  readonly logged: string[];
  /** What tools print. */
  printed(): string[];
}

/** A store whose personas are in `personas/` of a folder, and tools in `tools/`. */
function test(name: string, files: Record<string, string>, act: (world: World) => Promise<void>): void {
  // Deno itself waits for modules that hooks load, from the first edition on.
  Deno.test({ name, sanitizeOps: false, fn: () => inWorld(files, act) });
}

async function inWorld(files: Record<string, string>, act: (world: World) => Promise<void>): Promise<void> {
  await using folder = await makeFolder({ "personas/assistant.ts": persona("first"), ...files });
  const clock = new VirtualClock();
  const logged: string[] = [];
  const debug: string[] = [];
  const config = readConfig({
    SIMULATOR: "always",
    PERSONAS_DIR: `${folder.path}/personas`,
    TOOLS_DIR: `${folder.path}/tools`,
  });
  const store = await PersonaStore.open(await readPersonas(config), {
    config,
    clock,
    log: createLog({
      level: "debug",
      write(line) {
        const list = line.slice(13).startsWith("debug") ? debug : logged;
        list.push(line.slice(13).replaceAll(`${folder.path}/`, ""));
      },
    }),
    avrDir: `${folder.path}/nowhere`,
    now: () => new Date(0),
  });
  try {
    await act({
      store,
      folder,
      clock,
      logged,
      printed: () => debug.filter((line) => /^debug read /.test(line)),
    });
  } finally {
    store.close();
    assertEquals(clock.pending, 0);
  }
}

const persona = (instructions: string, more = "") =>
  `import { definePersona } from "parley";
export default definePersona({ instructions: ${JSON.stringify(instructions)}, ${more} });`;

const tool = (name: string, result: string, more = "") =>
  `import { defineTool } from "parley";
export default defineTool({ name: "${name}", description: "Says.", ${more} run: () => "${result}" });`;

const instructionsOf = (generation: Generation) => generation.personas.get("assistant")!.instructions;

async function say(generation: Generation, name: string): Promise<string> {
  const found = generation.toolsFor(generation.personas.get("assistant")!).get(name);
  const outcome = await found!.run({}, toolCall());
  return outcome.kind === "control" ? "control" : outcome.text;
}

test("an edit is for the next call; who holds the one before keeps it", {
  "personas/other.ts": persona("other"),
}, async ({ store, folder, logged }) => {
  const live = store.take();
  assertEquals([live.generation.number, store.lastReload], [1, undefined]);
  await folder.write("personas/assistant.ts", persona("second"));
  await store.reload("edit");
  assertEquals(instructionsOf(live.generation), "first");
  assertEquals([instructionsOf(store.current), store.current.number], ["second", 2]);
  assertEquals(store.lastReload, { at: new Date(0), faults: [] });
  assertEquals(logged, ["info  Personas reloaded generation=2 changed=assistant reason=edit"]);
  live.release();
});

test("personas that come and go, and what they import, are told by name", {
  "personas/other.ts": persona("other"),
  "personas/sharing.ts": `import { word } from "./_word.ts"; export default { instructions: word };`,
  "personas/_word.ts": `export const word = "shared";`,
}, async ({ store, folder, logged }) => {
  await folder.remove("personas/other.ts");
  await folder.write("personas/newcomer.ts", persona("new"));
  await folder.write("personas/_word.ts", `export const word = "shared anew";`);
  await store.reload("SIGHUP");
  assertEquals([...store.current.personas.keys()], ["assistant", "newcomer", "sharing"]);
  assertEquals(store.current.personas.get("sharing")!.instructions, "shared anew");
  assertMatch(logged[0]!, /changed="newcomer, sharing" gone=other reason=SIGHUP$/);
});

test(
  "a broken edit keeps the last good one and says what is wrong with which file and field",
  {},
  async ({ store, folder, logged }) => {
    await folder.write("personas/assistant.ts", persona("second", 'greting: "Hello", voice: "mary"'));
    await folder.write("personas/more.ts", "export default {\n  instructions: ,\n};");
    await store.reload("edit");
    assertEquals([instructionsOf(store.current), store.current.number], ["first", 1]);
    const { faults } = store.lastReload!;
    assertEquals(faults.length, 3);
    assert(faults.some((fault) => /assistant\.ts: voice must be one of/.test(fault)), faults.join("\n"));
    assert(faults.some((fault) => /assistant\.ts: .*greting/.test(fault)), faults.join("\n"));
    assert(faults.some((fault) => /more\.ts: .*\(more\.ts, line 2\)$/.test(fault)), faults.join("\n"));
    assertEquals(logged.length, 4);
    assertMatch(logged[0]!, /^error Could not take a file fault="personas\/assistant\.ts: /);
    assertEquals(
      logged[3],
      "error Personas are not reloaded, the last good ones stay generation=1 reason=edit",
    );

    await folder.remove("personas/more.ts");
    await folder.write("personas/assistant.ts", persona("third"));
    await store.reload("edit");
    assertEquals([instructionsOf(store.current), store.current.number], ["third", 2]);
    assertEquals(store.lastReload!.faults, []);
  },
);

test("the persona of calls that name none can't be edited away", {
  "personas/other.ts": persona("other"),
}, async ({ store, folder }) => {
  await folder.remove("personas/assistant.ts");
  await store.reload("edit");
  assertMatch(store.lastReload!.faults.join("\n"), /^PERSONA must name one of the personas other/);
  assertEquals(store.current.number, 1);
});

test("reloads do not overlap; those asked for meanwhile are one more", {}, async ({ store, folder }) => {
  const first = store.reload("one");
  // Read too late for the first, perhaps, but not for the second. Nothing is awaited: the first must not end meanwhile.
  Deno.writeTextFileSync(`${folder.path}/personas/assistant.ts`, persona("last"));
  const others = [store.reload("two"), store.reload("three"), store.reload("four")];
  await first;
  assertEquals(store.current.number, 2);
  await Promise.all(others);
  assertEquals([store.current.number, instructionsOf(store.current)], [3, "last"]);
  await store.reload("five");
  assertEquals(store.current.number, 4);
});

test("a tool goes on for live calls as it was, even when its file is broken by now", {
  "tools/says.ts": tool("says", "old"),
}, async ({ store, folder, logged }) => {
  const live = store.take();
  await folder.write("tools/says.ts", tool("says", "new"));
  await store.reload("edit");
  await folder.write("tools/says.ts", "export default {{{");
  await store.reload("edit");
  assertEquals(store.current.number, 2);
  assertMatch(store.lastReload!.faults.join("\n"), /tools\/says\.ts: can't be loaded: .*line 1/);
  assertEquals([await say(live.generation, "says"), await say(store.current, "says")], ["old", "new"]);
  assertMatch(logged[0]!, /Personas reloaded generation=2 changed=says/);
});

test("tools end two minutes after the last call that holds them, never earlier", {
  "tools/says.ts": tool("says", "old"),
}, async ({ store, clock }) => {
  const [one, other] = [store.take(), store.take()];
  await store.reload("edit");
  clock.advance(3_600_000);
  assertEquals(await say(one.generation, "says"), "old");
  one.release();
  one.release();
  clock.advance(3_600_000);
  assertEquals(await say(other.generation, "says"), "old");
  other.release();
  // What it does for a call that is over may take up to 120 s.
  clock.advance(120_000);
  assertEquals(await say(other.generation, "says"), "old");
  clock.advance(5_000);
  assertMatch(await say(other.generation, "says"), /call has ended/);
  assertEquals(await say(store.current, "says"), "old");
});

test("tools that no call holds end after the reload, those of the present generation never", {
  "tools/says.ts": tool("says", "old"),
}, async ({ store, clock }) => {
  const before = store.current;
  store.take().release();
  clock.advance(3_600_000);
  assertEquals(await say(before, "says"), "old");
  await store.reload("edit");
  clock.advance(125_000);
  assertMatch(await say(before, "says"), /call has ended/);
  assertEquals(await say(store.current, "says"), "old");
});

test("what was not granted at start is a fault that names it and asks for a restart", {}, async (world) => {
  const { store, folder } = world;
  await folder.write("tools/dials.ts", tool("dials", "x", 'net: ["api.weather.example:443"],'));
  await store.reload("edit");
  assertEquals(store.lastReload!.faults.map((fault) => fault.replace(`${folder.path}/`, "")), [
    "tools/dials.ts: tool dials needs what Parley was not started with: net api.weather.example:443: restart it",
  ]);
  assertEquals(store.current.number, 1);
  await folder.write("tools/dials.ts", tool("dials", "x", 'net: ["127.0.0.1:8009"],'));
  await store.reload("edit");
  assertEquals(store.current.number, 2);
});

test("a tool that was broken at start stops no reload; one that breaks does", {
  "tools/bad.ts": "export default 1;",
  "tools/worse.js": "module.exports = 1;",
}, async ({ store, folder, logged }) => {
  await store.reload("edit");
  assertEquals(store.current.number, 2);
  // Told at start, and not again.
  assertEquals(logged.filter((line) => line.startsWith("warn")).length, 2);
  await folder.write("tools/broken.js", "module.exports = 2;");
  await store.reload("edit");
  assertEquals(store.current.number, 2);
  assertMatch(store.lastReload!.faults.join("\n"), /^\S+tools\/broken\.js: can't be loaded/);
});

const COMMON_JS = (name: string, word: string) =>
  `console.log("read");
  const { word } = require("./lib/word.js"), data = require("./lib/data.json");
  module.exports = { name: "${name}", description: "${word}", handler: async () => word + " " + data.word };`;

test("AVR's tools are read anew where their files changed, and live calls keep the old", {
  "tools/one.js": COMMON_JS("one", "first"),
  "tools/lib/word.js": `exports.word = "word";`,
  "tools/lib/data.json": `{ "word": "data" }`,
}, async ({ store, folder, printed }) => {
  const live = store.take();
  const describe = ({ toolsFor, personas }: Generation) =>
    toolsFor(personas.get("assistant")!).get("one")!.description;
  await store.reload("edit");
  assertEquals(printed().length, 1, "An unchanged file was run again");
  for (
    const [file, text] of [["lib/word.js", `exports.word = "changed";`], ["lib/data.json", `{"word":"too"}`]]
  ) {
    await folder.write(`tools/${file}`, text!);
    await store.reload("edit");
  }
  await folder.write("tools/one.js", COMMON_JS("one", "second"));
  await store.reload("edit");
  assertEquals([describe(live.generation), describe(store.current)], ["first", "second"]);
  await folder.write("tools/one.js", "broken(");
  await folder.write("tools/lib/data.json", "broken(");
  await folder.write("tools/lib/word.js", "broken(");
  assertEquals(
    [await say(live.generation, "one"), await say(store.current, "one")],
    ["word data", "changed too"],
  );
});

test("a recording that changed is a change of its persona", {}, async ({ store, folder, logged }) => {
  const wav = (hz: number) => writeWav(8000, sine(hz, 400, 8000));
  await folder.write("personas/sorry.wav", wav(300));
  await folder.write("personas/assistant.ts", persona("x", 'outage: { apology: { file: "sorry.wav" } }'));
  await store.reload("edit");
  await store.reload("edit");
  await folder.write("personas/sorry.wav", wav(500));
  await store.reload("edit");
  assertEquals(logged.map((line) => /changed=\w+/.exec(line)?.[0]), [
    "changed=assistant",
    undefined,
    "changed=assistant",
  ]);
});

test("a warning is told once, not at each reload", {}, async ({ store, folder, logged }) => {
  await folder.write("personas/assistant.ts", persona("x", 'model: "gpt-realtime"'));
  await store.reload("edit");
  await store.reload("edit");
  assertEquals(logged.filter((line) => line.startsWith("warn")).length, 1);
});

test("a store that is closed takes nothing more, nor what it was reading", {}, async ({ store }) => {
  const before = store.current;
  const reading = store.reload("edit");
  store.close();
  await reading;
  await store.reload("edit");
  assertStrictEquals(store.current, before);
});
