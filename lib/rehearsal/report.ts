import type { SceneOutcome } from "./stage.ts";

/** One scene as lines of text: its expectations, and where one does not hold all that may explain it. */
export function reportScene({ scene, ok, checks, transcript, notes, callMs }: SceneOutcome): string[] {
  const lines = [`  ${ok ? "ok    " : "FAILED"}  ${scene.name} (a call of ${seconds(callMs)} s)`];
  for (const check of checks) {
    const seen = check.seen === "" ? "" : `: ${check.seen}`;
    lines.push(`            ${check.ok ? "ok    " : "failed"}  ${check.what}${seen}`);
  }
  if (ok) return lines;
  return [...lines, "", ...explain({ transcript, notes }).map((line) => `            ${line}`.trimEnd()), ""];
}

/** What was said and done, and what else is known. */
export function explain({ transcript, notes }: Pick<SceneOutcome, "transcript" | "notes">): string[] {
  const lines = transcript.map(({ atMs, who, text, interrupted }) =>
    `${seconds(atMs).padStart(6)}  ${who.padEnd(6)}  ${text}${interrupted ? " *interrupted*" : ""}`
  );
  return notes.length === 0 ? lines : [...lines, "", ...notes.map((note) => `Note: ${note}`)];
}

/** The last line: how it all went. */
export function summary(outcomes: readonly SceneOutcome[]): string {
  const failed = outcomes.filter(({ ok }) => !ok).length;
  const callMs = outcomes.reduce((sum, each) => sum + each.callMs, 0);
  const tookMs = outcomes.reduce((sum, each) => sum + each.tookMs, 0);
  return `${outcomes.length - failed} held, ${failed} failed: ${seconds(callMs)} s of calls in ${
    seconds(tookMs)
  } s`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
