import { assertEquals } from "@std/assert";
import type { Overrides } from "../../lib/config.ts";
import type { Persona } from "../../lib/persona/define.ts";
import { longCallWarnings, summarizeOf } from "../../lib/persona/long-calls.ts";

const warnings = (persona: Persona, overrides: Overrides = {}) =>
  longCallWarnings({ instructions: "x", ...persona }, overrides);

Deno.test("summarizeOf(): a summary is asked for by word alone, and each value has its default", () => {
  assertEquals([summarizeOf({}), summarizeOf({ summarize: false })], [undefined, undefined]);
  assertEquals(summarizeOf({ summarize: true }), { afterTokens: 20_000, keepTurns: 2 });
  assertEquals(summarizeOf({ summarize: {} }), { afterTokens: 20_000, keepTurns: 2 });
  assertEquals(summarizeOf({ summarize: { keepTurns: 5 } }), { afterTokens: 20_000, keepTurns: 5 });
});

Deno.test("a limit above what the model reads is told with what counts instead", () => {
  const truncation = { tokenLimit: 60_000 };
  const told = "truncation.tokenLimit is more than gpt-realtime-1.5 reads: 27904 counts instead of 60000";
  assertEquals(warnings({ truncation }), []);
  assertEquals(warnings({ truncation, model: "gpt-realtime-1.5" }), [told]);
  assertEquals(warnings({ truncation }, { model: "gpt-realtime-1.5" }), [told]);
  assertEquals(warnings({ truncation, model: "gpt-realtime-1.5" }, { tokenLimit: 9000 }), []);
});

const LATE: [hazard: string, persona: Persona, overrides: Overrides, limit: number | undefined][] = [
  ["the defaults fit each other", { summarize: true }, {}, undefined],
  ["no summary, no doubt", { truncation: { tokenLimit: 5000 } }, {}, undefined],
  ["above the default limit", { summarize: { afterTokens: 30_000 } }, {}, 24_000],
  ["above the persona's limit", { summarize: true, truncation: { tokenLimit: 12_000 } }, {}, 12_000],
  ["above the environment's limit", { summarize: true }, { tokenLimit: 12_000 }, 12_000],
  ["the model's own limit is far", { summarize: { afterTokens: 90_000 }, truncation: "auto" }, {}, undefined],
  [
    "above the model's own limit",
    { summarize: { afterTokens: 30_000 }, truncation: "auto", model: "gpt-realtime-1.5" },
    {},
    27_904,
  ],
  [
    "the environment takes the limit away",
    { summarize: true, truncation: { tokenLimit: 12_000 } },
    { retentionRatio: "auto" },
    undefined,
  ],
  [
    "the environment makes a limit",
    { summarize: { afterTokens: 30_000 }, truncation: "auto" },
    { retentionRatio: 0.5 },
    24_000,
  ],
];

Deno.test.each(LATE)(
  "turns that may be lost before they are summed up: %s",
  (_, persona, overrides, limit) => {
    const after = summarizeOf(persona)?.afterTokens;
    const told =
      `summarize.afterTokens ${after} is not below the ${limit} tokens at which turns are left out: ` +
      "they may be lost before they are summed up";
    assertEquals(warnings(persona, overrides), limit === undefined ? [] : [told]);
  },
);
