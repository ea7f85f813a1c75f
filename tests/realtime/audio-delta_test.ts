import { assertEquals } from "@std/assert";
import { audioDeltaIn } from "../../lib/realtime/audio-delta.ts";
import { parseServerEvent } from "../../lib/realtime/events.ts";

const AUDIO = new Uint8Array(480).map((_, index) => index * 7).toBase64();
const WHOLE = {
  type: "response.output_audio.delta",
  event_id: "event_1",
  response_id: "resp_1",
  item_id: "item_1",
  output_index: 0,
  content_index: 2,
  delta: AUDIO,
};
const wanted = {
  type: "response.output_audio.delta",
  responseId: "resp_1",
  itemId: "item_1",
  contentIndex: 2,
  delta: AUDIO,
};

Deno.test("audio delta: as the API writes it, it is read without the parser", () => {
  assertEquals(audioDeltaIn(JSON.stringify(WHOLE)), wanted);
  const { type, ...rest } = WHOLE;
  assertEquals(
    audioDeltaIn(
      JSON.stringify({ ...rest, delta: undefined, type }).slice(0, -1) +
        `,"delta":"${AUDIO}"}`,
    ),
    wanted,
  );
});

/** The event with these of its keys first. */
const withFirst = (...keys: (keyof typeof WHOLE)[]) =>
  JSON.stringify(Object.fromEntries([...keys.map((key) => [key, WHOLE[key]]), ...Object.entries(WHOLE)]));

/** Every one is legal JSON for the same event. */
const SPELLINGS: readonly [name: string, text: string][] = [
  ["spaces", JSON.stringify(WHOLE, undefined, 1)],
  ["a space before the value", JSON.stringify(WHOLE).replace('"delta":', '"delta": ')],
  ["a space at the end", `${JSON.stringify(WHOLE)} `],
  ["a space at the start", ` ${JSON.stringify(WHOLE)}`],
  ["a line's end before the brace", JSON.stringify(WHOLE).slice(0, -1) + "\n}"],
  ["the audio first", withFirst("delta")],
  ["the audio in the middle", withFirst("type", "delta")],
  ["keys behind the audio", JSON.stringify({ ...WHOLE, obfuscation: "x" })],
  ["the type last", JSON.stringify({ ...WHOLE, type: undefined }).slice(0, -1) + `,"type":"${WHOLE.type}"}`],
  ["an escaped type", JSON.stringify(WHOLE).replace("response.output", "response\\u002eoutput")],
  ["an escaped key", JSON.stringify(WHOLE).replace('"item_id"', '"item\\u005fid"')],
  ["an escaped audio key", JSON.stringify(WHOLE).replace('"delta"', '"\\u0064elta"')],
  ["an escape in an id", JSON.stringify(WHOLE).replace("item_1", "item\\u005f1")],
  ["escaped slashes in the audio", JSON.stringify(WHOLE).replaceAll("/", "\\/")],
  [
    "an escaped letter in the audio",
    JSON.stringify(WHOLE).replace(AUDIO, `\\u00${AUDIO.charCodeAt(0).toString(16)}${AUDIO.slice(1)}`),
  ],
  ["a key twice", JSON.stringify(WHOLE).replace('"item_id"', '"item_id":"other","item_id"')],
  ["the audio twice", JSON.stringify(WHOLE).replace('"delta"', '"delta":"AAAA","delta"')],
  ["a null between", JSON.stringify(WHOLE).replace('"output_index":0', '"output_index":null')],
  [
    "an object between",
    JSON.stringify(WHOLE).replace('"output_index":0', '"output_index":{"a":"b","delta":"c"}'),
  ],
  ["a fraction", JSON.stringify(WHOLE).replace('"content_index":2', '"content_index":2.0')],
  ["an exponent", JSON.stringify(WHOLE).replace('"content_index":2', '"content_index":2e0')],
  [
    "many keys",
    JSON.stringify({ ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, i])), ...WHOLE }),
  ],
  ["a text in the place of a number", JSON.stringify({ ...WHOLE, output_index: "0" })],
  ["a quote in a foreign value", JSON.stringify({ note: 'say "delta":"AAAA"', ...WHOLE })],
];

Deno.test.each(SPELLINGS)("audio delta: %s: another legal spelling means the same", (_, text) => {
  assertEquals(JSON.parse(text).item_id, "item_1");
  assertEquals(parseServerEvent(text) as unknown, { ...wanted });
});

Deno.test.each<[name: string, text: string]>([
  ["another event", JSON.stringify({ ...WHOLE, type: "response.output_audio_transcript.delta" })],
  ["no JSON", JSON.stringify(WHOLE).slice(1)],
  ["cut off", JSON.stringify(WHOLE).slice(0, -20)],
  ["empty", ""],
  ["a brace", "{"],
  ["only the audio's key", '{"type":"response.output_audio.delta","delta":"}'],
])("audio delta: %s is left to the parser", (_, text) => {
  assertEquals(audioDeltaIn(text), undefined);
});
