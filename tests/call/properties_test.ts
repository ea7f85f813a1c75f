import { assert, assertEquals } from "@std/assert";
import { Floor } from "../../lib/call/floor.ts";
import { Playback } from "../../lib/call/playback.ts";
import { Responses } from "../../lib/call/responses.ts";
import { Turns } from "../../lib/call/turns.ts";
import type { Line } from "../../lib/line/line.ts";
import { LinePresence } from "../../lib/line/presence.ts";
import { LineSwitch } from "../../lib/line/switch.ts";
import { silentLog } from "../../lib/log.ts";
import { createRandom } from "../../lib/simulator/ids.ts";
import { VirtualClock } from "../support/clock.ts";

const RUNS = 2000;
const STEPS = 120;

interface Item {
  readonly id: string;
  readonly responseId: string;
  generatedMs: number;
}

/**
 * A model that behaves as badly as the real one may, in any order: bursts, several items, VAD's responses racing with
 * ours, cancelled responses that go on talking, response.done that never had a response.created. And a line that comes
 * and goes.
 */
function storm(seed: number) {
  const { next } = createRandom(seed);
  const pick = <T>(list: readonly T[]) => list[Math.floor(next() * list.length)]!;
  const clock = new VirtualClock();
  const presence = new LinePresence(clock);
  const playback = new Playback(clock, Math.floor(next() * 150), presence);
  const items = new Map<string, Item>();
  /** What the server has in progress, and which response.create of ours it has not answered yet. */
  let active: string | undefined;
  const asked: { key: string; atMs: number }[] = [];
  let responseCount = 0;
  let itemCount = 0;
  const truncations: { itemId: string; ms: number }[] = [];
  let creates = 0;

  const send = (event: { type: string } & Record<string, unknown>) => {
    if (event.type === "response.create") {
      creates++;
      asked.push({ key: String(event.event_id), atMs: clock.now() });
    } else if (event.type === "conversation.item.truncate") {
      truncations.push({ itemId: String(event.item_id), ms: Number(event.audio_end_ms) });
    } else if (event.type === "conversation.item.delete") {
      truncations.push({ itemId: String(event.item_id), ms: 0 });
    }
  };
  const responses = new Responses(clock, send as never, silentLog);
  let heldOnLine = false;
  const turns = new Turns({
    playback,
    responses,
    send: send as never,
    interruption: () => heldOnLine = false,
    discard: () => {},
    onCut: () => {},
  });
  const floor = new Floor({
    clock,
    turns,
    responses,
    send: send as never,
    detection: { type: "server_vad", create_response: true, interrupt_response: true },
    guard: undefined,
    onCaller: () => {},
    onIgnored: () => {},
  });

  const metadata = (key?: string) => key === undefined ? {} : { parley_request: key };
  /** What is not answered in 10 s was lost on its way. */
  const forgetLost = () => {
    while (asked[0] && clock.now() - asked[0].atMs >= 10_000) asked.shift();
  };
  const steps = [
    function speak() {
      if (active === undefined || responses.isDropped(active)) return;
      const mine = [...items.values()].filter(({ responseId }) => responseId === active);
      let item = mine.at(-1);
      if (!item || next() < 0.1) {
        item = { id: `i${itemCount++}`, responseId: active, generatedMs: 0 };
        items.set(item.id, item);
      }
      const ms = Math.floor(next() * 400) + (next() < 0.3 ? next() : 0);
      item.generatedMs += ms;
      playback.generated(active, item.id, 0, ms);
      for (let left = ms; left > 0; left -= 20) playback.sent(item.id, Math.min(20, left), 20);
      heldOnLine = true;
    },
    function interrupt() {
      const before = truncations.length;
      floor.speechStarted();
      if (active !== undefined) {
        responses.done({ id: active, metadata: {} });
        active = undefined;
      }
      const cuts = truncations.slice(before);
      // Of the items cut, at most the first is partly heard: what lies behind it in the queue was not heard at all.
      assert(cuts.filter(({ ms }) => ms > 0).length <= 1, "audio of at most one item after an interruption");
      assert(!heldOnLine || playback.unheardMs() === 0, "the line holds nothing after an interruption");
    },
    function stopSpeaking() {
      floor.speechStopped("u");
      floor.committed("u");
    },
    function vadCreates() {
      if (active !== undefined) return;
      active = `r${responseCount++}`;
      responses.created(active, {});
      floor.answered();
    },
    function answerOurs() {
      forgetLost();
      const key = asked.shift()?.key;
      if (key === undefined) return;
      if (active !== undefined) {
        responses.refused({
          type: "invalid_request_error",
          code: "conversation_already_has_active_response",
          message: "",
          param: undefined,
          eventId: next() < 0.5 ? key : undefined,
        });
        return;
      }
      active = `r${responseCount++}`;
      responses.created(active, metadata(key));
      floor.answered();
    },
    function finish() {
      if (active === undefined) return;
      const id = active;
      active = undefined;
      responses.done({ id, metadata: {} });
    },
    function stray() {
      responses.done({ id: `stray${next()}`, metadata: {} });
    },
    function request() {
      responses.request({ purpose: "test", unlessAnswered: next() < 0.5 });
    },
    function time() {
      clock.advance(Math.floor(next() * 600));
    },
    function lineGoes() {
      if (next() < 0.5) presence.leave();
    },
    function lineComes() {
      presence.come();
    },
    function longTime() {
      if (next() < 0.1) clock.advance(20_000);
    },
  ];

  for (let step = 0; step < STEPS; step++) {
    pick(steps)();
    for (const view of playback.items()) {
      const made = items.get(view.itemId)!.generatedMs;
      const where = `seed ${seed}, step ${step}, item ${view.itemId}`;
      assert(view.heardMs <= view.sentMs + 1e-6, `heard <= sent: ${where}`);
      assert(view.sentMs <= view.generatedMs + 1e-6, `sent <= generated: ${where}`);
      assert(Math.abs(view.generatedMs - made) < 1e-6, `generated as made: ${where}`);
      assert(view.heardMs >= 0, `nothing less than nothing is heard: ${where}`);
    }
    // The server would refuse a second one: at most one of ours is on its way.
    forgetLost();
    assert(asked.length <= 1, `one response.create at a time: seed ${seed}, step ${step}`);
  }
  for (const { itemId, ms } of truncations) {
    assert(
      Number.isInteger(ms) && ms >= 0 && ms <= items.get(itemId)!.generatedMs,
      `truncation within ${itemId}`,
    );
  }
  responses.clear();
  floor.clear();
  assertEquals(clock.pending, 0, `no timer is left: seed ${seed}`);
  return { truncations: truncations.length, creates };
}

Deno.test("properties: ledger and floor keep their invariants in any order of events", () => {
  let truncations = 0;
  let creates = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const run = storm(seed);
    truncations += run.truncations;
    creates += run.creates;
  }
  // The storm must have had something to break.
  assert(truncations > RUNS && creates > RUNS, `${truncations} truncations, ${creates} requests`);
});

/** A phone that plays what it is sent, 20 ms after 20 ms, as long as anything does: it knows what was heard. */
class TruePhone {
  readonly #queue: number[] = [];
  readonly #frames = new Map<number, { readonly itemId: string; readonly ms: number }>();
  readonly heardMs = new Map<string, number>();
  #number = 0;
  #playingMs = 0;

  /** A frame whose samples say which it is. */
  frame(itemId: string, ms: number): Int16Array {
    this.#frames.set(++this.#number, { itemId, ms });
    return new Int16Array(160).fill(this.#number);
  }

  /** The socket of a moment. */
  line(): Line {
    return {
      audio: (frame) => void this.#queue.push(frame[0]!),
      interruption: () => {
        this.#queue.length = 0;
        this.#playingMs = 0;
      },
      transcript() {},
      error() {},
      close() {},
    };
  }

  passes(ms: number): void {
    for (let left = ms; left > 0 && this.#queue.length > 0; left--) {
      const { itemId, ms } = this.#frames.get(this.#queue[0]!)!;
      if (this.#playingMs < ms) this.heardMs.set(itemId, (this.heardMs.get(itemId) ?? 0) + 1);
      if (++this.#playingMs < 20) continue;
      this.#queue.shift();
      this.#playingMs = 0;
    }
  }
}

Deno.test("properties: over any gaps of the line the ledger says what the phone has really played", () => {
  let [comebacks, cutsWhileAway, compared] = [0, 0, 0];
  for (let seed = 1; seed <= 1000; seed++) {
    const { next } = createRandom(seed);
    const clock = new VirtualClock();
    const phone = new TruePhone();
    let current = phone.line();
    const line = new LineSwitch(clock, current);
    const playback = new Playback(clock, 0, line.presence);
    const interrupted = new Set<string>();
    let item = 0;
    const steps = [
      function speak() {
        if (next() < 0.3 || interrupted.has(`i${item}`)) item++;
        const ms = Math.ceil(next() * 400);
        playback.generated("r", `i${item}`, 0, ms);
        for (let left = ms; left > 0; left -= 20) {
          line.audio(phone.frame(`i${item}`, Math.min(20, left)));
          playback.sent(`i${item}`, Math.min(20, left), 20);
        }
      },
      function sound() {
        line.audio(phone.frame("sound", 0));
        playback.sent("", 0, 20);
      },
      function time() {
        const ms = Math.floor(next() * 500);
        clock.advance(ms);
        phone.passes(ms);
      },
      function interrupt() {
        if (next() < 0.7) return;
        if (line.presence.absence !== undefined) cutsWhileAway++;
        if (playback.unheardMs() > 0) line.interruption();
        for (const { itemId, heardMs } of playback.interrupt()) {
          assertEquals(heardMs, phone.heardMs.get(itemId) ?? 0, `cut of ${itemId}, seed ${seed}`);
          interrupted.add(itemId);
        }
      },
      function lose() {
        line.detach();
      },
      function comeBack() {
        comebacks++;
        current = phone.line();
        line.attach(current);
      },
    ];
    for (let step = 0; step < 80; step++) {
      steps[Math.floor(next() * steps.length)]!();
      for (const { itemId, heardMs, interruptedAtMs } of playback.items()) {
        if (interruptedAtMs !== undefined) continue;
        compared++;
        assertEquals(heardMs, phone.heardMs.get(itemId) ?? 0, `${itemId}, seed ${seed}, step ${step}`);
      }
    }
    // At the end, with a line, all that was not cut is heard to its last sample.
    line.attach(phone.line());
    const leftMs = playback.unheardMs();
    clock.advance(leftMs);
    phone.passes(leftMs);
    assertEquals(playback.unheardMs(), 0);
    for (const { itemId, heardMs, generatedMs, interruptedAtMs } of playback.items()) {
      if (interruptedAtMs === undefined) {
        assertEquals([heardMs, phone.heardMs.get(itemId)], [generatedMs, generatedMs]);
      }
    }
  }
  assert(
    comebacks > 1000 && cutsWhileAway > 500 && compared > 10_000,
    `${comebacks}, ${cutsWhileAway}, ${compared}`,
  );
});
