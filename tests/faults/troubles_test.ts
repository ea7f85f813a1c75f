import { testEach } from "./support/cell.ts";
import { ORPHANS, TROUBLES } from "./support/faults.ts";
import { phase, PHASES } from "./support/phases.ts";

testEach(TROUBLES, PHASES);
testEach(ORPHANS, [phase("mid-answer")]);
