import { assert, assertEquals } from "@std/assert";
import { listen } from "../../lib/simulator/listen.ts";
import { createSimulator, NO_DELAY, type SimulatorOptions } from "../../lib/simulator/simulator.ts";
import { say, script } from "../../lib/simulator/agent.ts";

interface End {
  readonly code: number;
  readonly reason: string;
  readonly messages: { type: string }[];
  readonly error?: string | undefined;
}

/** Opens a real socket, tells `on` of every event, and waits for the close. */
function converse(
  url: string,
  headers: Record<string, string>,
  on: (event: { type: string }, socket: WebSocket) => void = () => {},
): Promise<End> {
  const socket = new WebSocket(url, { headers });
  const messages: { type: string }[] = [];
  let error: string | undefined;
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    messages.push(event);
    on(event, socket);
  };
  socket.onerror = (event) => error = (event as ErrorEvent).message;
  return new Promise((resolve) =>
    socket.onclose = ({ code, reason }) => resolve({ code, reason, messages, error })
  );
}

/** A simulator on a port of its own for the time of a test. */
async function served(
  options: SimulatorOptions,
  test: (url: string, simulator: ReturnType<typeof createSimulator>) => Promise<void>,
) {
  const simulator = createSimulator({ seed: 1, pace: NO_DELAY, ...options });
  const { url, close } = listen(simulator);
  try {
    await test(url, simulator);
  } finally {
    await simulator.close();
    await close();
  }
}

const KEY = { Authorization: "Bearer sk-test-0000" };

Deno.test("over a real socket: a session is created, configured, answers, and is closed", async () => {
  await served({ agent: script([say("Hello.")]) }, async (url, simulator) => {
    const end = await converse(`${url}?model=gpt-realtime-2.1`, KEY, (event, socket) => {
      if (event.type === "session.created") {
        socket.send(
          JSON.stringify({ type: "session.update", session: { type: "realtime", instructions: "Hi." } }),
        );
      }
      if (event.type === "session.updated") socket.send(JSON.stringify({ type: "response.create" }));
      if (event.type === "rate_limits.updated") socket.close(1000, "done");
    });
    assertEquals([end.code, end.reason], [1000, "done"]);
    assertEquals(end.messages.map(({ type }) => type).slice(0, 3), [
      "session.created",
      "session.updated",
      "response.created",
    ]);
    assertEquals(simulator.sessions[0]!.config.instructions, "Hi.");
    assertEquals(simulator.sessions[0]!.closed, { code: 1000, reason: "done", by: "client" });
    assertEquals(simulator.sessions[0]!.who.headers["authorization"], "Bearer sk-test-0000");
  });
});

Deno.test("over a real socket: a wrong key is upgraded, told, and closed with 3000", async () => {
  await served({ key: "sk-right" }, async (url) => {
    const end = await converse(`${url}?model=gpt-realtime-2.1`, KEY);
    assertEquals([end.code, end.reason], [3000, "invalid_request_error.invalid_api_key"]);
    assertEquals(end.messages.map(({ type }) => type), ["error"]);
    const beta = await converse(`${url}?model=nonsense`, { Authorization: "Bearer sk-right" });
    assertEquals([beta.code, beta.reason], [4000, "invalid_request_error.invalid_model"]);
  });
});

Deno.test("over a real socket: the server's own ends carry their codes", async () => {
  await served({}, async (url, simulator) => {
    for (
      const [how, code] of [["expire", 1001], ["server_error", 1011], [
        { code: 1013, reason: "later" },
        1013,
      ]] as const
    ) {
      const ending = converse(
        `${url}?model=gpt-realtime-2.1`,
        KEY,
        () => simulator.sessions.at(-1)!.end(how),
      );
      assertEquals((await ending).code, code);
    }
  });
});

Deno.test("over a real socket: a drop has no close frame, a Deno client sees code 0", async () => {
  await served({}, async (url, simulator) => {
    const end = await converse(
      `${url}?model=gpt-realtime-2.1`,
      KEY,
      () => simulator.sessions.at(-1)!.end("drop"),
    );
    assertEquals([end.code, end.reason], [0, ""]);
    assert(end.error !== undefined);
    assertEquals(simulator.sessions[0]!.closed?.code, 0);
  });
});

Deno.test("over a real socket: an HTTP refusal comes before the upgrade", async () => {
  await served({ faults: { refuseStatus: 503 } }, async (url) => {
    const end = await converse(`${url}?model=gpt-realtime-2.1`, KEY);
    assertEquals([end.code, end.messages], [0, []]);
    assert(end.error?.includes("503"), end.error);
  });
});

Deno.test("what is no WebSocket or no such path is answered in HTTP", async () => {
  const simulator = createSimulator();
  const plain = simulator.handler(new Request("http://localhost/v1/realtime?model=gpt-realtime-2.1"));
  assertEquals([plain.status, plain.headers.get("upgrade")], [426, "websocket"]);
  assertEquals(simulator.handler(new Request("http://localhost/v1/models")).status, 404);
  await Promise.all([plain.body?.cancel()]);
});

Deno.test("a refused connection leaves no session behind, and many sessions do not share state", async () => {
  await served({}, async (url, simulator) => {
    await converse(url, KEY);
    assertEquals(simulator.sessions.length, 0);
    const ends = await Promise.all(
      ["a", "b", "c"].map((name) =>
        converse(`${url}?model=gpt-realtime-2.1`, KEY, (event, socket) => {
          if (event.type === "session.created") {
            socket.send(
              JSON.stringify({ type: "session.update", session: { type: "realtime", instructions: name } }),
            );
          } else socket.close();
        })
      ),
    );
    const got = ends.map(({ messages }) =>
      (messages[1] as unknown as { session: { instructions: string } }).session.instructions
    );
    assertEquals(got, ["a", "b", "c"]);
    assertEquals(new Set(simulator.sessions.map(({ id }) => id)).size, 3);
  });
});
