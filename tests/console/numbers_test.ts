import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { barPath, latencyChart } from "../../lib/console/page/call/latency-chart.js";
import { median, Numbers } from "../../lib/console/page/call/numbers.js";
import type { EndReason } from "../../lib/call/events.ts";
import { endingText, spanText, timeText, usdText } from "../../lib/console/page/call/words.js";

const AREA = { width: 360, height: 120, left: 40, top: 10, bottom: 20 };
const answers = (...latencies: number[]) =>
  latencies.map((latencyMs) => ({ latencyMs, modelMs: latencyMs / 2, atMs: 0 }));

Deno.test("latency chart: bars stand on nothing, reach their time on the scale, and none leaves the drawing", () => {
  const { bars, grid, base } = latencyChart(answers(500, 1000, 250), AREA);
  assertEquals(base, 100);
  assertEquals(grid.map(({ label }) => label), ["0", "0.5 s", "1 s"]);
  assertEquals(bars.map(({ top }) => top), [55, 10, 77.5]);
  // Below the split is what passed before the model took the turn for ended.
  assertEquals(bars.map(({ split }) => split), [77.5, 55, 88.75]);
  assert(bars.every(({ x, width }) => x >= AREA.left && x + width <= AREA.width));
});

Deno.test("latency chart: a single fast answer does not fill the scale, and a slow one fits in it", () => {
  assertEquals(latencyChart(answers(100), AREA).bars[0]!.top, 91);
  for (const slow of [1001, 2400, 9900, 45_000, 400_000]) {
    const { bars, grid } = latencyChart(answers(slow), AREA);
    assert(bars[0]!.top >= AREA.top, `${slow}: ${bars[0]!.top}`);
    assert(grid.length <= 6, `${slow}: ${grid.length} lines`);
  }
  assertEquals(latencyChart([], AREA).bars, []);
});

Deno.test("latency chart: of a long call the last answers are shown, by their own numbers", () => {
  const { bars } = latencyChart(answers(...Array.from({ length: 50 }, (_, index) => index)), AREA);
  assertEquals([bars.length, bars[0]!.turn, bars.at(-1)!.turn], [20, 31, 50]);
});

Deno.test("latency chart: a bar's outline is closed, and its corners never overlap", () => {
  const bar = { x: 10, width: 20, bottom: 100, round: 3 };
  assertEquals(barPath({ ...bar, top: 40 }), "M10 100V43Q10 40 13 40H27Q30 40 30 43V100Z");
  assertEquals(barPath({ ...bar, top: 98 }), "M10 100V100Q10 98 12 98H28Q30 98 30 100V100Z");
  assert(!barPath({ ...bar, top: 120 }).includes("NaN"));
});

const response = (costUsd: number | undefined, tokens = 0) => ({
  type: "response",
  model: "m",
  ...(costUsd === undefined ? {} : { costUsd }),
  usage: {
    inputTextTokens: tokens,
    inputAudioTokens: 2 * tokens,
    cachedTokens: tokens,
    outputTextTokens: 3,
    outputAudioTokens: 4,
  },
});

Deno.test("numbers: what the caller's words cost to be written down is part of the call's cost", () => {
  const numbers = new Numbers();
  const transcription = (fields: object) => ({ type: "transcription", outcome: "completed", ...fields });
  numbers.take(response(0.01), 0);
  assertEquals(numbers.take(transcription({ costUsd: 0.002 }), 0), true);
  assertAlmostEquals(numbers.costUsd, 0.012, 1e-12);
  numbers.take(transcription({ outcome: "failed" }), 0);
  assertEquals(numbers.isCostPartial, false);
  numbers.take(transcription({}), 0);
  assertEquals([numbers.responses, numbers.isCostPartial], [1, true]);
});

Deno.test("numbers: cost and tokens add up; cached tokens are a part of the input and not more", () => {
  const numbers = new Numbers();
  numbers.take(response(0.01, 100), 0);
  numbers.take(response(0.02, 10), 0);
  assertAlmostEquals(numbers.costUsd, 0.03, 1e-12);
  assertEquals(numbers.tokens, { inText: 110, inAudio: 220, cached: 110, outText: 6, outAudio: 8 });
  assertEquals([numbers.totalTokens, numbers.isCostPartial], [344, false]);
  numbers.take(response(undefined), 0);
  assertEquals([numbers.responses, numbers.isCostPartial], [3, true]);
});

Deno.test("numbers: the greeting is not among the answers, and events of no number change nothing", () => {
  const numbers = new Numbers();
  assertEquals(numbers.take({ type: "first_audio", sinceStartMs: 420 }, 0), true);
  assertEquals(numbers.take({ type: "answered", latencyMs: 640, modelMs: 140 }, 9), true);
  assertEquals(numbers.take({ type: "digit", digit: "1" }, 0), false);
  assertEquals([numbers.greetingMs, numbers.answers], [420, [{ latencyMs: 640, modelMs: 140, atMs: 9 }]]);
});

Deno.test("numbers: the median of nothing is nothing, of two the mean", () => {
  assertEquals([median([]), median([3]), median([9, 1]), median([9, 1, 2])], [undefined, 3, 5, 2]);
});

Deno.test("words: times and sums as people write them", () => {
  assertEquals([timeText(0), timeText(65_900), timeText(65_940, true), timeText(3_600_000)], [
    "0:00",
    "1:05",
    "1:05.9",
    "60:00",
  ]);
  assertEquals([spanText(12.4), spanText(640), spanText(1234)], ["12 ms", "0.64 s", "1.23 s"]);
  assertEquals([usdText(0.0123), usdText(12.345)], ["$0.0123", "$12.35"]);
});

Deno.test("words: however a call ends, the page says it in words", () => {
  const reasons = {
    hung_up: 0,
    idle: 0,
    key: 0,
    time_limit: 0,
    cost_limit: 0,
    line_limit: 0,
    line_lost: 0,
    agent_hung_up: 0,
    transferred: 0,
    model_failed: 0,
    shutdown: 0,
    internal_error: 0,
  } satisfies Record<EndReason, 0>;
  for (const reason of [...Object.keys(reasons), "refused", "unanswered", "lost", "closed"]) {
    const text = endingText(reason);
    assert(!text.includes(reason) || !reason.includes("_"), text);
    assert(!text.startsWith("The call ended"), text);
  }
  assertEquals(endingText("of_tomorrow"), "The call ended: of_tomorrow");
  assertEquals(endingText("closed", "The model is away"), "The call could not go on");
});
