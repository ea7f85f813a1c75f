import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createLog, type LogFields, type LogOptions } from "../lib/log.ts";
import { runDeno } from "./support/run.ts";

const NOW = new Date("2027-03-14T15:09:26.535Z");

function logged(options: LogOptions = {}) {
  const lines: string[] = [];
  return { lines, log: createLog({ now: () => NOW, write: (line) => lines.push(line), ...options }) };
}

/** The same in both formats. */
function both(message: string, fields: LogFields): { text: string; json: string } {
  const [text, json] = (["text", "json"] as const).map((format) => {
    const { lines, log } = logged({ format });
    log.info(message, fields);
    return lines[0]!;
  });
  return { text: text!, json: json! };
}

Deno.test("log: one line of text, or one JSON object, with the fields of the call on each", () => {
  const { lines, log } = logged();
  const call = log.with({ uuid: "u-1", persona: "assistant" });
  call.info("Call started");
  call.warn("Tool failed", { tool: "look up", durationMs: 12, error: undefined });
  assertEquals(lines, [
    "15:09:26.535 info  Call started uuid=u-1 persona=assistant",
    '15:09:26.535 warn  Tool failed uuid=u-1 persona=assistant tool="look up" durationMs=12',
  ]);
  const { json } = both("Call started", { uuid: "u-1", ok: true, gapMs: 1.5 });
  assertEquals(JSON.parse(json), {
    time: "2027-03-14T15:09:26.535Z",
    level: "info",
    message: "Call started",
    uuid: "u-1",
    ok: true,
    gapMs: 1.5,
  });
});

Deno.test("log: what is below the level is not told", () => {
  for (const [level, told] of [["debug", 4], ["info", 3], ["warn", 2], ["error", 1]] as const) {
    const { lines, log } = logged({ level });
    log.debug("a");
    log.info("a");
    log.warn("a");
    log.error("a");
    assertEquals(lines.length, told, level);
  }
});

Deno.test("log: a value can't begin a line of its own, move the cursor or turn the text around", () => {
  const hostile = [
    "x\n15:09:26.535 error The database is gone",
    "x\r\nlevel=error",
    "a\u2028b\u2029c\u0085d\u000be",
    "\u001b[2J\u001b[1;31mred",
    "\u009b31mred",
    "\u202egnihtyna\u202c \u2066x\u2069",
    "nul\0nul\u007f",
    'quote" level=error message="x',
    "\ud800 alone",
  ];
  for (const value of hostile) {
    for (const { text, json } of [both("It happened", { value }), both(`It ${value}`, {})]) {
      for (const line of [text, json]) {
        // deno-lint-ignore no-control-regex
        assert(!/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(line), line);
        assert(line.isWellFormed(), line);
      }
      assertEquals(text.indexOf(" info "), 12);
    }
    const { text, json } = both("It happened", { value });
    assertEquals(JSON.parse(json).value, value.toWellFormed() === value ? value : "\ud800 alone");
    assert(!/ (level|message)=/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '""')), text);
  }
});

Deno.test("log: a field can't take the place of the time, the level or the message", () => {
  const { json } = both("A tool failed", { message: "nothing happened", level: "debug", time: "never" });
  const { time, level, message, message_ } = JSON.parse(json);
  assertEquals([time, level, message], [NOW.toISOString(), "info", "A tool failed"]);
  assertEquals(message_, "nothing happened");
});

Deno.test("log: a value of any length is cut, the line stays readable", () => {
  const { text, json } = both("It happened", { reason: "x".repeat(1_000_000) });
  assert(text.length < 2100 && json.length < 2200);
  assertStringIncludes(JSON.parse(json).reason, "xxx...");
});

Deno.test("log: whoever reads it may go; the process goes on", async () => {
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  const url = new URL("../lib/log.ts", import.meta.url).href;
  await Deno.writeTextFile(
    script,
    `import { createLog } from "${url}";
const log = createLog();
Deno.stderr.close();
log.info("To nobody");
console.log("still here");`,
  );
  const { code, out } = await runDeno(["--no-prompt", "--allow-read", script]);
  await Deno.remove(script);
  assertEquals([code, out], [0, "still here\n"]);
});
