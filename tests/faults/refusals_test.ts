import { testEach } from "./support/cell.ts";
import { REFUSALS } from "./support/faults.ts";
import { phase, PHASES } from "./support/phases.ts";

testEach(REFUSALS, PHASES);

const withFallback = [
  "dialling",
  "in silence",
  "while the caller speaks",
  "mid-answer",
  "mid-tool",
  "in a gap",
]
  .map(phase).map((each) => ({
    ...each,
    name: `${each.name}, with a fallback`,
    options: { ...each.options, fallback: { extension: "2001" } },
  }));
testEach(REFUSALS, withFallback);
