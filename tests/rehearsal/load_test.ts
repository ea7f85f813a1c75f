import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { writeWav } from "../../lib/audio/wav.ts";
import { readConfig } from "../../lib/config.ts";
import { agent, caller, defineRehearsal, expect } from "../../lib/persona/define.ts";
import { ConfigError } from "../../lib/errors.ts";
import { silentLog } from "../../lib/log.ts";
import { loadPersonas } from "../../lib/persona/load.ts";
import { type LoadedScene, loadScenes } from "../../lib/rehearsal/load.ts";
import { checkRehearsals } from "../../lib/rehearsal/schema.ts";
import { loadTools } from "../../lib/tools/load.ts";

/** What is wrong with these, and nothing else. */
const faultsOf = (exported: unknown) => {
  const checked = checkRehearsals(exported);
  return "faults" in checked ? checked.faults : [];
};
const steps = [caller.hangsUp()];

Deno.test("rehearsal: what the author's own functions make is valid", () => {
  const every = defineRehearsal({
    name: "all",
    variables: { from: "2000", vip: true, orders: 3 },
    tools: { look_up: ({ order }: { order: string }) => order },
    ami: "timeout",
    voice: "cedar",
    scenes: {
      "all steps": {
        variables: {},
        steps: [
          caller.says("a"),
          caller.plays("a.wav", { words: "a" }),
          caller.interrupts({ file: "a.wav" }),
          caller.interrupts("a", { afterMs: 0 }),
          caller.waits(100),
          caller.presses("0123456789*#"),
          agent.says("a"),
          agent.calls("a", { b: [1] }, { saying: "c" }),
          agent.fails(),
          expect.said(/a/),
          expect.answered({ withinMs: 1 }),
          expect.called("a", { b: /c/ }),
          expect.transferred(),
          expect.handedTo("a"),
          expect.interrupted({ withinMs: 1 }),
          expect.ended("time limit"),
          expect.turns(0),
          expect.that("a", () => true),
          expect.never.said("a"),
          expect.never.called("a"),
          expect.never.interrupted(),
          caller.hangsUp(),
        ],
      },
      "short form": steps,
    },
  });
  assertEquals(faultsOf(every), []);
  assertEquals(faultsOf([every, { scenes: { x: steps } }]), []);
});

Deno.test("rehearsal: each fault names the scene, the step and the value", () => {
  const cases: [exported: unknown, fault: string][] = [
    [{}, "scenes invalid input: expected record, received undefined"],
    ["x", 'invalid input: expected object, received string: "x"'],
    [{ scenes: {} }, "scenes must have a scene"],
    [{ scenes: { a: [] } }, 'scene "a": steps must have a step'],
    [{ scenes: { a: { steps: [] } } }, 'scene "a": steps must have a step'],
    [{ scenes: { a: steps }, scene: 1 }, 'unrecognized key: "scene"'],
    [{ scenes: { a: { steps, variabels: {} } } }, 'scene "a": unrecognized key: "variabels"'],
    [
      { scenes: { a: { steps, ami: "maybe" } } },
      'scene "a": ami invalid option: expected one of ' +
      '"done"|"unknown call"|"forbidden"|"error"|"unreachable"|"timeout": "maybe"',
    ],
    [{ scenes: { a: { steps, tools: { x: "text" } } } }, 'scene "a": tools.x must be a function: "text"'],
    [{ scenes: { a: { steps, voice: "nobody" } } }, 'scene "a": voice must be a voice of the API: "nobody"'],
    [
      { scenes: { a: [...steps, caller.waits(-1)] } },
      'scene "a", step 2: ms too small: expected number to be >=0: -1',
    ],
    [
      { scenes: { a: [caller.presses("12A")] } },
      'scene "a", step 1: keys must be 1 to 64 keys: 0 to 9, * and #: "12A"',
    ],
    [{ scenes: { a: [caller.says(" ")] } }, 'scene "a", step 1: what must not be empty: " "'],
    [{ scenes: { a: [agent.says("")] } }, 'scene "a", step 1: text must not be empty: ""'],
    [{ scenes: { a: [expect.said("")] } }, 'scene "a", step 1: words must not be empty: ""'],
    [
      { scenes: { a: [expect.said(3 as never)] } },
      'scene "a", step 1: words must be a text that is not empty, or a regular expression: 3',
    ],
    [
      { scenes: { a: ["hello"] } },
      'scene "a", step 1: must be a step of caller, agent or expect, such as caller.says("..."): "hello"',
    ],
    [
      { scenes: { a: [caller.says] } },
      'scene "a", step 1: must be a step of caller, agent or expect, such as caller.says("...")',
    ],
    [
      [{ scenes: { a: steps } }, { scenes: { b: [caller.waits(-1)] } }],
      'rehearsal 2, scene "b", step 1: ms too small: expected number to be >=0: -1',
    ],
  ];
  for (const [exported, fault] of cases) assertEquals(faultsOf(exported), [fault]);
});

/** Loads the rehearsals of a folder with these files. */
async function load(
  files: Record<string, string | Uint8Array>,
  names: string[] = [],
): Promise<LoadedScene[]> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(
        `${dir}/${name}`,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    }
    const config = readConfig({ SIMULATOR: "always" });
    const personas = await loadPersonas(dir);
    const toolbox = await loadTools({ personas, config, log: silentLog });
    try {
      return await loadScenes({ dir, personas, toolsFor: toolbox.toolsFor, names });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ConfigError(error.faults.map((fault) => fault.replaceAll(`${dir}/`, "")));
    } finally {
      toolbox.close();
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const PERSONA = `export default {
  instructions: "x", greeting: "Hi",
  tools: [{ kind: "transfer", name: "transfer", destinations: { desk: { extension: "2001" } } }],
  handoffs: { other: "To buy." },
};`;
const personas = { "main.js": PERSONA, "other.js": 'export default { instructions: "x", greeting: "Hi" };' };
const rehearsal = (steps: string, more = "") =>
  `export default { ${more} scenes: { "a scene": [${steps}] } };`;
const HANG_UP = '{ caller: "hangs up" }';

async function faults(
  files: Record<string, string | Uint8Array>,
  names?: string[],
): Promise<readonly string[]> {
  const error = await assertRejects(() => load({ ...personas, ...files }, names), ConfigError);
  return error.faults;
}

Deno.test("rehearsal files: found beside their personas, in order, and never taken for a persona", async () => {
  const files = {
    ...personas,
    "other.rehearsal.js": `export default [${
      rehearsal(HANG_UP, 'name: "one",').slice(15, -1)
    }, { scenes: { b: [${HANG_UP}] } }];`,
    "main.rehearsal.js": rehearsal(HANG_UP, 'variables: { a: "1", b: "2" },'),
  };
  const scenes = await load(files);
  assertEquals(scenes.map(({ persona, name }) => `${persona.name} ${name}`), [
    "main a scene",
    "other one: a scene",
    "other b",
  ]);
  assertEquals(scenes[0]!.setting.variables, { a: "1", b: "2" });
  assertEquals((await load(files, ["other"])).length, 2);
});

Deno.test("rehearsal files: a scene's own setting comes before the rehearsal's", async () => {
  const [scene] = await load({
    ...personas,
    "main.rehearsal.js": `export default {
      ami: "error", variables: { a: "1", b: "2" },
      scenes: { s: { ami: "timeout", variables: { b: "3" }, steps: [${HANG_UP}] } },
    };`,
  });
  assertEquals([scene!.setting.ami, scene!.setting.variables], ["timeout", { a: "1", b: "3" }]);
});

Deno.test("rehearsal files: all that can't be played is told at once", async () => {
  const [none] = await faults({});
  assertMatch(none!, /^\S+ holds no rehearsal, such as supportAgent\.rehearsal\.ts$/);
  assertEquals(await faults({ "main.rehearsal.js": rehearsal(HANG_UP) }, ["nobody", "other"]), [
    "There is no such persona, only main, other: nobody",
    "other has no rehearsal: write other.rehearsal.ts",
  ]);
  assertEquals(
    await faults({
      "gone.rehearsal.js": rehearsal(HANG_UP),
      "main.rehearsal.js": "export const x = 1;",
      "other.rehearsal.js": "throw new Error('broken');",
    }),
    [
      "gone.rehearsal.js: there is no persona gone, only main, other",
      "main.rehearsal.js: has no default export: export default defineRehearsal({ scenes: { ... } })",
      "other.rehearsal.js: can't be loaded: broken",
    ],
  );
});
Deno.test("rehearsal files: a tool, destination or persona that is not there is a fault, not a silent miss", async () => {
  const wrong = rehearsal(
    `
    { agent: "calls", tool: "transfr", arguments: {} },
    { expect: "called", tool: "look_up", never: true },
    { expect: "transferred", to: "reception" },
    { expect: "transferred", to: "*97" },
    { expect: "handed over", to: "nobody" },
    { agent: "calls", tool: "handoff_to_other", arguments: {} },
    { expect: "called", tool: "transfer" }, { expect: "transferred", to: "desk" }, { expect: "handed over", to: "other" }`,
    "tools: { find: () => 1 },",
  );
  const has = "only transfer, handoff_to_other, avr_hangup, avr_transfer";
  assertEquals(
    await faults({ "main.rehearsal.js": wrong }),
    [
      `tools: main has no tool find, ${has}`,
      `step 1: main has no tool transfr, ${has}`,
      `step 2: main has no tool look_up, ${has}`,
      "step 3: main can't transfer to reception, only to desk",
      "step 5: main can't hand over to nobody, only to other",
    ].map((fault) => `main.rehearsal.js: scene "a scene", ${fault}`),
  );
});

Deno.test("rehearsal files: a recording is read at load, from the rehearsal's folder alone", async () => {
  const plays = (file: string) => rehearsal(`{ caller: "says", what: { file: ${JSON.stringify(file)} } }`);
  const cases: [file: string, fault: string][] = [
    ["none.wav", 'the recording does not exist: "none.wav"'],
    ["../x.wav", 'the recording must be in the folder of the rehearsal: "../x.wav"'],
    ["empty.wav", 'the recording holds no sound: "empty.wav"'],
    ["cd.wav", 'the recording must have 8000, 16000, 24000 Hz, not 44100: "cd.wav"'],
    ["main.js", "the recording can't be used: it does not begin with RIFF and WAVE"],
  ];
  const sounds = {
    "empty.wav": writeWav(8000, new Int16Array(0)),
    "cd.wav": writeWav(44100, new Int16Array(100)),
    "good.wav": writeWav(16000, new Int16Array(1600)),
  };
  for (const [file, fault] of cases) {
    const [told] = await faults({ ...sounds, "main.rehearsal.js": plays(file) });
    assertEquals(told!.startsWith(`main.rehearsal.js: scene "a scene", step 1: ${fault}`), true, told);
  }
  assertEquals((await load({ ...personas, ...sounds, "main.rehearsal.js": plays("good.wav") })).length, 1);
});
