import { assertEquals } from "@std/assert";
import { isRecoverableClose } from "../../lib/realtime/failures.ts";
import { testEach } from "./support/cell.ts";
import { ending, type Fault } from "./support/faults.ts";
import { phase } from "./support/phases.ts";

/** What a close code means for a call. 0 is Deno's for a connection that was cut; 1005 and 1006 are never sent, only told. */
const CODES: readonly (readonly [code: number, goesOn: boolean])[] = [
  [0, true],
  [1000, false],
  [1001, true],
  [1002, false],
  [1003, false],
  [1005, true],
  [1006, true],
  [1007, false],
  [1008, false],
  [1009, false],
  [1010, false],
  [1011, true],
  [1012, true],
  [1013, true],
  [1014, false],
  [1015, false],
  [3000, false],
  [4000, false],
  [4004, false],
  [4999, false],
];

const closing = ([code, survived]: typeof CODES[number]): Fault => ({
  ...ending(`close code ${code}`, { code, reason: "" }),
  survived,
});

testEach(CODES.map(closing), ["in silence", "mid-answer"].map(phase));

Deno.test("faults: close codes mean what the table of failures says", () => {
  assertEquals(CODES.map(([code]) => [code, isRecoverableClose(code)]), CODES.map(([...each]) => each));
});
