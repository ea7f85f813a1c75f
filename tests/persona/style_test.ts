import { assertEquals } from "@std/assert";
import { renderStyle } from "../../lib/persona/style.ts";

Deno.test("renderStyle() tells the lines with the guide's labels, in its order, a blank line between", () => {
  const style = {
    pauses: "g",
    pronunciation: "f",
    personality: "e",
    emotion: "d",
    pacing: "c",
    tone: "b",
    affect: "a",
  };
  assertEquals(
    renderStyle(style),
    "Voice Affect: a\n\nTone: b\n\nPacing: c\n\nEmotion: d\n\nPersonality: e\n\nPronunciation: f\n\nPauses: g",
  );
});

Deno.test("renderStyle() leaves out what is not there", () => {
  assertEquals(renderStyle({ tone: " Warm. " }), "Tone: Warm.");
  assertEquals(renderStyle({}), "");
  assertEquals(renderStyle(undefined), "");
});
