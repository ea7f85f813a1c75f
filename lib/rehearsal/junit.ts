import { explain } from "./report.ts";
import type { SceneOutcome } from "./stage.ts";

/**
 * The outcome as CI systems read it: a suite for each persona, a case for each scene. Characters that XML can't hold are
 * left out.
 */
export function junit(outcomes: readonly SceneOutcome[]): string {
  const suites = Map.groupBy(outcomes, ({ scene }) => scene.persona.name);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="rehearsals" ${figures(outcomes)}>`,
    ...[...suites].flatMap(([name, scenes]) => [
      `  <testsuite name=${quoted(name)} ${figures(scenes)}>`,
      ...scenes.flatMap(testCase),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

/** The same for files at fault: nothing could be rehearsed. */
export function junitOfFaults(faults: readonly string[]): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="rehearsals" tests="1" failures="0" errors="1" time="0.000">',
    '  <testsuite name="files" tests="1" failures="0" errors="1" time="0.000">',
    '    <testcase classname="files" name="can be loaded" time="0.000">',
    `      <error message=${quoted(faults[0] ?? "")}>${escaped(faults.join("\n"))}</error>`,
    "    </testcase>",
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function testCase(outcome: SceneOutcome): string[] {
  const { scene, checks, tookMs, ok } = outcome;
  const attributes = `classname=${quoted(scene.persona.name)} name=${quoted(scene.name)} time="${
    seconds(tookMs)
  }"`;
  if (ok) return [`    <testcase ${attributes}/>`];
  const failed = checks.filter((check) => !check.ok);
  const words = failed.map(({ what, seen }) => seen === "" ? what : `${what}: ${seen}`);
  return [
    `    <testcase ${attributes}>`,
    `      <failure message=${quoted(words.join("; "))}>${escaped(explain(outcome).join("\n"))}</failure>`,
    "    </testcase>",
  ];
}

function figures(outcomes: readonly SceneOutcome[]): string {
  const failures = outcomes.filter(({ ok }) => !ok).length;
  const time = outcomes.reduce((sum, { tookMs }) => sum + tookMs, 0);
  return `tests="${outcomes.length}" failures="${failures}" errors="0" time="${seconds(time)}"`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** What XML 1.0 allows nowhere, not even escaped. */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function escaped(text: string): string {
  return text.toWellFormed().replace(FORBIDDEN, "").replace(/[&<>"]/g, (mark) => ENTITIES[mark]!);
}

/** An attribute's value: a line break in it would become a space. */
function quoted(text: string): string {
  return `"${escaped(text).replace(/[\t\n\r]/g, (mark) => `&#${mark.charCodeAt(0)};`)}"`;
}
