import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Introduction } from "./admission.ts";
import type { Peer, PeerEvents } from "./memory-socket.ts";

/** Deno pings at half of this and gives up at its end: about every 20 s, as the API pings. */
const IDLE_TIMEOUT_S = 40;

/**
 * Upgrades a request and runs what `welcome` makes of it over the real socket.
 * @param drop cuts the TCP connection; without it a drop becomes a close without a code
 */
export function upgrade(
  request: Request,
  welcome: (peer: Peer, who: Introduction) => PeerEvents,
  log: Log,
  drop?: () => void,
): Response {
  const url = new URL(request.url);
  if (!url.pathname.endsWith("/realtime")) return new Response("not found\n", { status: 404 });
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return new Response("expected a WebSocket upgrade\n", { status: 426, headers: { upgrade: "websocket" } });
  }
  // The request is not to be read any more once it has been upgraded.
  const who = { url, headers: Object.fromEntries(request.headers) };
  const offered = (who.headers["sec-websocket-protocol"] ?? "").split(",").map((each) => each.trim());
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: IDLE_TIMEOUT_S,
    ...(offered.includes("realtime") && { protocol: "realtime" }),
  });
  let events: PeerEvents | undefined;
  const peer: Peer = {
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    close: (code, reason) => socket.close(code, reason),
    drop: drop ?? (() => socket.close()),
  };
  // A throw in a socket's handler would end the process.
  const guarded = (task: () => void) => {
    try {
      task();
    } catch (error) {
      log.error("The simulator's socket failed", { error: messageOf(error) });
      socket.close(1011);
    }
  };
  socket.onopen = () => guarded(() => events = welcome(peer, who));
  socket.onmessage = ({ data }) => guarded(() => events?.received(data));
  socket.onclose = ({ code, reason }) => guarded(() => events?.ended(code, reason));
  socket.onerror = () => {};
  return response;
}
