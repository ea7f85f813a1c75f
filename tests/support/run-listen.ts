import { systemClock } from "../../lib/clock.ts";
import { createLog } from "../../lib/log.ts";
import { listen } from "../../lib/server/listen.ts";

// Listens, answers "hello", and sends each message of a WebSocket back, for a test that takes its file descriptors away.
const { addr } = listen({
  hostname: "127.0.0.1",
  port: 0,
  clock: systemClock,
  log: createLog({ write: (line) => console.log(line) }),
  handler(request) {
    if (request.headers.get("upgrade") !== "websocket") return new Response("hello");
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  },
});
console.log(`port=${addr.port}`);
