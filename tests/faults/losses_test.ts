import { testEach } from "./support/cell.ts";
import { LOSSES } from "./support/faults.ts";
import { PHASES } from "./support/phases.ts";

testEach(LOSSES, PHASES);
