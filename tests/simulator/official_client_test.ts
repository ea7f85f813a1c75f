import { assert, assertEquals } from "@std/assert";
import OpenAI from "openai";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";
import { listen } from "../../lib/simulator/listen.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import { createSimulator, NO_DELAY } from "../../lib/simulator/simulator.ts";

/** OpenAI's client dials wss and nothing else; here there is no certificate. */
function dialled(client: OpenAI): OpenAIRealtimeWebSocket {
  const { WebSocket } = globalThis;
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[] | WebSocketOptions) {
      super(String(url).replace(/^wss:/, "ws:"), protocols);
    }
  };
  try {
    return new OpenAIRealtimeWebSocket({ model: "gpt-realtime-2.1", dangerouslyAllowBrowser: true }, client);
  } finally {
    globalThis.WebSocket = WebSocket;
  }
}

Deno.test("OpenAI's own client talks to the simulator: session, spoken answer, API error, close", async () => {
  const simulator = createSimulator({
    key: "sk-official",
    pace: NO_DELAY,
    agent: script([say("Good morning.")]),
  });
  const server = listen(simulator);
  const client = new OpenAI({
    apiKey: "sk-official",
    baseURL: server.url.replace("ws:", "http:").replace("/realtime", ""),
  });
  const socket = dialled(client);
  const seen: string[] = [];
  let transcript = "";
  let audioBytes = 0;
  const failure = await new Promise<{ code?: string | null | undefined }>((resolve) => {
    socket.on("event", ({ type }) => seen.push(type));
    socket.on("session.created", () => {
      socket.send({
        type: "session.update",
        session: { type: "realtime", audio: { output: { voice: "marin" } } },
      });
    });
    socket.on("session.updated", () => socket.send({ type: "response.create" }));
    socket.on("response.output_audio_transcript.delta", ({ delta }) => transcript += delta);
    socket.on(
      "response.output_audio.delta",
      ({ delta }) => audioBytes += Uint8Array.fromBase64(delta).length,
    );
    // Its one response is over: now something that must fail.
    socket.on("response.done", () => socket.send({ type: "response.cancel" }));
    socket.on("error", (error) => resolve(error.error ?? {}));
  });
  assertEquals(failure.code, "response_cancel_not_active");
  assertEquals(transcript, "Good morning.");
  assertEquals(audioBytes / 48, "Good morning.".length * 60);
  assert(seen.includes("conversation.item.done") && seen.includes("response.output_item.done"));

  const closed = new Promise<void>((resolve) =>
    socket.socket.addEventListener("close", () => resolve(), { once: true })
  );
  socket.close({ code: 1000, reason: "done" });
  await closed;
  assertEquals(simulator.sessions[0]!.closed, { code: 1000, reason: "done", by: "client" });
  await simulator.close();
  await server.close();
});
