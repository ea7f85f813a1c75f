import { assertEquals } from "@std/assert";
import { silentLog } from "../../lib/log.ts";
import { dialModel, type ModelEnd, type ModelSocket } from "../../lib/realtime/connection.ts";
import { VirtualClock } from "../support/clock.ts";

function dial(options: { throws?: boolean; onEvent?: () => void; url?: string; apiKey?: string } = {}) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const ends: ModelEnd[] = [];
  const sent: string[] = [];
  const closes: (number | undefined)[] = [];
  const dialled: { url: string; headers: Record<string, string> }[] = [];
  const socket = {
    readyState: 0,
    bufferedAmount: 0,
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (data: string) => void sent.push(data),
    close: (code?: number) => void closes.push(code),
  };
  const connection = dialModel(
    {
      url: options.url ?? "wss://model.example/v1/realtime",
      apiKey: options.apiKey,
      connect(url, { headers }) {
        if (options.throws) throw new Error("Requires net access");
        dialled.push({ url, headers });
        return socket as unknown as ModelSocket;
      },
    },
    "gpt-realtime-2.1",
    {
      clock,
      log: silentLog,
      events: {
        opened: () => told.push("opened"),
        event: (event) => {
          told.push(event.type);
          options.onEvent?.();
        },
        ended: (end) => {
          told.push("ended");
          ends.push(end);
        },
      },
    },
  );
  const bound = socket as unknown as Record<
    "onopen" | "onmessage" | "onclose" | "onerror",
    (e: unknown) => void
  >;
  return {
    clock,
    connection,
    told,
    ends,
    sent,
    closes,
    dialled,
    open() {
      socket.readyState = 1;
      bound.onopen({});
    },
    receive: (event: unknown) => bound.onmessage({ data: JSON.stringify(event) }),
    drop: (code: number, reason = "") => bound.onclose({ code, reason }),
    fault: (message: string) => bound.onerror({ message }),
  };
}

Deno.test("connection appends the model and keeps the address's own query; the key goes into a header", () => {
  const [{ url, headers }] = dial({ url: "ws://127.0.0.1:9/rt?region=eu", apiKey: "sk-test" }).dialled as [
    { url: string; headers: Record<string, string> },
  ];
  assertEquals(url, "ws://127.0.0.1:9/rt?region=eu&model=gpt-realtime-2.1");
  assertEquals(headers, { authorization: "Bearer sk-test" });
});

Deno.test("connection closed while it is being dialled is closed again when it opens after all", () => {
  const { connection, open, closes, told, clock } = dial();
  connection.close();
  open();
  assertEquals(told, []);
  assertEquals(closes.length >= 1, true);
  assertEquals(clock.pending, 0);
});

Deno.test("connection gives up a handshake that never ends", () => {
  const { clock, ends } = dial();
  clock.advance(20_000);
  assertEquals(ends.map(({ code, recoverable }) => [code, recoverable]), [[1006, true]]);
});

Deno.test("connection that is open waits for the model's first word as long as its owner does", () => {
  const { clock, told, open } = dial();
  open();
  clock.advance(120_000);
  assertEquals([told, clock.pending], [["opened"], 0]);
});

Deno.test("connection that could not even be dialled tells so later, never by a throw", () => {
  const { clock, ends, connection } = dial({ throws: true });
  assertEquals(ends, []);
  connection.send({ type: "response.cancel" });
  clock.advance(1);
  assertEquals(ends[0]?.reason, "Requires net access");
});

Deno.test("connection tells the refused handshake's status", () => {
  const { fault, drop, ends } = dial();
  fault("NetworkError: failed to connect to WebSocket: Invalid status code: 401");
  drop(0);
  assertEquals(ends[0]?.reason, "NetworkError: failed to connect to WebSocket: Invalid status code: 401");
});

Deno.test("connection tells a bad key as final, a drop as recoverable, each once", () => {
  const bad = dial();
  bad.open();
  bad.receive({ type: "error", error: { type: "invalid_request_error", code: "invalid_api_key" } });
  bad.drop(3000, "invalid_request_error.invalid_api_key");
  bad.drop(3000);
  assertEquals(bad.told, ["opened", "error", "ended"]);
  assertEquals([bad.ends[0]?.recoverable, bad.ends[0]?.error?.code], [false, "invalid_api_key"]);

  const dropped = dial();
  dropped.open();
  dropped.drop(0);
  assertEquals(dropped.ends[0]?.recoverable, true);
});

Deno.test("connection ends, and does not end the process, when handling an event throws", () => {
  const { open, receive, ends, closes } = dial({
    onEvent: () => {
      throw new Error("Boom");
    },
  });
  open();
  receive({ type: "session.created" });
  assertEquals(ends[0]?.reason, "Internal error");
  assertEquals(closes, [1000]);
});

Deno.test("connection sends nothing before it is open nor after its end", () => {
  const { connection, open, drop, sent } = dial();
  connection.append(new Uint8Array(8));
  open();
  connection.append(new Uint8Array([1, 2, 3]));
  drop(0);
  connection.append(new Uint8Array(8));
  assertEquals(sent, ['{"type":"input_audio_buffer.append","audio":"AQID"}']);
});

Deno.test("connection refuses an address that is none", () => {
  const { clock, ends } = dial({ url: "not an address" });
  clock.advance(1);
  assertEquals(ends.length, 1);
});
