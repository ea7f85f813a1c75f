import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  type BilledTokens,
  costUsd,
  PRICES,
  PRICES_AS_OF,
  TRANSCRIPTION_PRICES,
  transcriptionUsd,
} from "../../lib/config/prices.ts";
import { DEFAULT_MODEL, DEFAULT_TRANSCRIPTION_MODEL } from "../../lib/config/models.ts";

const NOTHING: BilledTokens = {
  inputTokens: 0,
  inputTextTokens: 0,
  inputAudioTokens: 0,
  cachedTokens: 0,
  cachedTextTokens: 0,
  cachedAudioTokens: 0,
  outputTokens: 0,
  outputTextTokens: 0,
  outputAudioTokens: 0,
};

const cost = (model: string, tokens: Partial<BilledTokens>) => costUsd(model, { ...NOTHING, ...tokens })!;

Deno.test("each kind of token has its own price", () => {
  const million = 1e6;
  const model = "gpt-realtime-2.1";
  assertAlmostEquals(cost(model, { inputTokens: million, inputTextTokens: million }), 4);
  assertAlmostEquals(cost(model, { inputTokens: million, inputAudioTokens: million }), 32);
  assertAlmostEquals(cost(model, { outputTokens: million, outputTextTokens: million }), 24);
  assertAlmostEquals(cost(model, { outputTokens: million, outputAudioTokens: million }), 64);
  assertAlmostEquals(cost("gpt-realtime-1.5", { outputTokens: million, outputTextTokens: million }), 16);
  assertAlmostEquals(
    cost("gpt-realtime-2.1-mini", { outputTokens: million, outputAudioTokens: million }),
    20,
  );
});

Deno.test("cached tokens are a part of the input and not billed a second time", () => {
  // 1000 of text, 640 of them cached; 2000 of audio, 1280 of them cached; 100 and 400 out.
  const usd = cost("gpt-realtime-2.1", {
    inputTokens: 3000,
    inputTextTokens: 1000,
    inputAudioTokens: 2000,
    cachedTokens: 1920,
    cachedTextTokens: 640,
    cachedAudioTokens: 1280,
    outputTokens: 500,
    outputTextTokens: 100,
    outputAudioTokens: 400,
  });
  const millionths = 360 * 4 + 640 * 0.4 + 720 * 32 + 1280 * 0.4 + 100 * 24 + 400 * 64;
  assertAlmostEquals(usd, millionths / 1e6, 1e-12);
});

Deno.test("what the server does not split is estimated high, and never below nothing", () => {
  const model = "gpt-realtime-2.1";
  // Cached as text and not as audio, on which it would save eighty times as much.
  assertAlmostEquals(
    cost(model, { inputTokens: 2000, inputTextTokens: 1000, inputAudioTokens: 1000, cachedTokens: 500 }),
    (500 * 4 + 500 * 0.4 + 1000 * 32) / 1e6,
    1e-12,
  );
  assertAlmostEquals(
    cost(model, { inputTokens: 1000, outputTokens: 10 }),
    (1000 * 32 + 10 * 64) / 1e6,
    1e-12,
  );
  const tooMuchCached = { inputTextTokens: 100, inputTokens: 100, cachedTokens: 900, cachedTextTokens: 900 };
  assertAlmostEquals(cost(model, tooMuchCached), 100 * 0.4 / 1e6, 1e-12);
});

Deno.test("dated versions cost as their model, an unknown model has no price", () => {
  const tokens = { inputTokens: 1000, inputAudioTokens: 1000 };
  assertEquals(cost("gpt-realtime-2025-08-28", tokens), cost("gpt-realtime", tokens));
  assertEquals(costUsd("llama", NOTHING), undefined);
  assertEquals(costUsd("constructor", NOTHING), undefined);
  assertEquals(costUsd("gpt-realtime-2.1", NOTHING), 0);
});

Deno.test("the model that calls get by default has a price, and the table says how old it is", () => {
  assertEquals(Object.hasOwn(PRICES, DEFAULT_MODEL), true);
  assertEquals(Object.hasOwn(TRANSCRIPTION_PRICES, DEFAULT_TRANSCRIPTION_MODEL), true);
  assertEquals(/^\d{4}-\d\d$/.test(PRICES_AS_OF), true);
});

Deno.test("transcription costs by the minute or by tokens, as its model is billed", () => {
  const minute = { by: "duration", seconds: 60 } as const;
  assertAlmostEquals(transcriptionUsd("gpt-transcribe", minute)!, 0.0045, 1e-12);
  assertAlmostEquals(transcriptionUsd("gpt-realtime-whisper", minute)!, 0.017, 1e-12);
  assertAlmostEquals(transcriptionUsd("gpt-transcribe", { by: "duration", seconds: 3 })!, 0.000225, 1e-12);
  const tokens = {
    by: "tokens",
    inputTokens: 70,
    inputTextTokens: 10,
    inputAudioTokens: 60,
    outputTokens: 20,
  } as const;
  assertAlmostEquals(
    transcriptionUsd("gpt-4o-mini-transcribe-2025-12-15", tokens)!,
    (10 * 1.25 + 60 * 3 + 20 * 5) / 1e6,
    1e-12,
  );
  // What is not split is the dearer kind.
  const whole = { ...tokens, inputTextTokens: 0, inputAudioTokens: 0 };
  assertAlmostEquals(transcriptionUsd("gpt-4o-transcribe", whole)!, (70 * 6 + 20 * 10) / 1e6, 1e-12);
  // A model that bills tokens has a price for the minute all the same.
  assertAlmostEquals(transcriptionUsd("gpt-4o-transcribe", minute)!, 0.006, 1e-12);
});

Deno.test("what transcription cost is not known without a price, without a bill, or where the two do not meet", () => {
  const tokens = {
    by: "tokens",
    inputTokens: 1,
    inputTextTokens: 0,
    inputAudioTokens: 1,
    outputTokens: 1,
  } as const;
  assertEquals(transcriptionUsd("my-whisper", { by: "duration", seconds: 1 }), undefined);
  assertEquals(transcriptionUsd("gpt-transcribe", undefined), undefined);
  assertEquals(transcriptionUsd("gpt-transcribe", tokens), undefined);
});
