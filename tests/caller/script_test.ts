import { assertEquals } from "@std/assert";
import { DEFAULT_TIMING, type Hearing, Script, type Step, type Timing } from "../../lib/caller/script.ts";

/** Something said by the agent, or by the caller for as long as the step lasts. Times in ms. */
interface Scene {
  steps: number;
  timing?: Partial<Timing>;
  /** Agent audio: from when, how long, or after which step of the caller it comes. */
  agent: { fromMs?: number; afterStep?: number; delayMs?: number; lengthMs: number }[];
  /** How long each step takes. @default 1000 */
  stepMs?: number;
}

/** Plays a scene in steps of 20 ms; tells when each step began and when and why the call ended. */
function play(
  { steps, timing, agent, stepMs = 1000 }: Scene,
): { begunMs: number[]; endMs: number; why: string } {
  const all: Step[] = Array.from({ length: steps }, () => ({ say: new Int16Array(0) }));
  const script = new Script(all, { ...DEFAULT_TIMING, ...timing });
  const spoken = agent.map(({ fromMs = Infinity, lengthMs }) => ({ fromMs, untilMs: fromMs + lengthMs }));
  const begunMs: number[] = [];
  let doneMs = Infinity;
  for (let nowMs = 0; nowMs < 600_000; nowMs += 20) {
    const heardTotalMs = spoken.reduce(
      (sum, { fromMs, untilMs }) => sum + Math.max(0, Math.min(nowMs, untilMs) - Math.min(nowMs, fromMs)),
      0,
    );
    const begun = spoken.filter(({ fromMs }) => fromMs <= nowMs);
    const quietMs = begun.length === 0
      ? undefined
      : Math.max(0, nowMs - Math.max(...begun.map(({ untilMs }) => untilMs)));
    const hearing: Hearing = { nowMs, heardTotalMs, quietMs };
    if (nowMs >= doneMs) {
      doneMs = Infinity;
      script.done(hearing);
      agent.forEach(({ afterStep, delayMs = 0, lengthMs }, index) => {
        if (afterStep !== begunMs.length) return;
        spoken[index] = { fromMs: nowMs + delayMs, untilMs: nowMs + delayMs + lengthMs };
      });
    }
    const action = script.next(hearing);
    if (action?.do === "begin") {
      begunMs.push(nowMs);
      doneMs = nowMs + stepMs;
    }
    if (action?.do === "end") return { begunMs, endMs: nowMs, why: action.why };
  }
  throw new Error("The call did not end in ten minutes");
}

const GREETING = { fromMs: 300, lengthMs: 2000 };

Deno.test("the caller speaks when the greeting has ended and 0.7 s of silence followed", () => {
  const answer = { afterStep: 1, delayMs: 500, lengthMs: 3000 };
  assertEquals(play({ steps: 1, agent: [GREETING, answer] }), {
    begunMs: [3000],
    endMs: 3000 + 1000 + 500 + 3000 + 2000,
    why: "answered",
  });
});

Deno.test("a pause inside the greeting is not its end", () => {
  const parts = [{ fromMs: 300, lengthMs: 1000 }, { fromMs: 1900, lengthMs: 1000 }];
  assertEquals(play({ steps: 1, agent: parts }).begunMs, [3600]);
});

Deno.test("without a greeting the caller speaks after 5 s", () => {
  assertEquals(play({ steps: 1, agent: [] }), { begunMs: [5000], endMs: 16_000, why: "no answer" });
});

Deno.test("speak at once, or at a time, whatever the agent says", () => {
  assertEquals(play({ steps: 1, timing: { speakAtMs: 0 }, agent: [GREETING] }).begunMs, [0]);
  assertEquals(play({ steps: 1, timing: { speakAtMs: 1000 }, agent: [GREETING] }).begunMs, [1000]);
});

Deno.test("a further turn waits for the end of the answer before it", () => {
  const answer = { afterStep: 1, delayMs: 500, lengthMs: 4000 };
  assertEquals(play({ steps: 2, agent: [GREETING, answer] }).begunMs, [3000, 4000 + 500 + 4000 + 700]);
});

Deno.test("with barge-in a further turn begins 1.5 s into the answer before it", () => {
  const answer = { afterStep: 1, delayMs: 500, lengthMs: 4000 };
  const scene = { steps: 2, timing: { bargeIn: true }, agent: [GREETING, answer] };
  assertEquals(play(scene).begunMs, [3000, 4000 + 500 + 1500]);
});

Deno.test("an answer shorter than that is not waited on for ever", () => {
  const answer = { afterStep: 1, delayMs: 500, lengthMs: 900 };
  const scene = { steps: 2, timing: { bargeIn: true }, agent: [GREETING, answer] };
  assertEquals(play(scene).begunMs, [3000, 4000 + 500 + 900 + 700]);
});

Deno.test("the first turn never barges in on the greeting", () => {
  assertEquals(play({ steps: 1, timing: { bargeIn: true }, agent: [GREETING] }).begunMs, [3000]);
});

Deno.test("without an answer the next turn comes after 10 s", () => {
  assertEquals(play({ steps: 2, agent: [GREETING] }), {
    begunMs: [3000, 14_000],
    endMs: 25_000,
    why: "no answer",
  });
});

Deno.test("the silence after the greeting is not taken for the end of an answer", () => {
  const late = { afterStep: 1, delayMs: 6000, lengthMs: 1000 };
  assertEquals(play({ steps: 1, agent: [GREETING, late] }).endMs, 4000 + 6000 + 1000 + 2000);
});

Deno.test("an agent that never stops is listened to for as long as asked, then the call goes on and ends", () => {
  const scene = { steps: 1, timing: { listenMs: 20_000 }, agent: [{ fromMs: 0, lengthMs: 1e9 }] };
  assertEquals(play(scene), { begunMs: [20_000], endMs: 41_000, why: "limit" });
});

Deno.test("a caller with nothing to say listens to the greeting", () => {
  assertEquals(play({ steps: 0, agent: [GREETING] }), { begunMs: [], endMs: 4300, why: "answered" });
});
