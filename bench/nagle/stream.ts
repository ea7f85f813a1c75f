import type { ModelSocket } from "../../lib/realtime/connection.ts";

/** Deno's WebSocketStream (unstable, needs --unstable-net) with the face of a WebSocket. */
export function dialStream(url: string, headers: Record<string, string>): ModelSocket {
  const stream = new WebSocketStream(url, { headers });
  let writer: WritableStreamDefaultWriter<string | Uint8Array> | undefined;
  const socket = {
    readyState: 0,
    bufferedAmount: 0,
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send(data: string) {
      writer?.write(data).catch(() => {});
    },
    close(code = 1000) {
      socket.readyState = 2;
      stream.close({ code });
    },
  } as ModelSocket & { readyState: number };
  run().catch((error) => socket.onerror?.(new ErrorEvent("error", { message: String(error) })));
  return socket;

  async function run(): Promise<void> {
    const { readable, writable } = await stream.opened;
    writer = writable.getWriter();
    socket.readyState = 1;
    socket.onopen?.(new Event("open"));
    for await (const data of readable) socket.onmessage?.(new MessageEvent("message", { data }));
    socket.onclose?.(new CloseEvent("close", { code: 1000 }));
  }
}
