import { assertEquals, assertThrows } from "@std/assert";
import { readArguments } from "../../lib/caller/arguments.ts";

const address = (...args: string[]) => readArguments(args).url;

Deno.test("the address: the persona is the last segment, the rest of core's data the query", () => {
  assertEquals(address(), "ws://127.0.0.1:6030/");
  assertEquals(address("--persona", "supportAgent"), "ws://127.0.0.1:6030/supportAgent");
  assertEquals(
    address("--url", "wss://parley.example/calls/?a=b", "--persona", "x y", "--from", "+390", "--to", "5001"),
    "wss://parley.example/calls/x%20y?a=b&from=%2B390&to=5001",
  );
  assertEquals(address("--url", "http://localhost:1", "--token", "t&t"), "ws://localhost:1/?token=t%26t");
});

Deno.test("turns keep the order of the command line, files and keys alike", () => {
  const { turns, out } = readArguments(
    ["--in", "a.wav", "--digits", "12#", "--out", "o.wav", "--in=b.wav"],
  );
  assertEquals(turns, [{ file: "a.wav" }, { press: "12#" }, { file: "b.wav" }]);
  assertEquals(out, "o.wav");
});

Deno.test("times are seconds on the command line, milliseconds inside", () => {
  assertEquals(readArguments([]).timing, { bargeIn: false });
  assertEquals(readArguments(["--speak-at", "now", "--barge-in"]).timing, { bargeIn: true, speakAtMs: 0 });
  assertEquals(readArguments(["--speak-at", "2.5", "--listen", "30"]).timing, {
    bargeIn: false,
    speakAtMs: 2500,
    listenMs: 30_000,
  });
});

for (
  const [args, message] of [
    [["--listen", "soon"], "soon"],
    [["--listen", "Infinity"], "Infinity"],
    [["--speak-at=-1"], "-1"],
    [["--speak-at", ""], "--speak-at"],
    [["--digits", "12a"], "12a"],
    [["--url", "ftp://x"], "ftp://x"],
    [["--url", "nowhere"], "nowhere"],
    [["--what"], "--what"],
    [["question.wav"], "question.wav"],
  ] as const
) {
  Deno.test(`an argument that can't be understood is named: ${args.join(" ")}`, () => {
    assertThrows(() => readArguments([...args]), Error, message);
  });
}
