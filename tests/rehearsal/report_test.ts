import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { junit, junitOfFaults } from "../../lib/rehearsal/junit.ts";
import { recordingName, stereo } from "../../lib/rehearsal/recording.ts";
import { reportScene, summary } from "../../lib/rehearsal/report.ts";
import type { SceneOutcome } from "../../lib/rehearsal/stage.ts";
import { loaded } from "./play.ts";
import { parseXml } from "./xml.ts";

const scene = (persona: string, name: string) => ({
  persona: loaded(persona, { instructions: "x" }),
  file: "",
  name,
  setting: {},
  steps: [],
});
const line = { interrupted: false };

const good: SceneOutcome = {
  scene: scene("clock", "A question"),
  checks: [{ what: "answered", ok: true, seen: "after 900 ms" }, { what: "said /a/", ok: true, seen: "" }],
  ok: true,
  transcript: [{ ...line, atMs: 0, who: "agent", text: "Hi." }],
  understood: [],
  notes: ["not told"],
  callMs: 12_340,
  tookMs: 120,
  sound: { caller: new Int16Array(0), agent: new Int16Array(0) },
};
const bad: SceneOutcome = {
  ...good,
  scene: scene("clock", 'Says "<b> & c"\u0001'),
  checks: [
    { what: 'said "x"', ok: false, seen: 'said "<y> & z"' },
    { what: "ended", ok: true, seen: "" },
    { what: "odd", ok: false, seen: "" },
  ],
  ok: false,
  transcript: [
    { ...line, atMs: 480, who: "agent", text: "There is much to", interrupted: true },
    { ...line, atMs: 61_200, who: "caller", text: "]]> \ud800 \u0000" },
  ],
  notes: ["The model's session was lost"],
};

Deno.test("report: a scene that holds is its expectations, one that fails has the transcript as well", () => {
  assertEquals(reportScene(good), [
    "  ok      A question (a call of 12.3 s)",
    "            ok      answered: after 900 ms",
    "            ok      said /a/",
  ]);
  assertEquals(reportScene({ ...bad, scene: scene("clock", "B") }), [
    "  FAILED  B (a call of 12.3 s)",
    '            failed  said "x": said "<y> & z"',
    "            ok      ended",
    "            failed  odd",
    "",
    "               0.5  agent   There is much to *interrupted*",
    "              61.2  caller  ]]> \ud800 \u0000",
    "",
    "            Note: The model's session was lost",
    "",
  ]);
  assertEquals(summary([good, bad, good]), "2 held, 1 failed: 37.0 s of calls in 0.4 s");
});

Deno.test("JUnit: well-formed whatever was said, with what failed and the transcript", () => {
  const other = { ...good, scene: scene("desk", "C") };
  const suites = parseXml(junit([good, bad, other]));
  assertEquals([suites.name, suites.attributes], [
    "testsuites",
    { name: "rehearsals", tests: "3", failures: "1", errors: "0", time: "0.360" },
  ]);
  assertEquals(suites.children.map(({ name, attributes: { name: of, tests } }) => [name, of, tests]), [
    ["testsuite", "clock", "2"],
    ["testsuite", "desk", "1"],
  ]);
  const [first, second] = suites.children[0]!.children;
  assertEquals(first!.attributes, { classname: "clock", name: "A question", time: "0.120" });
  assertEquals(first!.children, []);
  assertEquals(second!.attributes.name, 'Says "<b> & c"');
  const [failure] = second!.children;
  assertEquals([failure!.name, failure!.attributes.message], ["failure", 'said "x": said "<y> & z"; odd']);
  assertStringIncludes(
    failure!.text,
    "0.5  agent   There is much to *interrupted*\n  61.2  caller  ]]> \ufffd ",
  );
});

Deno.test("JUnit: faults of files are an error", () => {
  const [suite] = parseXml(junitOfFaults(["a.ts: line 1 <x>\n2", "b.ts: bad"])).children;
  const [error] = suite!.children[0]!.children;
  assertEquals([suite!.attributes.errors, error!.name, error!.attributes.message, error!.text], [
    "1",
    "error",
    "a.ts: line 1 <x>\n2",
    "a.ts: line 1 <x>\n2\nb.ts: bad",
  ]);
});

Deno.test("the reader of these tests refuses what is not well-formed", () => {
  for (
    const text of [
      "<a>",
      "<a></b>",
      "<a>&</a>",
      '<a b="<"/>',
      "<a>\u0001</a>",
      '<a b="1" b="2"/>',
      "<a/><b/>",
    ]
  ) {
    assertThrows(() => parseXml(text));
  }
});

Deno.test("recording: the caller left, the agent right, the shorter one filled up with silence", () => {
  const file = stereo({ caller: Int16Array.of(1, 2), agent: Int16Array.of(-1, -2, -3) });
  const view = new DataView(file.buffer);
  assertEquals([22, 32, 34].map((at) => view.getUint16(at, true)), [2, 4, 16]);
  assertEquals([24, 28, 40].map((at) => view.getUint32(at, true)), [8000, 32_000, 12]);
  assertEquals([...new Int16Array(file.buffer, 44)], [1, -1, 2, -2, 0, -3]);
});

Deno.test("recording: a file's name comes from the scene's, and no path does", () => {
  assertEquals(recordingName(scene("clock", "Où est l'Horloge?")), "clock-ou-est-l-horloge.wav");
  assertEquals(recordingName(scene("clock", "../../etc/x")), "clock-etc-x.wav");
  assertEquals(recordingName(scene("clock", "a".repeat(500))).length, "clock-.wav".length + 80);
});
