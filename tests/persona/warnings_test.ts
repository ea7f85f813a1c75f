import { assertEquals } from "@std/assert";
import { z } from "zod";
import type { Overrides } from "../../lib/config.ts";
import type { Persona } from "../../lib/persona/define.ts";
import { warningsOf } from "../../lib/persona/warnings.ts";

const variables = z.object({ from: z.string().optional() });
const idle = { afterSeconds: 8, say: ["Hello?"] };

const WARNINGS: [persona: Persona, overrides: Overrides, warnings: string[]][] = [
  [{}, {}, []],
  [{ interrupt: {}, idle, limits: { minutes: 5, warning: "Soon." } }, {}, []],
  [
    { interrupt: {}, turn: { type: "semantic_vad", interruptResponse: false } },
    {},
    ["interrupt has no effect, as interruptResponse is false: nothing interrupts the agent"],
  ],
  [
    { interrupt: {} },
    { interruptResponse: false },
    ["interrupt has no effect, as interruptResponse is false: nothing interrupts the agent"],
  ],
  [
    { interrupt: {}, turn: { type: "server_vad", interruptResponse: false } },
    { interruptResponse: true },
    [],
  ],
  [{ handoffVoice: "switch" }, {}, ["handoffVoice has no effect without handoffs"]],
  [{ handoffVoice: "switch", handoffs: { sales: "To buy." } }, {}, []],
  [
    { mcp: [{ label: "crm", url: "https://crm.example", authorizationEnv: "CRM_TOKEN" }] },
    {},
    ["mcp crm is left out, as CRM_TOKEN is not set"],
  ],
  [{ limits: { warning: "Soon." } }, {}, ["limits has no effect without minutes or usd"]],
  [{ limits: { usd: 0.5, goodbye: "Bye." } }, {}, []],
  [
    { limits: { usd: 0.5, warning: "Soon." } },
    {},
    ["limits.warning and warningSeconds have no effect without minutes"],
  ],
  [
    { limits: { usd: 0.01 } },
    {},
    ["limits.usd 0.01 is so little that a call may end after its first answer"],
  ],
  [
    { limits: { usd: 1 }, model: "llama-voice" },
    {},
    ["limits.usd can't be held, as the price of llama-voice is not known (prices of 2026-11)"],
  ],
  [{ limits: { usd: 1 }, model: "llama-voice" }, { model: "gpt-realtime-2.1-mini" }, []],
  [
    { limits: { minutes: 1, warningSeconds: 60 } },
    {},
    ["limits.warningSeconds has no effect, as it is not shorter than limits.minutes"],
  ],
  [
    { limits: { minutes: 5, warning: "Soon.", warningSeconds: 0 } },
    {},
    ["limits.warning has no effect, as limits.warningSeconds is 0"],
  ],
  [
    { idle },
    { idleTimeoutMs: 8000 },
    ["OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS has no effect, as the persona's idle takes its place"],
  ],
  [{ idle }, { idleTimeoutMs: "off" }, []],
  [{}, { eagerness: "low" }, ["OPENAI_TURN_DETECTION_EAGERNESS has no effect with server_vad"]],
  [
    { turn: { type: "semantic_vad" } },
    { silenceMs: 300, threshold: 0.6, eagerness: "low" },
    [
      "OPENAI_TURN_DETECTION_THRESHOLD has no effect with semantic_vad",
      "OPENAI_TURN_DETECTION_SILENCE_MS has no effect with semantic_vad",
    ],
  ],
  [{ turn: { type: "semantic_vad" } }, { silenceMs: 300, turnDetection: "server_vad" }, []],
  [
    {
      variables,
      greeting: "Hi {{nmae}} {{from}} {{date}} {{who|you}}",
      idle: { ...idle, thenHangUp: "{{bye}}" },
    },
    {},
    [
      "greeting names {{nmae}}, which variables does not have",
      "idle.thenHangUp names {{bye}}, which variables does not have",
    ],
  ],
  [{ variables, style: { tone: "{{mood}}" } }, {}, [
    "style.tone names {{mood}}, which variables does not have",
  ]],
  [{ greeting: "Hi {{anything}}" }, {}, []],
];

Deno.test("what is allowed in a persona and has no effect, or no value, is one warning each", () => {
  for (const [persona, overrides, warnings] of WARNINGS) {
    const told = warningsOf({ instructions: "x", ...persona }, overrides);
    assertEquals(told, warnings, JSON.stringify([persona, overrides]));
  }
});
