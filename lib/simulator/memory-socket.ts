/** The part of the standard WebSocket that a client of the simulator uses. */
export type ModelSocket = Pick<
  WebSocket,
  | "readyState"
  | "bufferedAmount"
  | "binaryType"
  | "send"
  | "close"
  | "onopen"
  | "onmessage"
  | "onclose"
  | "onerror"
>;

/** What a session sees of its client, whatever lies between them. */
export interface Peer {
  send(message: string | Uint8Array<ArrayBuffer>): void;
  /** Ends the connection politely. */
  close(code: number, reason: string): void;
  /** Ends it as a network fault does: no close frame, the client sees code 0. */
  drop(): void;
}

/** What a client's socket tells the session. */
export interface PeerEvents {
  received(data: unknown): void;
  ended(code: number, reason: string): void;
}

const CONNECTING = 0, OPEN = 1, CLOSING = 2, CLOSED = 3;

/**
 * A connection without a network: what a client gets from `connect()`. Delivery is in order and never from
 * within the sender's own call; behaviour and errors are those of Deno's own WebSocket.
 * @param accept called when the connection opens; an error's text instead refuses the handshake
 * @param before lets the handshake wait, and returns what takes that back
 */
export function memorySocket(
  accept: (peer: Peer) => PeerEvents | { refused: string },
  before: (open: () => void) => () => void = atOnce,
): ModelSocket {
  let readyState = CONNECTING;
  let server: PeerEvents | undefined;
  const toClient = inOrder();
  const toServer = inOrder();

  const finish = (code: number, reason: string, wasClean: boolean, error?: string) => {
    if (readyState === CLOSED) return;
    readyState = CLOSED;
    if (error !== undefined) fire("onerror", new ErrorEvent("error", { message: error }));
    fire("onclose", new CloseEvent("close", { code, reason, wasClean }));
  };
  const fire = <K extends "onopen" | "onmessage" | "onclose" | "onerror">(name: K, event: Event) => {
    (socket[name] as ((event: Event) => void) | null)?.(event);
  };

  const peer: Peer = {
    send(message) {
      toClient(() => {
        if (readyState !== OPEN) return;
        const data = typeof message === "string" ? message : new Blob([message]);
        fire("onmessage", new MessageEvent("message", { data }));
      });
    },
    close(code, reason) {
      toClient(() => finish(code, reason, true));
    },
    drop() {
      toClient(() => finish(0, "", false, "Unexpected EOF"));
    },
  };

  const socket: ModelSocket = {
    get readyState() {
      return readyState as ModelSocket["readyState"];
    },
    bufferedAmount: 0,
    binaryType: "blob",
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send(data) {
      if (readyState === CONNECTING) throw new DOMException("'readyState' not OPEN", "InvalidStateError");
      if (readyState !== OPEN) return;
      toServer(() => server?.received(data));
    },
    close(code, reason = "") {
      if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) {
        throw new DOMException(
          `The close code must be either 1000 or in the range of 3000 to 4999: received ${code}`,
          "InvalidAccessError",
        );
      }
      if (new TextEncoder().encode(reason).length > 123) {
        throw new DOMException("The close reason is too long", "SyntaxError");
      }
      if (readyState >= CLOSING) return;
      const opened = readyState === OPEN;
      readyState = CLOSING;
      if (!opened) {
        stopWaiting();
        return toClient(() => finish(0, "", false, "NetworkError: failed to connect to WebSocket"));
      }
      toServer(() => {
        server?.ended(code ?? 1005, reason);
        toClient(() => finish(code ?? 1005, reason, true));
      });
    },
  };

  const open = () => {
    if (readyState !== CONNECTING) return;
    const accepted = accept(peer);
    if ("refused" in accepted) {
      return finish(0, "", false, `NetworkError: failed to connect to WebSocket: ${accepted.refused}`);
    }
    server = accepted;
    readyState = OPEN;
    fire("onopen", new Event("open"));
  };
  const stopWaiting = before(() => toClient(open));
  return socket;
}

/** Lets nothing wait. */
export function atOnce(open: () => void): () => void {
  open();
  return () => {};
}

/** Runs tasks one after the other, each in a microtask of its own. */
function inOrder(): (task: () => void) => void {
  const tasks: (() => void)[] = [];
  let scheduled = false;
  const schedule = () => {
    scheduled = tasks.length > 0;
    if (scheduled) queueMicrotask(next);
  };
  const next = () => {
    try {
      tasks.shift()!();
    } finally {
      schedule();
    }
  };
  return (task) => {
    tasks.push(task);
    if (!scheduled) schedule();
  };
}
