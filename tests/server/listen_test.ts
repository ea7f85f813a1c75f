import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { createLog } from "../../lib/log.ts";
import { listen } from "../../lib/server/listen.ts";
import { settle, VirtualClock } from "../support/clock.ts";

/** A port whose accepting fails when told to, and that may be taken when it is to be opened again. */
function port() {
  const clock = new VirtualClock();
  const logged: string[] = [];
  const opened: { atMs: number; port: number }[] = [];
  let failing = Promise.withResolvers<void>();
  const state = { taken: false, shut: 0 };
  const listening = listen({
    hostname: "127.0.0.1",
    port: 0,
    handler: () => new Response(),
    clock,
    log: createLog({ write: (line) => logged.push(line) }),
    serve({ port }) {
      if (state.taken) throw new Error("Address already in use");
      opened.push({ atMs: clock.now(), port: port! });
      failing = Promise.withResolvers();
      return {
        addr: { transport: "tcp", hostname: "127.0.0.1", port: port || 4000 },
        finished: failing.promise,
        shutdown() {
          state.shut++;
          failing.resolve();
          return Promise.resolve();
        },
      };
    },
  });
  return {
    clock,
    logged,
    opened,
    state,
    listening,
    async fail() {
      failing.reject(new Error("Too many open files"));
      await settle();
    },
  };
}

Deno.test("listen: a port that fails is opened again, the same one, ever later while it goes on failing", async () => {
  const { clock, logged, opened, listening, fail } = port();
  assertEquals(listening.addr.port, 4000);
  for (let count = 0; count < 7; count++) {
    await fail();
    await clock.run(8_000);
  }
  assertEquals(opened.slice(1).map(({ port }) => port), Array(7).fill(4000));
  const waitsMs = opened.slice(1).map(({ atMs }, index) => atMs - index * 8_000);
  assertEquals(waitsMs, [250, 500, 1000, 2000, 4000, 8000, 8000]);
  assertEquals(logged.length, 7);
  assertStringIncludes(logged[0]!, "Too many open files");
  await clock.run(30_000);
  await fail();
  await clock.run(250);
  assertEquals(opened.length, 9);
  assertEquals(clock.pending, 0);
});

Deno.test("listen: a port that is taken when it is to be opened again is tried further", async () => {
  const { clock, opened, state, fail } = port();
  state.taken = true;
  await fail();
  await clock.run(2_000);
  assertEquals(opened.length, 1);
  state.taken = false;
  await clock.run(2_000);
  assertEquals(opened.length, 2);
});

Deno.test("listen: what was shut down is not opened again, and leaves no timer", async () => {
  const first = port();
  await first.listening.shutdown();
  await first.clock.run(10_000);
  assertEquals([first.opened.length, first.state.shut], [1, 1]);
  const second = port();
  await second.fail();
  await second.listening.shutdown();
  assertEquals(second.clock.pending, 0);
});

const script = fileURLToPath(new URL("../support/run-listen.ts", import.meta.url));

Deno.test("listen: half-open requests that use up the file descriptors end neither the process nor a live socket", async () => {
  const child = new Deno.Command("sh", {
    args: ["-c", `ulimit -n 60 && exec "$@"`, "sh", Deno.execPath(), "run", "-q", "--allow-net", script],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let printed = "";
  const read = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) printed += text;
  })();
  const until = async (what: string, test: () => boolean | Promise<boolean>) => {
    for (let waitedMs = 0; !await test(); waitedMs += 20) {
      assert(waitedMs < 10_000, `${what}: ${printed}`);
      await new Promise((wake) => setTimeout(wake, 20));
    }
  };
  await until("it listens", () => /port=\d+/.test(printed));
  const port = Number(/port=(\d+)/.exec(printed)![1]);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  let echoes = 0;
  socket.onmessage = () => echoes++;
  await new Promise((open) => socket.onopen = open);

  const half: Deno.Conn[] = [];
  while (!printed.includes("Too many open files")) {
    assert(half.length < 500, printed);
    try {
      half.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    } catch {
      // It does not listen just now.
    }
    await half.at(-1)?.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n")).catch(() => {});
  }
  socket.send("Still there?");
  await until("the live socket goes on", () => echoes === 1);
  for (const each of half) each.close();
  await until(
    "it answers again",
    () =>
      fetch(`http://127.0.0.1:${port}`).then(
        async (response) => await response.text() === "hello",
        () => false,
      ),
  );
  const closed = new Promise((close) => socket.onclose = close);
  socket.close();
  await closed;
  child.kill("SIGKILL");
  await child.status;
  await read;
});
