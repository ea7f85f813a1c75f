import { assertEquals } from "@std/assert";
import { Mouth } from "../../lib/caller/mouth.ts";

/** What comes out in `count` frames of 20 ms: the first sample, `!` where the step is done, the key. */
function frames(mouth: Mouth, count: number, fromMs = 0): string[] {
  return Array.from({ length: count }, (_, index) => {
    const { frame, digit, done } = mouth.next(fromMs + index * 20);
    assertEquals(frame.length, 160);
    return `${frame[0]}${digit ?? ""}${done ? "!" : ""}`;
  });
}

Deno.test("a line that nobody speaks on carries silence", () => {
  assertEquals(frames(new Mouth(), 2), ["0", "0"]);
});

Deno.test("speech goes out in frames, the last one padded", () => {
  const mouth = new Mouth();
  mouth.begin({ say: new Int16Array(330).fill(9000) }, 0);
  assertEquals(frames(mouth, 2), ["9000", "9000"]);
  const { frame, done } = mouth.next(40);
  assertEquals([frame[9], frame[10], done], [9000, 0, true]);
  assertEquals(frames(mouth, 2), ["0", "0"]);
});

Deno.test("a step is done with its last loud frame, once; the quiet rest still goes out", () => {
  const mouth = new Mouth();
  const say = new Int16Array(160 * 5).fill(20);
  say.fill(8000, 0, 320);
  mouth.begin({ say }, 0);
  assertEquals(frames(mouth, 7), ["8000", "8000!", "20", "20", "20", "0", "0"]);
});

Deno.test("a recording of silence, and an empty one, end as well", () => {
  const mouth = new Mouth();
  mouth.begin({ say: new Int16Array(320) }, 0);
  assertEquals(frames(mouth, 3), ["0", "0!", "0"]);
  mouth.begin({ say: new Int16Array(0) }, 0);
  assertEquals(frames(mouth, 2), ["0!", "0"]);
});

Deno.test("keys are 200 ms apart and the last one ends the step", () => {
  const mouth = new Mouth();
  mouth.begin({ press: "1#" }, 1000);
  const out = frames(mouth, 12, 1000);
  assertEquals(out[0], "01");
  assertEquals(out[10], "0#!");
  assertEquals(out.filter((each) => each === "0").length, 10);
});

Deno.test("a new step breaks off the one before", () => {
  const mouth = new Mouth();
  mouth.begin({ say: new Int16Array(1600).fill(8000) }, 0);
  frames(mouth, 2);
  mouth.begin({ press: "5" }, 40);
  assertEquals(frames(mouth, 3, 40), ["05!", "0", "0"]);
});
