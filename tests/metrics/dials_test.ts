import { assertEquals } from "@std/assert";
import type { DialTicket } from "../../lib/realtime/circuit.ts";
import { circuitBench } from "../support/circuit.ts";
import { metricsBench } from "./support.ts";

function bench(parallel = 20) {
  const { circuit, clock } = circuitBench({ parallel });
  const { metrics, read } = metricsBench({ clock, known: { models: () => ["m"] } });
  const gate = metrics.gate(circuit);
  const begun: number[] = [];
  let count = 0;
  const enter = (away?: () => void): DialTicket => {
    const id = count++;
    return gate.enter("m", { go: () => void begun.push(id), ...(away ? { away } : {}) });
  };
  return { circuit, gate, clock, enter, begun, read };
}

Deno.test("dials: what became of each is counted once, with its code and its time", async () => {
  const { circuit, clock, enter, read } = bench();
  const dial = enter();
  clock.advance(450);
  dial.outcome("opened");
  dial.outcome("failed", "close_1011");
  dial.cancel();
  enter().outcome("failed", "http_503");
  enter().outcome("failed", "http_503");
  enter().outcome("failed");
  enter().cancel();
  const { value } = await read();
  assertEquals(value("parley_model_dials_total", { model: "m", result: "opened" }), 1);
  assertEquals(value("parley_model_dials_total", { model: "m", result: "failed" }), 3);
  assertEquals(value("parley_model_dials_total", { model: "m", result: "cancelled" }), 1);
  assertEquals(value("parley_model_dial_failures_total", { model: "m", code: "http_503" }), 2);
  assertEquals(value("parley_model_dial_failures_total", { model: "m", code: "unknown" }), 1);
  assertEquals(value("parley_model_dial_duration_seconds_sum", { model: "m" }), 0.45);
  assertEquals(value("parley_model_dial_duration_seconds_count", { model: "m" }), 1);
  circuit.stop();
});

Deno.test("dials: the wait for a turn is no part of a dial, and who gives up waiting has not dialled", async () => {
  const { circuit, clock, enter, begun, read } = bench(1);
  const [first, impatient, last] = [enter(), enter(), enter()];
  clock.advance(5000);
  impatient.cancel();
  first.outcome("opened");
  clock.advance(200);
  last.outcome("opened");
  assertEquals(begun, [0, 2]);
  const { value } = await read();
  assertEquals(value("parley_model_dials_total", { model: "m", result: "cancelled" }), 0);
  assertEquals(value("parley_model_dial_duration_seconds_sum", { model: "m" }), 5.2);
  circuit.stop();
});

Deno.test("dials: the circuit behind the counting works as ever", () => {
  const { circuit, gate, enter } = bench();
  let told = 0;
  for (let dial = 0; dial < 5; dial++) enter().outcome("failed", "http_500");
  assertEquals(circuit.isOpen("m"), true);
  const waiting = enter(() => told++);
  assertEquals([told, circuit.state.waiting], [1, 1]);
  assertEquals(gate.state, circuit.state);
  waiting.cancel();
  assertEquals(circuit.state.waiting, 0);
  circuit.stop();
});
