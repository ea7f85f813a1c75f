/** One message of the AVR protocol, as the phone side receives it. */
export interface PhoneMessage {
  type: string;
  [key: string]: unknown;
}

/** The phone side of a call, message by message: what a test sends and what it got. */
export interface Phone {
  readonly messages: readonly PhoneMessage[];
  send(message: Record<string, unknown>): void;
  sendRaw(data: string | ArrayBuffer): void;
  /** The first message not yet waited for that `test` accepts; fails after 10 s. */
  next(what: string, test: (message: PhoneMessage) => boolean): Promise<PhoneMessage>;
  /** Resolves with the close code when the socket closes. */
  readonly closed: Promise<number>;
  readonly isClosed: () => boolean;
  hangUp(): Promise<void>;
}

const LIMIT_MS = 10_000;

/** Opens a line to a service and says `init`, unless told otherwise. */
export async function dialIn(
  url: string,
  { uuid, init = true }: { uuid?: string; init?: boolean } = {},
): Promise<Phone> {
  const socket = new WebSocket(url);
  const messages: PhoneMessage[] = [];
  let seen = 0;
  let wake = () => {};
  let isClosed = false;
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => {
      isClosed = true;
      resolve(code);
      wake();
    };
  });
  socket.onmessage = ({ data }) => {
    messages.push(JSON.parse(data));
    wake();
  };
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
  });
  const phone: Phone = {
    messages,
    closed,
    isClosed: () => isClosed,
    send: (message) => socket.send(JSON.stringify(message)),
    sendRaw: (data) => socket.send(data),
    async next(what, test) {
      const untilMs = performance.now() + LIMIT_MS;
      for (;;) {
        for (; seen < messages.length; seen++) {
          const message = messages[seen]!;
          if (test(message)) {
            seen++;
            return message;
          }
        }
        const leftMs = untilMs - performance.now();
        if (isClosed || leftMs <= 0) {
          throw new Error(`${isClosed ? "Line closed" : "Waited in vain"} before: ${what}`);
        }
        let timer: ReturnType<typeof setTimeout> | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, leftMs);
        });
        clearTimeout(timer);
      }
    },
    async hangUp() {
      if (!isClosed) socket.close();
      await closed;
    },
  };
  if (init) phone.send({ type: "init", ...(uuid === undefined ? {} : { uuid }) });
  return phone;
}

/** The samples of an `audio` message, 8 kHz. */
export function samplesOf(message: PhoneMessage): Int16Array {
  return new Int16Array(Uint8Array.fromBase64(String(message.audio)).buffer);
}

/** An `audio` message of 20 ms. */
export function audioMessage(samples: Int16Array): { type: string; audio: string } {
  return {
    type: "audio",
    audio: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength).toBase64(),
  };
}
