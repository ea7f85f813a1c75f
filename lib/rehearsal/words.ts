import type { CallerStep, EndedBy, Expectation } from "../persona/rehearsal.ts";
import { shown } from "./matching.ts";

/** What ended a call, in words. */
export const ENDINGS: Readonly<Record<EndedBy, string>> = {
  "caller": "the caller",
  "agent": "the agent",
  "transferred": "a transfer",
  "idle": "the caller's silence",
  "time limit": "the time limit",
  "cost limit": "the cost limit",
  "key": "a key",
  "fault": "a fault",
};

/** An expectation in words, as a line of the report. */
export function wordsOf(expectation: Expectation): string {
  const never = "never" in expectation && expectation.never ? "never " : "";
  switch (expectation.expect) {
    case "said":
      return `${never}said ${shown(expectation.words)}`;
    case "called":
      return `${never}called ${expectation.tool}` +
        (expectation.arguments === undefined ? "" : ` with ${shown(expectation.arguments)}`);
    case "transferred":
      return expectation.to === undefined ? "transferred" : `transferred to ${expectation.to}`;
    case "handed over":
      return `handed over to ${expectation.to ?? "another persona"}`;
    case "ended":
      return expectation.by === undefined ? "ended" : `ended by ${ENDINGS[expectation.by]}`;
    case "turns":
      return `${count(expectation.count, "turn")} of the caller`;
    case "that":
      return expectation.name;
    default: {
      const { expect, withinMs } = expectation;
      return never + expect + (withinMs === undefined ? "" : ` within ${withinMs} ms`);
    }
  }
}

/** What the caller does, in words. */
export function deedOf(step: CallerStep): string {
  switch (step.caller) {
    case "waits":
      return `waits ${step.ms} ms`;
    case "presses":
      return `presses ${[...step.keys].join(" ")}`;
    case "hangs up":
      return "hangs up";
    default: {
      const { caller, what } = step;
      if (typeof what !== "string") return `plays ${what.file}`;
      return `${caller === "interrupts" ? "interrupts with" : caller} ${shown(what)}`;
    }
  }
}

/** A number of things. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
