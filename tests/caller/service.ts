/** A service as small as one can be that speaks AVR's protocol, for the caller's tests. */

/** One call at the service. */
export interface ServedCall {
  readonly url: URL;
  /** Every message that came, with its time, ms. */
  readonly received: { atMs: number; message: Record<string, unknown> }[];
  send(message: Record<string, unknown>): void;
  sendRaw(data: string | Uint8Array<ArrayBuffer>): void;
  /** Sends frames of 20 ms, all of whose samples are `value`. */
  say(frames: number, value?: number): void;
  close(code?: number): void;
  readonly closed: Promise<number>;
}

export interface Service extends AsyncDisposable {
  readonly url: string;
  readonly calls: ServedCall[];
}

/** A frame's base64, all of whose samples are `value`. */
export function frameOf(value: number, samples = 160): string {
  return new Uint8Array(new Int16Array(samples).fill(value).buffer).toBase64();
}

/** The samples of an `audio` message. */
export function samplesOf(message: Record<string, unknown>): Int16Array {
  return new Int16Array(Uint8Array.fromBase64(String(message.audio)).buffer);
}

/** Serves calls on a free port; `act` is told of each message as it comes. */
export function serve(act: (call: ServedCall, message: Record<string, unknown>) => void): Service {
  const calls: ServedCall[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const { promise: closed, resolve } = Promise.withResolvers<number>();
    const send = (data: string | Uint8Array<ArrayBuffer>) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    };
    const call: ServedCall = {
      url: new URL(request.url),
      received: [],
      sendRaw: send,
      send: (message) => send(JSON.stringify(message)),
      say(frames, value = 1000) {
        for (let index = 0; index < frames; index++) call.send({ type: "audio", audio: frameOf(value) });
      },
      close: (code) => socket.close(code),
      closed,
    };
    calls.push(call);
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      call.received.push({ atMs: performance.now(), message });
      act(call, message);
    };
    socket.onclose = ({ code }) => resolve(code);
    return response;
  });
  return {
    url: `ws://127.0.0.1:${server.addr.port}`,
    calls,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
