/**
 * Hostile messages through both parsers, many more than the tests send: `deno task fuzz [messages] [seed]`.
 * Ends with code 1 at the first kind of fault.
 */
import { fuzzEvents, fuzzLine, type FuzzOutcome } from "../tests/support/fuzz.ts";

const [messages = 100_000, seed = Date.now() % 1_000_000] = Deno.args.map(Number);
if (!(messages > 0) || !Number.isInteger(seed)) {
  console.error("Usage: deno task fuzz [messages] [seed]");
  Deno.exit(2);
}

let faulty = false;
const runs: [string, (messages: number, seed: number) => FuzzOutcome][] = [
  ["line", fuzzLine],
  ["model", fuzzEvents],
];
for (const [name, run] of runs) {
  const startMs = performance.now();
  const { understood, ended, faults } = run(messages, seed);
  const tookS = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(
    `${name}: ${messages} messages, seed ${seed}, ${understood} understood, ${ended} lines ended at a limit, ` +
      `${faults.length} faults, ${tookS} s`,
  );
  for (const fault of faults.slice(0, 10)) console.log(`  ${fault}`);
  faulty ||= faults.length > 0;
}
Deno.exit(faulty ? 1 : 0);
