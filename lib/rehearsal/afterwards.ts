import type { CallRecord } from "./record.ts";
import type { Check } from "./scene.ts";
import type { Screenplay } from "./screenplay.ts";

/** The call told the line that it can't go on. */
export function brokenOff(message: string): Check {
  return { what: "the call can go on", ok: false, seen: message };
}

/** Lines of the agent that came to nothing: the call went another way than the scene. */
export function unasked({ left }: Screenplay): Check[] {
  return left.map((line) => {
    const what = line.agent === "says" ? JSON.stringify(line.text) : line.agent === "calls" ? line.tool : "";
    return {
      what: `the agent ${line.agent} ${what}`.trim(),
      ok: false,
      seen: "no answer was asked for any more",
    };
  });
}

/** Answers that the scene did not foresee. */
export function missingLines({ missing }: Screenplay): string[] {
  if (missing === 0) return [];
  return [`The agent has no line for ${missing} of its answers: the simulator's own words stand there`];
}

/** Where the model misheard the caller, what it answers is no wonder. */
export function understood({ recognised }: CallRecord): string[] {
  return recognised.map((text) => `The caller was understood as: ${text}`);
}

/** A line of the log, without what all lines of a scene have. */
export function noteOf(line: string): string {
  const { time: _time, level: _level, uuid: _uuid, persona: _persona, message, ...fields } = JSON.parse(line);
  const details = Object.entries(fields).map(([name, value]) => `${name} ${value}`).join(", ");
  return details === "" ? message : `${message} (${details})`;
}
